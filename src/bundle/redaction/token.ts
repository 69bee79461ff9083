/** What stands in the place of a value: a token that tells its length and which values are equal, and nothing else. */
import { createHmac } from 'node:crypto';

/** A rule on parsed objects. */
export interface ObjectRule {
  /** As the manifest's `redactions` counts it. */
  readonly id: string;
  readonly title: string;
  /** A cheap look at the bytes: most objects concern no rule and are never parsed. */
  readonly concerns: (resource: string, raw: Buffer) => boolean;
  /** Changes the parsed object in place; true when it changed something. A throw replaces the object whole. */
  apply(resource: string, object: Record<string, unknown>, replace: Replace): boolean;
}

/** Replaces one value: counts it under the rule, unless `counted` is false, and gives the token that stands for it. */
export interface Replace {
  (rule: string, value: Buffer | string, counted?: false): string;
  /** Counts what was replaced in another way. */
  count(rule: string, times?: number): void;
  /** A number of as many digits, so that what was a number in JSON stays one. */
  number(rule: string, digits: string): string;
}

const TOKEN = /^inquest-redacted:(\d+):([0-9a-f]{32})$/;

/** Reads a token: how long the value was, and what is equal for equal values of this bundle. */
export function parseToken(text: string): { readonly bytes: number; readonly equal: string } | undefined {
  const match = TOKEN.exec(text);
  return match ? { bytes: Number(match[1]), equal: match[2] ?? '' } : undefined;
}

/** A replacer under a key, which counts into `counts`. */
export function createReplace(key: Buffer, counts: Record<string, number>): Replace {
  const digest = (bytes: Buffer): Buffer => createHmac('sha256', key).update(bytes).digest();
  const count = (rule: string, times = 1): void => {
    counts[rule] = (counts[rule] ?? 0) + times;
  };
  const replace = (rule: string, value: Buffer | string, counted?: false): string => {
    if (counted !== false) count(rule);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return `inquest-redacted:${bytes.length}:${digest(bytes).toString('hex').slice(0, 32)}`;
  };
  return Object.assign(replace, {
    count,
    number(rule: string, digits: string): string {
      count(rule);
      const bytes = digest(Buffer.from(digits));
      // Zero is not among them: a number does not begin with it.
      return digits.replace(/\d/g, (_digit, at: number) => String(1 + ((bytes[at % bytes.length] ?? 0) % 9)));
    },
  });
}
