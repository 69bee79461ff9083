/** The ends of containers' logs. Where each log lies is read once: a cluster has thousands of them, and checks ask for many. */
import type { Store } from '../../store/store.ts';
import { LOG_FILES, LOG_TAIL, type LogFileRow, type LogRow } from '../object-rows.ts';
import { groupBy, once } from '../read.ts';

/** `namespace/pod`, container, of the run before this one, how many lines; oldest first. */
export type LogTails = (
  pod: { readonly namespace: string; readonly name: string },
  container: string,
  previous: boolean,
  lines: number,
) => readonly LogRow[];

/** Checks ask for the same ends one after the other, some for more of them. */
const KEPT = 200;

interface Tail {
  readonly asked: number;
  readonly rows: readonly LogRow[];
}

export function logTails(store: Store): LogTails {
  const parts = once(() =>
    groupBy(store.all(LOG_FILES), (row) => keyOf(row.namespace, row.pod, row.container, row.previous)),
  );
  const kept = new Map<string, Tail>();
  return ({ namespace, name }, container, previous, lines) => {
    const key = keyOf(namespace, name, container, previous ? 1 : 0);
    const own = parts().get(key);
    if (own === undefined) return [];
    const known = kept.get(key);
    // Less than was asked for is all there is.
    if (known !== undefined && (lines <= known.asked || known.rows.length < known.asked))
      return endOf(known.rows, lines);
    const rows = tailOf(store, own, lines);
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, { asked: lines, rows });
    return rows;
  };
}

function endOf(rows: readonly LogRow[], lines: number): readonly LogRow[] {
  return rows.length <= lines ? rows : rows.slice(-lines);
}

function keyOf(namespace: string, pod: string, container: string, previous: number): string {
  return `${namespace}/${pod}/${container}/${previous}`;
}

function tailOf(store: Store, parts: readonly LogFileRow[], lines: number): readonly LogRow[] {
  const newest: LogRow[] = [];
  for (const { file, first_id, last_id } of parts.toReversed()) {
    if (newest.length >= lines) break;
    for (const row of store.all(LOG_TAIL, [first_id, last_id, lines - newest.length]))
      newest.push({ ...row, file });
  }
  return newest.toReversed();
}
