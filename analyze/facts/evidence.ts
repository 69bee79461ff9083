/** Pointers into the bundle and moments, made the same way by every check. */
import { formatTime, type Micros } from '../../src/core/time.ts';
import type { Evidence, Since } from '../model/finding.ts';
import type { Facts } from './facts.ts';
import { refOf, type StoredObject } from './read.ts';
import type { EventRow, LogRow } from './object-rows.ts';

/** A field of an object and its value, with the place in the bundle it was read from. */
export function fieldEvidence(
  facts: Pick<Facts, 'place'>,
  object: StoredObject,
  path: string,
  value: unknown,
  more: Pick<Evidence, 'at' | 'text'> = {},
): Evidence {
  return { kind: 'field', ...more, object: object.ref, path, value, ...placeOf(facts, object.id) };
}

/** An Event, at the time it was last seen. */
export function eventEvidence(facts: Pick<Facts, 'place'>, event: EventRow): Evidence {
  const at = event.last_at ?? event.first_at;
  return {
    kind: 'event',
    ...(at === null ? {} : { at: formatTime(at) }),
    object: refOf(event.api_version, 'Event', event.namespace, event.event_name),
    text: `${event.reason ?? ''}${event.count > 1 ? ` (${event.count}×)` : ''}: ${event.message ?? ''}`,
    ...placeOf(facts, event.object_id),
  };
}

/** One line of a container's log. */
export function logEvidence(line: LogRow, object: StoredObject): Evidence {
  return {
    kind: 'log',
    ...(line.at === null ? {} : { at: formatTime(line.at) }),
    object: object.ref,
    text: line.text.slice(0, 500),
    file: line.file,
    line: line.line,
  };
}

function placeOf(facts: Pick<Facts, 'place'>, id: number): Pick<Evidence, 'file' | 'line'> {
  const place = facts.place(id);
  return {
    ...(place.file === null ? {} : { file: place.file }),
    ...(place.line === null ? {} : { line: place.line }),
  };
}

/** Known to the moment. */
export function sinceAt(at: Micros, basis: 'observed' | 'inferred', source: string): Since {
  return { from: formatTime(at), to: formatTime(at), basis, source };
}

/** Known as bounds; either may be missing. */
export function sinceBetween(from: Micros | undefined, to: Micros | undefined, source: string): Since {
  if (from === undefined && to === undefined) return SINCE_UNKNOWN;
  const lower = from !== undefined && to !== undefined ? Math.min(from, to) : from;
  return {
    ...(lower === undefined ? {} : { from: formatTime(lower) }),
    ...(to === undefined ? {} : { to: formatTime(to) }),
    basis: 'inferred',
    source,
  };
}

export const SINCE_UNKNOWN: Since = { basis: 'unknown' };
