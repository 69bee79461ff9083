/** Small tools that the sources written in TypeScript share: rows, short texts, what differs between two objects. */
import { isRecord, parseJson } from '../../src/core/json.ts';
import type { Store } from '../store/store.ts';
import type { Micros } from '../../src/core/time.ts';
import { captureClock } from '../facts/clock.ts';
import { MAX_TEXT, type SourceRow } from './source.ts';

type RowParts = Pick<SourceRow, 'at' | 'severity' | 'basis' | 'text' | 'seq'> & Partial<SourceRow>;

/** A whole row from the parts that matter; what is not given is NULL, and the text is cut to its longest. */
export function sourceRow(parts: RowParts): SourceRow {
  return {
    until: null,
    kind: null,
    namespace: null,
    name: null,
    object_id: null,
    reason: null,
    file_id: null,
    line: null,
    ...parts,
    text: clip(parts.text),
  };
}

export function clip(text: string, most = MAX_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The capture's times on the cluster's clock, as the rest of the judgement has them. */
export interface CaptureTimes {
  /** Undefined when nothing tells. */
  readonly started: Micros | undefined;
  /** Add this to a time that the capturing machine wrote, to have the cluster's. */
  readonly skew: Micros;
}

export function captureTimes(store: Store): CaptureTimes {
  const clock = captureClock(store);
  return { started: clock.startedAt > 0 ? clock.startedAt : undefined, skew: clock.skew };
}

/** One value of the table `bundle`. */
export function note(store: Store, key: string): string | undefined {
  return store.get<{ value: string }>('SELECT value FROM bundle WHERE key = ?', [key])?.value;
}

/** A JSON object of strings, as labels and selectors are kept; anything else is empty. */
export function stringMap(json: string | null): Record<string, string> {
  const value = json === null ? undefined : parseJson(json);
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What became of a map of strings: `app: a → b`, `+tier=web`, `-old=1`; in the order of the keys. */
export function mapChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const changes: string[] = [];
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
    const [was, is] = [own(before, key), own(after, key)];
    if (was === is) continue;
    if (was === undefined) changes.push(`+${key}=${is}`);
    else if (is === undefined) changes.push(`-${key}=${was}`);
    else changes.push(`${key}: ${was} → ${is}`);
  }
  return changes;
}

function own(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Fields that change without anything having happened, or whenever something else does. */
const NOISE = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'observedGeneration',
  'lastHeartbeatTime',
  'lastProbeTime',
  'lastTransitionTime',
  'lastUpdateTime',
  'endpoints.kubernetes.io/last-change-trigger-time',
]);
/** Items of a list lack them while the objects of a watch have them. */
const HEAD = new Set(['kind', 'apiVersion']);
const DEEPEST = 12;

export interface FieldChange {
  /** `spec.selector.app`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The leaves that differ between two states of an object, without managedFields, heartbeats and versions. Elements of a
 * list are compared by their `type` or `name` where they have one (`status.conditions[Ready].status`), else by place.
 */
export function fieldChanges(before: unknown, after: unknown, most = 50): FieldChange[] {
  const changes: FieldChange[] = [];
  const walk = (was: unknown, is: unknown, path: string, depth: number): void => {
    if (was === is || changes.length >= most) return;
    const [from, to] = [branches(was, is), branches(is, was)];
    if (depth >= DEEPEST || from === undefined || to === undefined) {
      if (JSON.stringify(was) !== JSON.stringify(is)) changes.push({ path, before: was, after: is });
      return;
    }
    const listed = Array.isArray(was) || Array.isArray(is);
    for (const key of new Set([...from.keys(), ...to.keys()])) {
      if (NOISE.has(key) || (depth === 0 && HEAD.has(key))) continue;
      const step = listed ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      walk(from.get(key), to.get(key), step, depth + 1);
    }
  };
  walk(before, after, '', 0);
  return changes;
}

/** The named parts of a value that can be compared with another one's; undefined for a leaf. */
function branches(value: unknown, other: unknown): Map<string, unknown> | undefined {
  if (isRecord(value) && (isRecord(other) || other === undefined)) {
    // What came or went as a whole is said as a whole, but for labels and annotations, which come and go one by one.
    return isRecord(other) || isStrings(value) ? new Map(Object.entries(value)) : undefined;
  }
  if (value === undefined && isRecord(other) && isStrings(other)) return new Map();
  if (!Array.isArray(value) || !Array.isArray(other)) return undefined;
  const [names, others] = [namesOf(value), namesOf(other)];
  if (names !== undefined && others !== undefined) {
    return new Map(value.map((item: unknown, index): [string, unknown] => [names[index] ?? '', item]));
  }
  return value.length === other.length
    ? new Map(value.map((item: unknown, index) => [String(index), item]))
    : undefined;
}

function isStrings(value: Record<string, unknown>): boolean {
  return Object.values(value).every((item) => typeof item === 'string');
}

/** What tells the elements of a list apart: conditions by type, containers and ports by name. */
function namesOf(list: readonly unknown[]): string[] | undefined {
  const names = list.map((item) => (isRecord(item) ? (item['type'] ?? item['name']) : undefined));
  const strings = names.filter((name) => typeof name === 'string');
  return strings.length === list.length && new Set(strings).size === list.length ? strings : undefined;
}

/** `spec.selector.app: a → b`, short enough for one row. */
export function describeChange(change: FieldChange): string {
  return `${change.path}: ${short(change.before)} → ${short(change.after)}`;
}

function short(value: unknown): string {
  if (value === undefined) return '(none)';
  if (Array.isArray(value)) return `[${value.length}]`;
  return clip(typeof value === 'string' ? value : JSON.stringify(value), 80);
}
