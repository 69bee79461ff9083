/** The times at which something on a path changed: what stepping through time goes along. */
import { formatTime, type Micros } from '../../src/core/time.ts';
import type { Replay } from '../model/replay.ts';
import type { Store } from '../store/store.ts';
import type { Subject } from './subject.ts';

/** More moments than anybody steps through; the newest stay. */
const MOST = 400;
/** Texts named in one moment; the rest are counted. */
const NAMED = 3;

interface Row {
  readonly at: Micros;
  readonly basis: string;
  readonly kind: string | null;
  readonly name: string | null;
  readonly reason: string | null;
  readonly text: string;
}

/**
 * Moments of the path's Service, its slices, workloads, ReplicaSets and pods, oldest first, what falls into the same
 * second made one. Needs the table `timeline`.
 */
export function momentsOf(store: Store, subject: Subject): Replay['moments'] {
  const { serviceName } = subject;
  if (serviceName === undefined) return [];
  const rows = store.all<Row>(
    `SELECT at, basis, kind, name, reason, text FROM (
       SELECT id, at, basis, kind, name, reason, text FROM timeline
       WHERE basis <> 'unknown' AND severity >= 2 AND source <> 'logs' AND namespace = ?
         AND kind || '/' || name IN (SELECT value FROM json_each(?))
         AND (source <> 'events' OR severity >= 3 OR reason IN ('Killing', 'ScalingReplicaSet', 'SuccessfulDelete'))
       ORDER BY id DESC LIMIT ${MOST * 3})
     ORDER BY id`,
    [serviceName.namespace, JSON.stringify(names(subject))],
  );
  const bySecond = Map.groupBy(rows, (row) => Math.floor(row.at / 1_000_000));
  return [...bySecond.values()].slice(-MOST).map(momentOf);
}

function names(subject: Subject): string[] {
  return [
    ...(subject.serviceName === undefined ? [] : [`Service/${subject.serviceName.name}`]),
    ...subject.revisions.flatMap((revision) => [
      `${revision.kind}/${revision.name}`,
      ...(revision.owner === undefined ? [] : [revision.owner]),
    ]),
    ...subject.pods.map((pod) => `Pod/${pod.name}`),
  ];
}

function momentOf(rows: readonly Row[]): Replay['moments'][number] {
  const texts = [...new Set(rows.map((row) => `${row.kind ?? ''} ${row.name ?? ''}: ${row.text}`))];
  const more = texts.length > NAMED ? `; and ${texts.length - NAMED} more` : '';
  return {
    at: formatTime(Math.max(...rows.map((row) => row.at))),
    text: `${texts.slice(0, NAMED).join('; ')}${more}`,
    basis: rows.every((row) => row.basis === 'observed') ? 'observed' : 'inferred',
  };
}
