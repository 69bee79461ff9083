/** Naming a near miss: labels that a selector does not match, but that look as if they were meant. Judged by form alone. */
import { editDistance } from './edit-distance.ts';
import type { Labels } from './labels.ts';

export type DifferenceKind =
  /** The same but for upper and lower case, in the key or the value. */
  | 'case'
  /** A slip of one or two letters, in the key or the value. */
  | 'typo'
  /** The same name with another version or variant behind it: `payment-v1`, `payment-v2`. */
  | 'version-suffix'
  /** The value stands under another key: `app` against `app.kubernetes.io/name`. */
  | 'other-key'
  /** The key is there with an unlike value. */
  | 'other-value'
  /** The key is not there at all. */
  | 'missing-key';

export interface LabelPair {
  readonly key: string;
  readonly value: string;
}

/** One pair of the selector that the labels do not meet, and what they have in its place. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly wanted: LabelPair;
  /** Absent for `missing-key`. */
  readonly found?: LabelPair;
}

export interface NearMiss {
  readonly differences: readonly Difference[];
  /** Every difference has a likely slip behind it; without, only the pairs that do match speak for it. */
  readonly strong: boolean;
}

const STRENGTH: Readonly<Record<DifferenceKind, number>> = {
  case: 5,
  typo: 4,
  'version-suffix': 4,
  'other-key': 3,
  'other-value': 1,
  'missing-key': 1,
};

/** Labels that say which application a pod is; agreeing on them alone makes a weak near miss worth naming. */
const IDENTIFYING = new Set([
  'app',
  'name',
  'run',
  'service',
  'k8s-app',
  'component',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/component',
]);

/**
 * How these labels miss the selector by little, or undefined when they match it or are simply another application's.
 * Weak differences (`other-value`, `missing-key`) count only when all other pairs match, one of them identifying.
 */
export function nearMiss(selector: Labels, labels: Labels): NearMiss | undefined {
  const miss = missOf(selector, labels);
  if (miss === undefined || miss.strong) return miss;
  const identified = Object.entries(selector).some(
    ([key, value]) => IDENTIFYING.has(key) && labels[key] === value,
  );
  return identified && miss.differences.length === 1 ? miss : undefined;
}

/** How these labels miss the selector, by however much; undefined when they match it. */
export function missOf(selector: Labels, labels: Labels): NearMiss | undefined {
  const pairs = Object.entries(selector);
  const missed = pairs.filter(([key, value]) => labels[key] !== value);
  if (missed.length === 0) return undefined;
  const othersMatch = missed.length < pairs.length;
  const differences = missed.map(([key, value]) => difference({ key, value }, labels, othersMatch));
  return { differences, strong: differences.every(({ kind }) => STRENGTH[kind] > 1) };
}

/** Orders near misses, the likeliest first: fewest differences, then the strongest. */
export function compareNearMisses(a: NearMiss, b: NearMiss): number {
  return (
    Number(b.strong) - Number(a.strong) ||
    a.differences.length - b.differences.length ||
    strengthOf(b) - strengthOf(a)
  );
}

function strengthOf(miss: NearMiss): number {
  return Math.min(...miss.differences.map(({ kind }) => STRENGTH[kind]));
}

function difference(wanted: LabelPair, labels: Labels, othersMatch: boolean): Difference {
  const value = Object.hasOwn(labels, wanted.key) ? labels[wanted.key] : undefined;
  if (value !== undefined) {
    const kind = valueDifference(wanted.value, value, othersMatch);
    // The right value may stand under a second key while this key has gone on to mean something else.
    const moved = kind === 'other-value' ? underAnotherKey(wanted, labels) : undefined;
    return moved ?? { kind, wanted, found: { key: wanted.key, value } };
  }
  for (const [key, found] of Object.entries(labels)) {
    if (key.toLowerCase() === wanted.key.toLowerCase() && alike(found, wanted.value)) {
      return { kind: 'case', wanted, found: { key, value: found } };
    }
  }
  for (const [key, found] of Object.entries(labels)) {
    if (found === wanted.value && isTypo(key, wanted.key)) {
      return { kind: 'typo', wanted, found: { key, value: found } };
    }
  }
  return underAnotherKey(wanted, labels) ?? { kind: 'missing-key', wanted };
}

function underAnotherKey(wanted: LabelPair, labels: Labels): Difference | undefined {
  // `true`, `v2`, `prod` stand under many keys by chance.
  if (isTrivial(wanted.value)) return undefined;
  const keys = Object.keys(labels).filter((key) => alike(labels[key] ?? '', wanted.value));
  const key = keys.find((key) => IDENTIFYING.has(key)) ?? keys[0];
  if (key === undefined || key === wanted.key) return undefined;
  return { kind: 'other-key', wanted, found: { key, value: labels[key] ?? '' } };
}

function valueDifference(wanted: string, found: string, othersMatch: boolean): DifferenceKind {
  if (alike(wanted, found)) return 'case';
  if (sameButVersion(wanted, found, othersMatch)) return 'version-suffix';
  return isTypo(wanted, found) ? 'typo' : 'other-value';
}

function alike(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

const TRIVIAL =
  /^(true|false|yes|no|on|off|enabled|disabled|prod|production|staging|stage|dev|test|default|v?\d[\d.]*)$/i;

function isTrivial(value: string): boolean {
  return value.length < 3 || TRIVIAL.test(value);
}

const VERSION =
  /^(?:(.*?)[-_.])?(v?\d+(?:[._-]\d+)*(?:[-.]?(?:rc|alpha|beta)[-.]?\d*)?|blue|green|canary|stable|old|new|next|legacy)$/i;
const GLUED_VERSION = /^(.*[a-z])(v\d+)$/i;

/** A name without the version or variant at its end, and that ending (`''` when it has none). */
export function splitVersion(name: string): { readonly stem: string; readonly version: string } {
  const [, stem, version] = VERSION.exec(name) ?? GLUED_VERSION.exec(name) ?? [];
  return version === undefined ? { stem: name, version: '' } : { stem: stem ?? '', version };
}

function sameButVersion(a: string, b: string, othersMatch: boolean): boolean {
  const left = splitVersion(a);
  const right = splitVersion(b);
  if (left.stem.toLowerCase() !== right.stem.toLowerCase() || left.version === right.version) return false;
  // A bare version (`v1` against `v2`) names no application: something else has to.
  return left.stem !== '' || othersMatch;
}

/**
 * One edit for names of four to seven letters, two for longer ones. Where the names differ in one short part between
 * separators (`shard-a`, `shard-b`) they are told apart on purpose.
 */
export function isTypo(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  if (length < 4 || alike(a, b)) return false;
  const limit = length < 8 ? 1 : 2;
  if (editDistance(a, b, limit) > limit) return false;
  const left = a.split(/[-_./]/);
  const right = b.split(/[-_./]/);
  if (left.length !== right.length) return true;
  return left.every((part, index) => {
    const other = right[index] ?? '';
    return part === other || Math.min(part.length, other.length) > 2 || part.length !== other.length;
  });
}

/** The nearest of some names to one that is not among them, by case, version or typo; undefined when none is near. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  let best: { name: string; rank: number } | undefined;
  for (const name of names) {
    if (name === wanted) continue;
    const rank = alike(name, wanted)
      ? 0
      : isTypo(name, wanted)
        ? editDistance(name, wanted)
        : sameButVersion(name, wanted, false)
          ? 3
          : undefined;
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { name, rank };
  }
  return best?.name;
}
