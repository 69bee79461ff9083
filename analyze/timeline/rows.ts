/** Small tools that the sources written in TypeScript share: rows, short texts, what differs between two objects. */
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
  const value = parseJson(json);
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Parses JSON of a bundle; undefined when it is none. */
export function parseJson(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

/** Fields that change without anything having happened. */
const NOISE = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'observedGeneration',
  'lastHeartbeatTime',
  'lastProbeTime',
]);
const DEEPEST = 12;

export interface FieldChange {
  /** `spec.selector.app`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The leaves that differ between two states of an object, without managedFields, heartbeats and versions. */
export function fieldChanges(before: unknown, after: unknown, most = 50): FieldChange[] {
  const changes: FieldChange[] = [];
  const walk = (was: unknown, is: unknown, path: string, depth: number): void => {
    if (was === is || changes.length >= most) return;
    const lists = Array.isArray(was) && Array.isArray(is) && was.length === is.length;
    if (depth < DEEPEST && (lists || (isRecord(was) && isRecord(is)))) {
      const [from, to] = [was as Record<string, unknown>, is as Record<string, unknown>];
      for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
        if (NOISE.has(key)) continue;
        const step = lists ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
        walk(
          Object.hasOwn(from, key) ? from[key] : undefined,
          Object.hasOwn(to, key) ? to[key] : undefined,
          step,
          depth + 1,
        );
      }
      return;
    }
    if (JSON.stringify(was) !== JSON.stringify(is)) changes.push({ path, before: was, after: is });
  };
  walk(before, after, '', 0);
  return changes;
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
