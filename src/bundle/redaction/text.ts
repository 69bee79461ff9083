/**
 * The engine under the text rules: every rule points at what it would replace, overlaps become one, and the text is put
 * together once. Texts are latin1 strings of the bytes, so that a place in one is a place in the other.
 */
import type { Replace } from './token.ts';

/** One place that a rule would replace. */
export interface Hit {
  readonly from: number;
  readonly to: number;
  /** What the token stands for, when it is not the text itself: without escapes, so that equal values are equal. */
  readonly value?: string;
  /** `number`: digits become digits. */
  readonly kind?: 'number';
  /** Ready text instead of a token: something inside was replaced, and counted by its own rule too. */
  readonly put?: string;
  /** False for the further lines of one value. */
  readonly counted?: false;
}

export interface TextRule {
  /** As the manifest's `redactions` counts it. */
  readonly id: string;
  readonly title: string;
  /** One line that the rule changes, for the docs. */
  readonly example: string;
  /** `redact` applies the whole table to a text that was found inside. */
  find(text: string, redact: (inner: string) => string): Iterable<Hit>;
}

interface RuledHit extends Hit {
  readonly rule: string;
}

const TOKEN_START = 'inquest-redacted:';
/** Base64 in base64 in base64 is looked into so deep. */
const DEEPEST = 3;

/** The text after the rules; the very same string when none applied. */
export function redactText(text: string, rules: readonly TextRule[], replace: Replace, depth = 0): string {
  const inner = (nested: string): string =>
    depth >= DEEPEST ? nested : redactText(nested, rules, replace, depth + 1);
  const hits: RuledHit[] = [];
  for (const rule of rules) {
    for (const hit of rule.find(text, inner)) {
      if (hit.to > hit.from && !isToken(text, hit.from)) hits.push({ ...hit, rule: rule.id });
    }
  }
  if (hits.length === 0) return text;
  hits.sort((a, b) => a.from - b.from || b.to - a.to);
  return assemble(text, hits, replace);
}

/** A token begins here, or the place is inside of one. */
function isToken(text: string, from: number): boolean {
  if (text.startsWith(TOKEN_START, from)) return true;
  const before = text.slice(Math.max(0, from - 32), from);
  return before.includes(TOKEN_START) && /inquest-redacted:\d*:?$/.test(before);
}

function assemble(text: string, hits: readonly RuledHit[], replace: Replace): string {
  const pieces: string[] = [];
  let done = 0;
  for (const hit of hits) {
    if (hit.to <= done) continue;
    if (hit.from < done) {
      // Begins inside the one before and reaches further: its rest must not stay.
      const rest = text.slice(done, hit.to);
      if (!isStructure(rest)) pieces.push(replace(hit.rule, rest));
      else pieces.push(rest);
    } else {
      pieces.push(text.slice(done, hit.from), standIn(text, hit, replace));
    }
    done = hit.to;
  }
  pieces.push(text.slice(done));
  return pieces.join('');
}

/** Nothing that could be part of a value. */
function isStructure(text: string): boolean {
  return !/[A-Za-z0-9]/.test(text);
}

function standIn(text: string, hit: RuledHit, replace: Replace): string {
  if (hit.put !== undefined) {
    replace.count(hit.rule);
    return hit.put;
  }
  const value = hit.value ?? text.slice(hit.from, hit.to);
  const bytes = Buffer.from(value, 'latin1');
  if (hit.kind === 'number') return replace.number(hit.rule, value);
  return replace(hit.rule, bytes, hit.counted);
}
