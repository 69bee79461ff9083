/**
 * Where the value behind a key begins and ends, in JSON, escaped JSON of any depth, YAML, env files, query strings,
 * connection strings and log lines: one reader for all, because each may be inside another.
 */
import type { Hit } from './text.ts';

/** A colour code of a terminal, as a byte or as JSON writes it. */
const ANSI = String.raw`(?:(?:\x1b|\\+u001[bB]|\\+x1[bB]|\\+033)\[[0-9;]*m)*`;
const SEPARATOR = new RegExp(
  String.raw`${ANSI}(\\*["'])?${ANSI}[ \t]*(?::=|=>|==?|:|%3[AaDd])(?:[ \t]|\\+t)*${ANSI}`,
  'y',
);
const OPENING = /(\\*)(["'`])/y;
const NUMBER = /-?\d+(?:\.\d+)?(?=\s|[,}\]]|\\|$)/y;
const BLOCK = /[|>][+-]?\d?[ \t]*((?:\r?\n|(\\+)n))/y;
/** What follows a value on its line: another pair. */
const NEXT_PAIR = /[;&,]\s*\\*["']?[A-Za-z_][\w .-]{0,60}\\*["']?\s*[=:]|\s+[A-Za-z_][\w.-]*\s*=|\s+#\s/;
const LINE_START =
  /(?:^|[\n\r]|\\[nr]|\\*["'])(?:\s|\\+t)*(?:-\s+)?(?:(?:export|set|ENV|setenv)\s+)?\\*["']?$/;
const LONGEST = 65_536;

export interface Value extends Hit {
  readonly text: string;
  readonly quoted: boolean;
}

/** The value behind the key that ends at `end`; undefined where no separator or no scalar follows. */
export function valueAfterKey(text: string, start: number, end: number): Value | undefined {
  SEPARATOR.lastIndex = end;
  const separator = SEPARATOR.exec(text);
  if (separator === null) return undefined;
  return valueAt(text, SEPARATOR.lastIndex, () => isLineStart(text, start));
}

/** The value that begins at `at`. `toLineEnd` tells whether it may hold spaces. */
export function valueAt(text: string, at: number, toLineEnd: () => boolean): Value | undefined {
  OPENING.lastIndex = at;
  const opening = OPENING.exec(text);
  if (opening !== null)
    return quotedAt(text, OPENING.lastIndex, (opening[1] ?? '').length, opening[2] ?? '"');
  const first = text[at];
  if (first === undefined || first === '{' || first === '[' || first === '\n' || first === '\r')
    return undefined;
  NUMBER.lastIndex = at;
  const number = NUMBER.exec(text);
  if (number !== null) return numberValue(text, at, number[0]);
  BLOCK.lastIndex = at;
  const block = BLOCK.exec(text);
  if (block !== null) return blockAt(text, BLOCK.lastIndex, block[2] ?? '');
  const to = toLineEnd() ? lineValueEnd(text, at) : bareEnd(text, at);
  return to > at ? { from: at, to, text: text.slice(at, to), quoted: false } : undefined;
}

function numberValue(text: string, at: number, digits: string): Value {
  return { from: at, to: at + digits.length, text: digits, quoted: false, kind: 'number' };
}

/**
 * `escapes` backslashes stood before the opening quote: 0, 1, 3, 7 for each level of JSON in JSON. The closing one has as
 * many, plus any number of whole escaped backslashes.
 */
function quotedAt(text: string, from: number, escapes: number, quote: string): Value | undefined {
  const cycle = 2 * (escapes + 1);
  const limit = Math.min(text.length, from + LONGEST);
  for (let at = from; at < limit; at += 1) {
    const char = text[at];
    if (char === '\n') return value(text, from, at, escapes);
    if (char !== quote) continue;
    let run = 0;
    while (at - run - 1 >= from && text[at - run - 1] === '\\') run += 1;
    if (quote === "'" && text[at + 1] === "'" && escapes === 0) at += 1;
    else if (run % cycle === escapes) return value(text, from, at - escapes, escapes);
    // The end of the string around it: the value was never closed.
    else if (quote === '"' && run < escapes) return value(text, from, at - run, escapes);
  }
  return value(text, from, limit, escapes);
}

function value(text: string, from: number, to: number, escapes: number): Value {
  const raw = text.slice(from, to);
  const plain = unescaped(raw, Math.log2(escapes + 1) + 1);
  return { from, to, text: plain, value: plain, quoted: true };
}

/** Without the escapes of so many levels of JSON; as it is where that fails. */
export function unescaped(raw: string, levels: number): string {
  if (!raw.includes('\\')) return raw;
  try {
    let plain = Buffer.from(raw, 'latin1').toString('utf8');
    for (let level = 0; level < levels; level += 1) plain = String(JSON.parse(`"${plain}"`));
    return Buffer.from(plain, 'utf8').toString('latin1');
  } catch {
    return raw;
  }
}

/** The lines of a YAML block scalar: all that are indented as deep as its first. */
function blockAt(text: string, from: number, escapes: string): Value | undefined {
  const feed = escapes === '' ? '\n' : `${escapes}n`;
  const indent = /^ */.exec(text.slice(from, from + 200))?.[0] ?? '';
  if (indent === '') return undefined;
  let to = from;
  for (;;) {
    const end = endOfLine(text, to, feed);
    if (!text.startsWith(indent, to)) break;
    to = end;
    if (!text.startsWith(feed, end) || !text.startsWith(indent, end + feed.length)) break;
    to = end + feed.length;
  }
  const begin = from + indent.length;
  if (to <= begin) return undefined;
  const body = text.slice(begin, to);
  const plain = body.split(`${feed}${indent}`).join('\n');
  return { from: begin, to, text: plain, value: plain, quoted: true };
}

const STAMP = String.raw`\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) `;
const STAMPED_BLOCK = new RegExp(String.raw`(?:\\*["'])?:[ \t]*[|>][+-]?\d?[ \t]*\r?\n(?=${STAMP})`, 'y');
const STAMPED_LINE = new RegExp(String.raw`${STAMP}( *)`, 'y');
const MOST_LINES = 400;

/** The same in a log, where each line has its time before it: every line on its own, so that lines stay lines. */
export function* stampedBlockAfterKey(text: string, start: number, end: number): Iterable<Value> {
  STAMPED_BLOCK.lastIndex = end;
  if (STAMPED_BLOCK.exec(text) === null) return;
  let at = STAMPED_BLOCK.lastIndex;
  const keyLine = text.lastIndexOf('\n', start) + 1;
  STAMPED_LINE.lastIndex = keyLine;
  const keyIndent = STAMPED_LINE.exec(text)?.[1]?.length ?? 0;
  for (let lines = 0; lines < MOST_LINES; lines += 1) {
    STAMPED_LINE.lastIndex = at;
    const indent = STAMPED_LINE.exec(text)?.[1]?.length ?? 0;
    const from = STAMPED_LINE.lastIndex;
    if (indent <= keyIndent) return;
    const to = endOfLine(text, from, '\n');
    const line = text.slice(from, to).trimEnd();
    if (line !== '')
      yield {
        from,
        to: from + line.length,
        text: line,
        quoted: true,
        ...(lines > 0 ? { counted: false } : {}),
      };
    if (to >= text.length) return;
    at = to + 1;
  }
}

function endOfLine(text: string, from: number, feed: string): number {
  const next = text.indexOf(feed, from);
  const end = next < 0 ? text.length : next;
  if (feed === '\n') return end;
  // An escaped text ends with the string it is in.
  const quote = /\\*"/.exec(text.slice(from, end));
  return quote === null ? end : from + quote.index;
}

/** Whether a key begins its line, so that its value is the rest of it: YAML, env files, properties. */
export function isLineStart(text: string, keyStart: number): boolean {
  return LINE_START.test(text.slice(Math.max(0, keyStart - 32), keyStart));
}

const LINE_END = /[\n\r"]|\\+[nr"]|\x1b|\\+u001b/g;

function lineValueEnd(text: string, from: number): number {
  LINE_END.lastIndex = from;
  const end = LINE_END.exec(text)?.index ?? text.length;
  const line = text.slice(from, Math.min(end, from + LONGEST));
  const pair = NEXT_PAIR.exec(line);
  const rest = pair === null ? line : line.slice(0, pair.index);
  const literal = /^(?:true|false|null)(?=[\s,}\]]|$)/.exec(rest);
  return from + (literal === null ? rest.trimEnd().replace(/,$/, '').length : literal[0].length);
}

const BARE_END =
  /[\s"'`<>\x1b]|\\+[nrtu"'/]|%26|[,;&](?=\s|$|\\|["']|[A-Za-z_][\w.-]*=|\s*\\*["']?[A-Za-z_][\w.-]*\\*["']?\s*:)|[)}\]](?=[\s"'`,;.)}\]]|\\|$)/g;

/** The end of a value without quotes amid other text. */
export function bareEnd(text: string, from: number): number {
  BARE_END.lastIndex = from;
  return Math.min(BARE_END.exec(text)?.index ?? text.length, from + LONGEST);
}
