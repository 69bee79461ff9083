/** Reading the timeline: windows and filters over the table, as the command and the UI need them. */
import { formatTime, type Micros } from '../../src/core/time.ts';
import type { SeverityName, TimelineEntry, TimelineMark } from '../model/timeline.ts';
import { SEVERITIES } from '../model/timeline.ts';
import type { SqlValue, Store } from '../store/store.ts';

/** Which entries. Uncovered time that touches the window always belongs to it, whatever the severity asked for. */
export interface TimelineFilter {
  readonly from?: Micros | undefined;
  readonly to?: Micros | undefined;
  readonly namespace?: string | undefined;
  /** Keys as `objectFamily` gives them. */
  readonly objects?: readonly ObjectName[] | undefined;
  readonly sources?: readonly string[] | undefined;
  /** This severity or worse. */
  readonly severity?: SeverityName | undefined;
}

export interface ObjectName {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

interface Row {
  readonly id: number;
  readonly at: number;
  readonly until: number | null;
  readonly source: string;
  readonly severity: number;
  readonly basis: TimelineEntry['basis'];
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly reason: string | null;
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
}

const COLUMNS = `t.id, t.at, t.until, t.source, t.severity, t.basis, t.kind, t.namespace, t.name, t.reason, t.text,
  f.path AS file, t.line`;

/** The entries that pass, oldest first, one at a time. */
export function* readTimeline(store: Store, filter: TimelineFilter): Generator<TimelineEntry> {
  const { where, params } = condition(filter);
  const sql = `SELECT ${COLUMNS} FROM timeline t LEFT JOIN files f ON f.id = t.file_id WHERE ${where} ORDER BY t.id`;
  for (const row of store.iterate<Row>(sql, params)) yield entryOf(row);
}

/** How many entries pass. */
export function countTimeline(store: Store, filter: TimelineFilter = {}): number {
  const { where, params } = condition(filter);
  return (
    store.get<{ count: number }>(`SELECT count(*) AS count FROM timeline t WHERE ${where}`, params)?.count ??
    0
  );
}

/** The ids of the entries that pass, in order; for a list that is shown by windows. */
export function timelineIds(store: Store, filter: TimelineFilter): number[] {
  const { where, params } = condition(filter);
  return store
    .all<{ id: number }>(`SELECT t.id AS id FROM timeline t WHERE ${where} ORDER BY t.id`, params)
    .map((row) => row.id);
}

/** When the verdict's roots began, for drawing them into the line of time. Empty before the store is judged. */
export function timelineMarks(store: Store): TimelineMark[] {
  const roots = store.all<{
    key: string;
    summary: string;
    since_from: number | null;
    since_to: number | null;
    since_basis: string;
  }>(
    `SELECT key, summary, since_from, since_to, since_basis FROM findings
     WHERE root_rank IS NOT NULL AND coalesce(since_from, since_to) IS NOT NULL ORDER BY root_rank`,
  );
  return roots.map((root) => ({
    at: formatTime(root.since_from ?? root.since_to ?? 0),
    finding: root.key,
    text: root.summary,
    basis: root.since_basis,
  }));
}

/** Makes an entry from a row of the table. */
export function entryOf(row: Row): TimelineEntry {
  return {
    id: row.id,
    at: formatTime(row.at),
    ...(row.until === null ? {} : { until: formatTime(row.until) }),
    source: row.source,
    severity: SEVERITIES[row.severity] ?? 'unknown',
    basis: row.basis,
    ...(row.kind === null || row.name === null
      ? {}
      : { object: objectOf(row.kind, row.namespace, row.name) }),
    ...(row.namespace === null ? {} : { namespace: row.namespace }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    text: row.text,
    ...(row.file === null ? {} : { file: row.file }),
    ...(row.line === null ? {} : { line: row.line }),
  };
}

function objectOf(kind: string, namespace: string | null, name: string): TimelineEntry['object'] {
  return { kind, ...(namespace === null ? {} : { namespace }), name };
}

function condition(filter: TimelineFilter): { where: string; params: SqlValue[] } {
  const terms: string[] = [];
  const params: SqlValue[] = [];
  const add = (term: string, ...values: SqlValue[]): void => {
    terms.push(term);
    params.push(...values);
  };
  if (filter.from !== undefined) {
    add('(t.at >= ? OR (t.severity = 0 AND t.until > ?))', filter.from, filter.from);
  }
  if (filter.to !== undefined) add('t.at <= ?', filter.to);
  // What is uncovered for the whole cluster is uncovered in each of its namespaces too.
  if (filter.namespace !== undefined) {
    add('(t.namespace = ? OR (t.severity = 0 AND t.namespace IS NULL))', filter.namespace);
  }
  if (filter.sources !== undefined) {
    add('t.source IN (SELECT value FROM json_each(?))', JSON.stringify(filter.sources));
  }
  if (filter.severity !== undefined) {
    add('(t.severity >= ? OR t.severity = 0)', SEVERITIES.indexOf(filter.severity));
  }
  if (filter.objects !== undefined) {
    const namespaces = [...new Set(filter.objects.map((object) => object.namespace ?? ''))];
    add(
      `((t.name IN (SELECT value ->> 'name' FROM json_each(?))
         AND t.kind || '/' || coalesce(t.namespace, '') || '/' || t.name IN (SELECT value FROM json_each(?)))
        OR (t.severity = 0 AND t.name IS NULL
         AND (t.namespace IS NULL OR t.namespace IN (SELECT value FROM json_each(?)))))`,
      JSON.stringify(filter.objects),
      JSON.stringify(
        filter.objects.map((object) => `${object.kind}/${object.namespace ?? ''}/${object.name}`),
      ),
      JSON.stringify(namespaces),
    );
  }
  return { where: terms.length === 0 ? 'true' : terms.join(' AND '), params };
}
