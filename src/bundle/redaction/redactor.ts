/**
 * The redactor: everything captured passes through it before the writer sees a byte. Rules lie in one table
 * (rules.ts); each counts what it replaced, and the manifest tells the counts.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isRecord } from '../../core/json.ts';
import { OBJECT_RULES, TEXT_RULES, UNREADABLE_RULE, type ObjectRule } from './rules.ts';

/** Where a text came from, as far as a rule may care. */
export interface TextOrigin {
  readonly evidence: 'log' | 'metrics' | 'node' | 'probe' | 'discovery' | 'health' | 'error';
  readonly namespace?: string;
  readonly name?: string;
}

export interface Redactor {
  /**
   * One object as it was served (JSON bytes), after the rules; the same buffer when none applied. `resource` is its
   * `resourceId`, such as `secrets` or `apps/deployments`. What is no JSON and may be a Secret is replaced whole.
   */
  object(resource: string, raw: Buffer): Buffer;
  /** A piece of text on line boundaries: log parts, metrics, answers. The same buffer when no rule applied. */
  text(origin: TextOrigin, raw: Buffer): Buffer;
  /** How many values each rule has replaced so far, zero included, for the manifest's `redactions`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Replaces one value: counts it under the rule and gives the token that stands for it. */
export type Replace = (rule: string, value: Buffer | string) => string;

const TOKEN = /^inquest-redacted:(\d+):([0-9a-f]{32})$/;

/** Reads a token: how long the value was, and what is equal for equal values of this bundle. */
export function parseToken(text: string): { readonly bytes: number; readonly equal: string } | undefined {
  const match = TOKEN.exec(text);
  return match ? { bytes: Number(match[1]), equal: match[2] ?? '' } : undefined;
}

/**
 * A redactor for one capture. The key of its tokens is random and never leaves the process: equal values have equal
 * tokens within one bundle, and nobody can find a value by trying.
 */
export function createRedactor(key: Buffer = randomBytes(32)): Redactor {
  const counts: Record<string, number> = {};
  for (const rule of [...OBJECT_RULES, ...TEXT_RULES]) counts[rule.id] = 0;
  counts[UNREADABLE_RULE] = 0;
  const replace: Replace = (rule, value) => {
    counts[rule] = (counts[rule] ?? 0) + 1;
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    const equal = createHmac('sha256', key).update(bytes).digest('hex').slice(0, 32);
    return `inquest-redacted:${bytes.length}:${equal}`;
  };
  return {
    counts,
    object(resource, raw) {
      const rules = OBJECT_RULES.filter((rule) => rule.concerns(resource, raw));
      return rules.length === 0 ? raw : applyRules(rules, resource, raw, replace);
    },
    text(origin, raw) {
      let bytes = raw;
      for (const rule of TEXT_RULES) {
        if (rule.concerns(origin, bytes)) bytes = rule.apply(origin, bytes, replace);
      }
      return bytes;
    },
  };
}

function applyRules(rules: readonly ObjectRule[], resource: string, raw: Buffer, replace: Replace): Buffer {
  try {
    const object: unknown = JSON.parse(raw.toString('utf8'));
    if (!isRecord(object)) throw new TypeError('no object');
    let changed = false;
    for (const rule of rules) {
      if (rule.apply(resource, object, replace)) changed = true;
    }
    return changed ? Buffer.from(JSON.stringify(object)) : raw;
  } catch {
    // It may hold a Secret and cannot be looked into: nothing of it gets out.
    return Buffer.from(JSON.stringify({ redacted: replace(UNREADABLE_RULE, raw) }));
  }
}
