/**
 * Pseudonyms of words: the same word has the same one whatever its case, and words one slip apart keep that slip, since a
 * selector that misses its labels by one letter is a finding.
 */
import { createHmac } from 'node:crypto';

export interface WordMap {
  /** A word of letters; it keeps its length and where it is written in capitals. */
  map(word: string): string;
}

/** Consonants: what is made of them is no word, and is one in every place where Kubernetes allows letters. */
const LETTERS = 'bcdfghjklmnpqrstvwxz';
/** Words remembered one by one, so that no two share a pseudonym; beyond that (ids in logs) the key alone decides. */
const MOST_WORDS = 200_000;
/** Of the first so many a slip is looked for: objects, and so names, come before most of the logs. */
const MOST_SLIPS = 20_000;
/** Shorter words differ by one letter on purpose. */
const SHORTEST_SLIP = 4;

/** A mapping under a key; `stays` are words (in small letters) that are nobody's own, and stay. */
export function createWordMap(key: Buffer, stays: ReadonlySet<string>): WordMap {
  const pseudonyms = new Map<string, string>();
  const taken = new Set<string>();
  const slips = new Map<string, string[]>();
  const made = (word: string): string => {
    const near = nearWord(word, slips);
    const kept = near === undefined ? undefined : slipped(near, pseudonyms.get(near) ?? '', word, key);
    if (kept !== undefined && isFree(kept)) return kept;
    for (let attempt = 0; ; attempt += 1) {
      // Two letters have 400 pseudonyms: when they run out, three have 8,000.
      const length = word.length + Math.floor(attempt / 50);
      const name = letters(key, `${attempt}:${word}`, length);
      if (isFree(name)) return name;
    }
  };
  const isFree = (name: string): boolean => !taken.has(name) && !stays.has(name) && name !== '';
  const small = (word: string): string => {
    if (stays.has(word) || word.length < 2) return word;
    const known = pseudonyms.get(word);
    if (known !== undefined) return known;
    if (pseudonyms.size >= MOST_WORDS) return letters(key, `0:${word}`, word.length);
    const name = made(word);
    pseudonyms.set(word, name);
    taken.add(name);
    if (word.length >= SHORTEST_SLIP && pseudonyms.size < MOST_SLIPS) {
      for (const form of shorter(word)) slips.set(form, [...(slips.get(form) ?? []), word].slice(-8));
    }
    return name;
  };
  return { map: (word) => cased(word, small(word.toLowerCase())) };
}

function letters(key: Buffer, text: string, length: number): string {
  let name = '';
  for (let block = 0; name.length < length; block += 1) {
    const bytes = createHmac('sha256', key).update(`${block}:${text}`).digest();
    for (const byte of bytes) {
      // 240 is the largest multiple of 20 in a byte: no letter is likelier than another.
      if (byte < 240 && name.length < length) name += LETTERS[byte % LETTERS.length];
    }
  }
  return name;
}

/** Capitals where the word had them; a pseudonym that is longer goes on as the word ended. */
function cased(word: string, name: string): string {
  if (word === word.toLowerCase()) return name;
  if (word === word.toUpperCase()) return name.toUpperCase();
  return Array.from(name, (char, at) => {
    const own = word[at] ?? word.at(-1) ?? '';
    return own === own.toLowerCase() ? char : char.toUpperCase();
  }).join('');
}

/** The word, and the word without each of its letters: two words one slip apart share one of these. */
function shorter(word: string): Set<string> {
  const forms = new Set([word]);
  for (let at = 0; at < word.length; at += 1) forms.add(word.slice(0, at) + word.slice(at + 1));
  return forms;
}

function nearWord(word: string, slips: ReadonlyMap<string, readonly string[]>): string | undefined {
  if (word.length < SHORTEST_SLIP) return undefined;
  for (const form of shorter(word)) {
    for (const other of slips.get(form) ?? []) if (slipOf(other, word) !== undefined) return other;
  }
  return undefined;
}

interface Slip {
  readonly kind: 'substitution' | 'swap' | 'deletion' | 'insertion';
  readonly at: number;
}

/** The one slip that makes `to` of `from`; undefined when it takes more. */
function slipOf(from: string, to: string): Slip | undefined {
  let at = 0;
  while (at < from.length && from[at] === to[at]) at += 1;
  if (from.length === to.length) {
    if (from.slice(at + 1) === to.slice(at + 1)) return { kind: 'substitution', at };
    const swapped = from[at] === to[at + 1] && from[at + 1] === to[at];
    return swapped && from.slice(at + 2) === to.slice(at + 2) ? { kind: 'swap', at } : undefined;
  }
  if (from.length === to.length + 1 && from.slice(at + 1) === to.slice(at)) return { kind: 'deletion', at };
  if (from.length + 1 === to.length && from.slice(at) === to.slice(at + 1)) return { kind: 'insertion', at };
  return undefined;
}

/** The pseudonym of `from` with the slip that makes `to` of it; undefined where that gives nothing new. */
function slipped(from: string, name: string, to: string, key: Buffer): string | undefined {
  const slip = slipOf(from, to);
  if (slip === undefined || name.length !== from.length) return undefined;
  const { kind, at } = slip;
  const [before, char, after] = [name.slice(0, at), name[at] ?? '', name.slice(at + 1)];
  if (kind === 'deletion') return before + after;
  if (kind === 'swap') return before + after.slice(0, 1) + char + after.slice(1);
  const other = letters(key, `slip:${to}`, 8).replaceAll(char === '' ? ' ' : char, '')[0] ?? '';
  return kind === 'insertion' ? before + other + char + after : before + other + after;
}
