/** Rules for values that stand behind a key: pairs in any notation, flags of command lines, `name` and `value` of env. */
import { isPlaceholder, isSecretByValue, isSecretKey, KEY_NEEDLE } from './keys.ts';
import type { Hit, TextRule } from './text.ts';
import { bareEnd, stampedBlockAfterKey, valueAfterKey, valueAt, type Value } from './values.ts';

const KEY_CHARACTER = /[A-Za-z0-9_.-]/;
const LONGEST_KEY = 128;
const NUMBER_DIGITS = 3;

export const keyedValues: TextRule = {
  id: 'keyed-values',
  title:
    'the value behind a key that promises a secret (password, token, apiKey, client-key-data, …) in JSON, escaped JSON, YAML, env files, query and connection strings',
  example: 'password=hunter2',
  *find(text) {
    for (const key of keysIn(text)) {
      const found = valueAfterKey(text, key.from, key.to);
      if (found === undefined) yield* stampedBlockAfterKey(text, key.from, key.to);
      else if (isValue(found, key.name)) yield found;
    }
  },
};

export const flagValues: TextRule = {
  id: 'flag-values',
  title:
    'the argument behind a flag that promises a secret, in one string, the next item of a list or the next line',
  example: '--db-password hunter2',
  *find(text) {
    for (const key of keysIn(text)) {
      if (text[key.from - 1] !== '-') continue;
      const found = valueAfterFlag(text, key.to);
      if (found !== undefined && isValue(found, key.name) && !found.text.startsWith('-')) yield found;
    }
  },
};

/** `{"name": "DB_PASSWORD", "value": "…"}` in both orders, escaped or not, and the same in YAML. */
export const namedValues: TextRule = {
  id: 'named-values',
  title: 'the literal value of an env variable (or any name and value) whose name promises a secret',
  example: '{"name":"DB_PASSWORD","value":"hunter2"}',
  *find(text) {
    if (!text.includes('alue') || !keysIn(text).some((key) => isNamed(text, key))) return;
    for (const pattern of [NAME_FIRST, YAML_NAME_FIRST]) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const name = match[1] ?? '';
        if (!isSecretKey(name)) continue;
        const found = valueAt(text, pattern.lastIndex, () => pattern === YAML_NAME_FIRST);
        if (found !== undefined && isValue(found, name)) yield found;
      }
    }
    yield* valueFirst(text);
  },
};

const QUOTE = String.raw`\\*["']`;
const NAME_FIRST = new RegExp(
  String.raw`${QUOTE}(?:[nN]ame|[kK]ey)${QUOTE}\s*:\s*${QUOTE}([A-Za-z0-9_.-]{2,128})${QUOTE}\s*,(?:\s|\\+[nt])*${QUOTE}[vV]alue${QUOTE}\s*:\s*`,
  'g',
);
const YAML_NAME_FIRST = new RegExp(
  String.raw`\bname:\s*(?:${QUOTE})?([A-Za-z0-9_.-]{2,128})(?:${QUOTE})?[ \t]*(?:\r?\n|\\+n)(?:\s|\\+t)*value:[ \t]*`,
  'g',
);
const VALUE_FIRST = new RegExp(String.raw`${QUOTE}[vV]alue${QUOTE}\s*:\s*(?=\\*")`, 'g');
const THEN_NAME = new RegExp(
  String.raw`${QUOTE}\s*,(?:\s|\\+[nt])*${QUOTE}(?:[nN]ame|[kK]ey)${QUOTE}\s*:\s*${QUOTE}([A-Za-z0-9_.-]{2,128})\\*["']`,
  'y',
);

function* valueFirst(text: string): Iterable<Hit> {
  VALUE_FIRST.lastIndex = 0;
  for (let match = VALUE_FIRST.exec(text); match !== null; match = VALUE_FIRST.exec(text)) {
    const found = valueAt(text, VALUE_FIRST.lastIndex, () => false);
    if (found === undefined) continue;
    THEN_NAME.lastIndex = found.to;
    const name = THEN_NAME.exec(text)?.[1];
    if (name !== undefined && isSecretKey(name) && isValue(found, name)) yield found;
  }
}

interface Key {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Whether it stands as the name of something: `"name": "DB_PASSWORD"`, `- name: DB_PASSWORD`. */
function isNamed(text: string, { from }: Key): boolean {
  return /(?:ame|ey)(?:\\*["'])?\s*:\s*(?:\\*["'])?$/.test(text.slice(Math.max(0, from - 24), from));
}

/** Three rules ask for the same keys of the same text, one after the other. */
let latest: { readonly text: string; readonly keys: readonly Key[] } = { text: '', keys: [] };

/** Every key of the text that promises a secret. */
function keysIn(text: string): readonly Key[] {
  if (latest.text !== text) latest = { text, keys: [...findKeys(text)] };
  return latest.keys;
}

function* findKeys(text: string): Iterable<Key> {
  KEY_NEEDLE.lastIndex = 0;
  let past = 0;
  // A local copy of the place: other rules use the same needle in between.
  for (;;) {
    KEY_NEEDLE.lastIndex = past;
    const match = KEY_NEEDLE.exec(text);
    if (match === null) return;
    const key = keyAround(text, match.index, match.index + match[0].length);
    past = Math.max(key.to, match.index + 1);
    if (key.to - key.from > LONGEST_KEY) continue;
    const known = isSecretByValue(key.name) || isSecretKey(key.name, text[key.from - 1]);
    if (known) yield key;
  }
}

function keyAround(text: string, start: number, end: number): Key {
  let from = start;
  let to = end;
  while (from > 0 && start - from < LONGEST_KEY && KEY_CHARACTER.test(text[from - 1] ?? '')) from -= 1;
  while (to < text.length && to - end < LONGEST_KEY && KEY_CHARACTER.test(text[to] ?? '')) to += 1;
  from += prefixOf(text, from, start);
  while (from < start && (text[from] === '-' || text[from] === '.')) from += 1;
  return { name: text.slice(from, to), from, to };
}

/** Letters before the key that belong to an escape (`\npassword`, `%26password`) or a colour (`[31mpassword`). */
function prefixOf(text: string, from: number, start: number): number {
  const before = text[from - 1];
  const head = text.slice(from, start);
  if (before === '\\') return /^[nrtbf]/.test(head) ? 1 : 0;
  if (before === '%') return /^[0-9A-Fa-f]{2}/.test(head) ? 2 : 0;
  if (before === '[' || before === ';') return /^\d*m/.exec(head)?.[0].length ?? 0;
  return 0;
}

function isValue(found: Value, key: string): boolean {
  if (found.kind === 'number' && found.text.length < NUMBER_DIGITS) return false;
  return !isPlaceholder(found.text, key, found.quoted);
}

const NEXT_ITEM = /\\*["']\s*,(?:\s|\\+[nt])*(?=\\*["'])/y;
const NEXT_LINE = /\\*["']?[ \t]*(?:\r?\n|\\+n)[ \t]*-[ \t]+/y;
const NEXT_WORD = /[ \t]+/y;

function valueAfterFlag(text: string, end: number): Value | undefined {
  for (const gap of [NEXT_ITEM, NEXT_LINE, NEXT_WORD]) {
    gap.lastIndex = end;
    if (gap.exec(text) === null) continue;
    const at = gap.lastIndex;
    if (gap === NEXT_LINE) return valueAt(text, at, () => true);
    if (gap === NEXT_ITEM || /[\\"']/.test(text[at] ?? '')) return valueAt(text, at, () => false);
    const to = bareEnd(text, at);
    return to > at ? { from: at, to, text: text.slice(at, to), quoted: false } : undefined;
  }
  return undefined;
}
