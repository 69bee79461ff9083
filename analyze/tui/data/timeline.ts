/** The timeline's entries: their ids as they are chosen, and where a moment is among them. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import type { Micros } from '../../../src/core/time.ts';
import { defineQuery } from '../../store/query.ts';
import { objectFamily } from '../../timeline/family.ts';
import { timelineIds } from '../../timeline/read.ts';
import type { Env, Ids } from '../screen.ts';
import { listIds, lowerBound, NO_IDS, rangeIds } from './ids.ts';

export interface TimelineRow {
  readonly id: number;
  readonly at: number;
  readonly until: number | null;
  readonly source: string;
  readonly severity: number;
  readonly basis: string;
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly object_id: number | null;
  readonly reason: string | null;
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
}

export const TIMELINE_ROWS = defineQuery<TimelineRow>('tui-timeline', [
  'id',
  'at',
  'until',
  'source',
  'severity',
  'basis',
  'kind',
  'namespace',
  'name',
  'object_id',
  'reason',
  'text',
  'file',
  'line',
]);

/** Which entries of the line of time are shown. */
export interface Chosen {
  readonly only?: ObjectRef;
  readonly namespace?: string;
  /** This bad or worse. */
  readonly severity?: 'warning' | 'error';
}

/** The ids of the entries chosen, in order. */
export function timelineIdsOf(env: Env, { only, namespace, severity }: Chosen): Ids {
  if (only === undefined && namespace === undefined && severity === undefined) return allIds(env);
  const objects = only && objectFamily(env.store, `${only.kind}/${only.name}`, only.namespace);
  if (objects?.length === 0) return NO_IDS;
  const ids = timelineIds(env.store, { objects, namespace, severity });
  return listIds(ids);
}

/** The whole line of time: a range, where nothing is missing in it. */
function allIds(env: Env): Ids {
  const bounds = env.store.get<{ first: number | null; last: number | null; entries: number }>(
    'SELECT min(id) AS first, max(id) AS last, count(*) AS entries FROM timeline',
  );
  const first = bounds?.first ?? 1;
  const last = bounds?.last ?? 0;
  return last - first + 1 === bounds?.entries
    ? rangeIds(first, bounds.entries)
    : listIds(timelineIds(env.store, {}));
}

/** The first entry at or after a moment; the last one when there is none. */
export function timelineIndexAt(env: Env, ids: Ids, at: Micros): number {
  const id = env.store.get<{ id: number | null }>('SELECT min(id) AS id FROM timeline WHERE at >= ?', [
    at,
  ])?.id;
  return id === null || id === undefined ? ids.length - 1 : Math.min(ids.length - 1, lowerBound(ids, id));
}
