/**
 * `--redact strict`: every word that is not Kubernetes' own and every address becomes a pseudonym, in objects, logs, paths
 * and whatever else comes. Texts are read word by word, so a name is found inside hosts, env values, messages and log
 * lines without having been met before, and a name that joins two others joins their pseudonyms.
 */
import { createHmac } from 'node:crypto';
import { asRecord } from '../../core/json.ts';
import { ADDRESS_PARTS, createAddressTexts } from './address-texts.ts';
import type { Replace } from './token.ts';
import { isDigit, ownCopy, replaceChunks } from './chunks.ts';
import { VOCABULARY } from './vocabulary.ts';
import { createWordMap } from './words.ts';

/** As the manifest's `redactions` counts what became a pseudonym. */
export const PSEUDONYM_RULES = ['pseudonym-words', 'pseudonym-addresses', 'pseudonym-certificates'] as const;

const CERTIFICATE =
  /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE(?: REQUEST)?)-----[\s\S]*?(?:-----END \1-----|$)|(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g;

const PARTS = [
  // Tokens of the other rules, UUIDs, digests: random, or of what is public.
  String.raw`(?<skip>inquest-redacted:\d+:[0-9a-f]{32}|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{32,}\b`,
  // Colours, escapes of JSON at any depth, of URLs, and verbs of printf.
  String.raw`(?:\x1b|\\+(?:u001[bB]|x1[bB]|033))\[[\d;]*[A-Za-z]|\\+u[0-9a-fA-F]{4}|\\+[nrtbf]|%[0-9A-F]{2}`,
  // Before an IPv4 address inside one of IPv6.
  String.raw`(?<![\w:])(?:::[fF]{4}:|64:[fF]{2}9[bB]::)(?=\d{1,3}\.\d))`,
  ...ADDRESS_PARTS,
  // Account numbers of a cloud.
  String.raw`(?<account>(?<=arn:[\w-]+:[\w-]*:[\w-]*:)\d{12}\b|\b\d{12}(?=\.dkr\.ecr\.))`,
];
const ASCII = new RegExp([...PARTS, String.raw`(?<word>[A-Z]?[a-z]+|[A-Z]+(?![a-z]))`].join('|'), 'g');
const UNICODE = new RegExp(
  [...PARTS, String.raw`(?<word>\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}+(?!\p{Ll}))`].join('|'),
  'gu',
);
/** Chunks remembered with what became of them: most are keys of objects and come again and again. */
const MOST_CHUNKS = 50_000;
const LONGEST_CHUNK = 200;
/** Times and plain numbers: in logs each is another, and none is remembered. */
const PLAIN = /^(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|\d+(?:\.\d+)?)[,;:)\]}]*$/;

export interface Pseudonyms {
  /** The text with its words and addresses replaced; the very same string when there were none. */
  text(text: string): string;
}

/** Pseudonyms under a key: equal within one bundle, and of no use outside it. */
export function createPseudonyms(key: Buffer, replace: Replace): Pseudonyms {
  const keyOf = (purpose: string): Buffer => createHmac('sha256', key).update(purpose).digest();
  const words = createWordMap(keyOf('words'), VOCABULARY);
  const addresses = createAddressTexts(keyOf('addresses'));
  const chunks = new Map<
    string,
    { readonly text: string | undefined; readonly words: number; readonly addresses: number }
  >();
  const tally = { words: 0, addresses: 0 };

  const put = (match: string, ...rest: unknown[]): string => {
    const groups = asRecord(rest.at(-1));
    if (groups['word'] !== undefined) {
      const name = words.map(match);
      if (name !== match) tally.words += 1;
      return name;
    }
    if (groups['skip'] !== undefined) return match;
    if (groups['account'] !== undefined) {
      tally.addresses += 1;
      return digits(keyOf('accounts'), match);
    }
    const mapped = addresses.part(match, groups);
    if (mapped === undefined) {
      // A time, a run of hex: no address, but there may be words in it.
      return match.replace(/[A-Za-z]{2,}/g, (word) => words.map(word));
    }
    if (mapped !== match) tally.addresses += 1;
    return mapped;
  };

  /** What stands for a chunk; undefined where it stays. */
  const chunk = (text: string): string | undefined => {
    if (isDigit(text.charCodeAt(0)) && PLAIN.test(text)) return undefined;
    const known = chunks.get(text);
    if (known !== undefined) {
      tally.words += known.words;
      tally.addresses += known.addresses;
      return known.text;
    }
    const before = { ...tally };
    // eslint-disable-next-line no-control-regex -- ASCII is a range that begins with them.
    const named = text.replace(/^[\x00-\x7f]*$/.test(text) ? ASCII : UNICODE, put);
    const out = named === text ? undefined : named;
    if (text.length <= LONGEST_CHUNK) {
      if (chunks.size >= MOST_CHUNKS) chunks.clear();
      chunks.set(ownCopy(text), {
        text: out,
        words: tally.words - before.words,
        addresses: tally.addresses - before.addresses,
      });
    }
    return out;
  };

  return {
    text(text) {
      const open =
        text.includes('LS0tLS1CRUdJTi') || text.includes('CERTIFICATE') ? certificates(text, replace) : text;
      const out = replaceChunks(open, chunk);
      replace.count('pseudonym-words', tally.words);
      replace.count('pseudonym-addresses', tally.addresses);
      tally.words = 0;
      tally.addresses = 0;
      return out;
    },
  };
}

/** They name hosts, organisations and people, and a part of one is none. */
function certificates(text: string, replace: Replace): string {
  return text.replace(CERTIFICATE, (whole) => replace('pseudonym-certificates', whole));
}

function digits(key: Buffer, text: string): string {
  const bytes = createHmac('sha256', key).update(text).digest();
  return text.replace(/\d/g, (_digit, at: number) => String((bytes[at % bytes.length] ?? 0) % 10));
}
