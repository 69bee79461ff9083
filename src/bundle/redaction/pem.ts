/**
 * Private keys in PEM: whole, on one line with escaped line feeds, or over many lines of a log of which each has its own
 * time before it and others may come between. Lines stay lines; certificates stay.
 */
import type { Hit, TextRule } from './text.ts';

const BEGIN = /-----BEGIN ([A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?)-----/g;
const END = /-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/g;
const LONGEST = 65_536;
const MOST_LINES = 400;
/** After so many lines without anything of a key, the key is over. */
const MOST_OTHER_LINES = 8;
/** Part of a key: no word is so long. */
const RUN = /[A-Za-z0-9+/]{24,}={0,2}/g;
/** The short last line, alone behind the server's time, or padded. */
const SHORT = /(?:^|^\S+Z )([A-Za-z0-9+/]{1,64}={0,2})\s*$|([A-Za-z0-9+/]+={1,2})["'\s\\n]*$/;
const HEADER = /\b(?:DEK-Info|Comment): *(\S[^\n]*)/;
const BODY = /(?:[A-Za-z0-9+/=\s]|\\+[nr]|(?:Proc-Type|DEK-Info): ?[\w,-]+)*/y;

export const privateKeys: TextRule = {
  id: 'private-keys',
  title:
    'PEM private keys (PKCS, OpenSSH, PGP), in one piece, escaped, over the lines of a log, or cut; certificates stay',
  example: '-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIE\\n-----END PRIVATE KEY-----',
  *find(text) {
    if (!text.includes('PRIVATE KEY')) return;
    let done = 0;
    for (const { start, from } of beginnings(text)) {
      if (from < done) continue;
      const to = endOf(text, from);
      yield* body(text, from, to);
      done = Math.max(done, to, start);
    }
    yield* tails(text);
  },
};

function beginnings(text: string): Array<{ start: number; from: number }> {
  return [...text.matchAll(BEGIN)].map((match) => ({
    start: match.index,
    from: match.index + match[0].length,
  }));
}

/** Where the key ends: at its END line, or where nothing of a key follows any more. */
function endOf(text: string, from: number): number {
  END.lastIndex = from;
  const end = END.exec(text);
  const next = text.indexOf('-----BEGIN', from);
  if (end !== null && end.index - from <= LONGEST && (next < 0 || next > end.index)) return end.index;
  const limit = Math.min(next < 0 ? text.length : next, from + LONGEST);
  const firstLine = lineEnd(text, from);
  BODY.lastIndex = from;
  BODY.exec(text);
  // Escaped: it cannot reach beyond the line it is on.
  if (BODY.lastIndex < firstLine && /\S/.test(text.slice(from, firstLine)))
    return Math.min(BODY.lastIndex, limit);
  return lastKeyLine(text, from, limit);
}

function lastKeyLine(text: string, from: number, limit: number): number {
  let to = lineEnd(text, from);
  let others = 0;
  let at = to + 1;
  for (let lines = 0; lines < MOST_LINES && at < limit && others <= MOST_OTHER_LINES; lines += 1) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    if (runsOf(line).length > 0 || SHORT.test(line)) {
      to = end;
      others = 0;
    } else others += 1;
    at = end + 1;
  }
  return Math.min(to, limit);
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  return feed < 0 ? text.length : feed;
}

/** One hit where the key is on one line; else one for what each line holds of it. */
function* body(text: string, from: number, to: number): Iterable<Hit> {
  const whole = text.slice(from, to);
  if (!whole.includes('\n')) {
    const value = whole.replace(/\\+[nr]|\s/g, '');
    if (value !== '') yield { from, to, value };
    return;
  }
  let first = true;
  let at = from;
  const ended = text.startsWith('-----END', to);
  const lines = whole.split('\n');
  for (const [index, line] of lines.entries()) {
    // What stands before END on its own line is no part of the key, the line before it is its last.
    const part =
      ended && index === lines.length - 1 ? 'none' : ended && index === lines.length - 2 ? 'last' : 'any';
    for (const hit of lineHits(line, at, part)) {
      yield first ? hit : { ...hit, counted: false };
      first = false;
    }
    at += line.length + 1;
  }
}

function lineHits(line: string, at: number, part: 'none' | 'any' | 'last'): Hit[] {
  const header = HEADER.exec(line);
  if (header !== null) {
    const value = header[1] ?? '';
    const from = at + header.index + header[0].length - value.length;
    return [{ from, to: from + value.length }];
  }
  const runs = runsOf(line).map(({ index, length }) => ({ from: at + index, to: at + index + length }));
  if (runs.length > 0 || part === 'none') return runs;
  const short = SHORT.exec(line) ?? (part === 'last' ? /()(\S+)\s*$/.exec(line) : null);
  const value = short?.[1] || short?.[2];
  if (short === null || value === undefined || value === '' || /^-----|^\d{4}-\d\d-/.test(value)) return [];
  const from = at + short.index + short[0].indexOf(value, /^\S+Z /.exec(short[0])?.[0].length ?? 0);
  return [{ from, to: from + value.length }];
}

function runsOf(line: string): Array<{ index: number; length: number }> {
  return [...line.matchAll(RUN)].map((match) => ({ index: match.index, length: match[0].length }));
}

/** Keys whose beginning was cut off: what stands on the lines before an END that no BEGIN precedes. */
function* tails(text: string): Iterable<Hit> {
  END.lastIndex = 0;
  for (const end of text.matchAll(END)) {
    const open = text.lastIndexOf('-----BEGIN', end.index);
    const close = end.index === 0 ? -1 : text.lastIndexOf('-----END', end.index - 1);
    if (open > close && /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text.slice(open, open + 60))) continue;
    const from = Math.max(close < 0 ? 0 : close + 1, firstKeyLine(text, end.index));
    yield* body(text, from, end.index);
  }
}

function firstKeyLine(text: string, end: number): number {
  let at = text.lastIndexOf('\n', end - 1) + 1;
  if (end - at > 40 && runsOf(text.slice(at, end)).length > 0) return inlineStart(text, at, end);
  for (let lines = 0; lines < MOST_LINES && at > 0; lines += 1) {
    const before = text.lastIndexOf('\n', at - 2) + 1;
    const line = text.slice(before, at - 1);
    if (runsOf(line).length === 0 && !SHORT.test(line)) break;
    at = before;
  }
  return at;
}

function inlineStart(text: string, at: number, end: number): number {
  const before = /(?:[A-Za-z0-9+/=]|\\+[nr])*$/.exec(text.slice(at, end))?.[0].length ?? 0;
  return end - before;
}
