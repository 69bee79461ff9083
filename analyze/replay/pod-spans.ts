/** When pods lived: those in the bundle by their own times, those gone by then by what Events still tell of them. */
import type { Micros } from '../../src/core/time.ts';
import type { Labels } from '../../src/k8s/labels.ts';
import type { Evidence } from '../model/finding.ts';
import type { Store } from '../store/store.ts';
import { placeOf, type RevisionState } from './place.ts';

export interface PodSpan {
  readonly namespace: string;
  readonly name: string;
  /** Of a pod that is gone: its ReplicaSet's template; undefined where that is not known either. */
  readonly labels: Labels | undefined;
  /** The ReplicaSet or other controller. */
  readonly owner: string | undefined;
  readonly node: string | undefined;
  /** Since when it is known to have been there: for one that is gone, its first Event. */
  readonly from: Micros;
  /** When it began to end; undefined for a pod that was still there when the pods were listed. */
  readonly to: Micros | undefined;
  /** Status and time of the last change of the Ready condition. */
  readonly ready: string | undefined;
  readonly readySince: Micros | undefined;
  /** What kubectl shows as STATUS. */
  readonly status: string | undefined;
  readonly basis: 'observed' | 'inferred';
  readonly place: Pick<Evidence, 'file' | 'line'>;
}

/** The pods of a namespace that are known of, whether they are still there or not. */
export function podSpans(store: Store, namespace: string, revisions: readonly RevisionState[]): PodSpan[] {
  const present = presentPods(store, namespace);
  const known = new Set(present.map((pod) => pod.name));
  return [...present, ...pastPods(store, namespace, known, revisions)];
}

function presentPods(store: Store, namespace: string): PodSpan[] {
  const labels = new Map<number, Record<string, string>>();
  for (const row of store.all<{ id: number; key: string; value: string }>(
    'SELECT l.object_id AS id, l.key, l.value FROM labels l JOIN pods p ON p.object_id = l.object_id WHERE p.namespace = ?',
    [namespace],
  )) {
    const own = labels.get(row.id) ?? {};
    own[row.key] = row.value;
    labels.set(row.id, own);
  }
  return store
    .all<{
      id: number;
      name: string;
      owner: string | null;
      node: string | null;
      created_at: number | null;
      ending_at: number | null;
      deleted_at: number | null;
      phase: string | null;
      ready: string | null;
      ready_since: number | null;
      status: string | null;
      file: string | null;
      line: number | null;
    }>(
      `SELECT p.object_id AS id, p.name, p.owner_name AS owner, p.node, p.created_at, p.phase, p.ready, p.reason AS status,
         p.deletion_at - 1000000 * coalesce(json_extract(b.body, '$.metadata.deletionGracePeriodSeconds'), 0) AS ending_at,
         o.deleted_at, f.path AS file, o.line,
         (SELECT max(c.last_transition_at) FROM conditions c WHERE c.object_id = p.object_id AND c.type = 'Ready') AS ready_since
       FROM pods p JOIN objects o ON o.id = p.object_id LEFT JOIN bodies b ON b.object_id = p.object_id
         LEFT JOIN files f ON f.id = o.file_id
       WHERE p.namespace = ?`,
      [namespace],
    )
    .map((row) => ({
      namespace,
      name: row.name,
      labels: labels.get(row.id) ?? {},
      owner: row.owner ?? undefined,
      node: row.node ?? undefined,
      from: row.created_at ?? 0,
      to:
        row.ending_at ??
        row.deleted_at ??
        // A pod that has ended takes no more requests; its Ready condition fell when it did.
        (row.phase === 'Succeeded' || row.phase === 'Failed' ? (row.ready_since ?? undefined) : undefined),
      ready: row.ready ?? undefined,
      readySince: row.ready_since ?? undefined,
      status: row.status ?? undefined,
      basis: 'observed',
      place: placeOf(row),
    }));
}

/** Reasons by which the kubelet or a controller says that a pod ends. */
const LAST_WORDS = new Set(['Killing', 'Evicted', 'Preempted', 'TaintManagerEviction']);

function pastPods(
  store: Store,
  namespace: string,
  known: ReadonlySet<string>,
  revisions: readonly RevisionState[],
): PodSpan[] {
  const rows = store.all<{
    name: string;
    reason: string | null;
    first_at: number;
    last_at: number;
    file: string | null;
    line: number | null;
  }>(
    `SELECT e.involved_name AS name, e.reason, coalesce(e.first_at, e.last_at) AS first_at,
       coalesce(e.last_at, e.first_at) AS last_at, f.path AS file, o.line
     FROM events e LEFT JOIN objects o ON o.id = e.object_id LEFT JOIN files f ON f.id = o.file_id
     WHERE e.involved_kind = 'Pod' AND e.involved_namespace = ? AND coalesce(e.first_at, e.last_at) IS NOT NULL
     ORDER BY coalesce(e.first_at, e.last_at)`,
    [namespace],
  );
  const gone = Map.groupBy(
    rows.filter((row) => !known.has(row.name)),
    (row) => row.name,
  );
  return [...gone].map(([name, events]) => {
    const revision = revisionOf(name, revisions);
    const last = events.reduce((latest, event) => Math.max(latest, event.last_at), 0);
    const end = events.find((event) => LAST_WORDS.has(event.reason ?? ''))?.first_at;
    return {
      namespace,
      name,
      labels: revision?.labels,
      owner: revision?.name,
      node: undefined,
      from: events[0]?.first_at ?? last,
      // It is not in the list, so it has ended: when it was told to, else at the latest after the last it was heard of.
      to: end ?? last,
      ready: undefined,
      readySince: undefined,
      status: undefined,
      basis: 'inferred',
      place: placeOf(
        events.find((event) => LAST_WORDS.has(event.reason ?? '')) ?? events[0] ?? { file: null, line: null },
      ),
    };
  });
}

/** A pod is called after its controller; the longest name that fits is the controller's. */
function revisionOf(pod: string, revisions: readonly RevisionState[]): RevisionState | undefined {
  let best: RevisionState | undefined;
  for (const revision of revisions) {
    if (pod.startsWith(`${revision.name}-`) && revision.name.length > (best?.name.length ?? 0))
      best = revision;
  }
  return best;
}

/** Whether the pod was there at a time. */
export function livedAt(span: PodSpan, at: Micros): boolean {
  return span.from <= at && (span.to === undefined || at < span.to);
}

/** Whether it was ready at a time: known from its last transition on; a pod that was never listed is not known. */
export function readyAt(span: PodSpan, at: Micros): boolean | undefined {
  if (span.readySince === undefined || span.ready === undefined || at < span.readySince) return undefined;
  return span.ready === 'True';
}
