/** Kubernetes Events in a table: all of them, or those of one object. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { defineQuery, queryText } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { listIds } from '../data/ids.ts';
import type { Env, Outcome, Screen } from '../screen.ts';
import { namespaceNames, rowsByIds } from './resources.ts';
import type { TableModel } from './table-model.ts';
import { openTable } from './table-view.ts';

export interface EventRow {
  readonly id: number;
  readonly object_id: number;
  readonly namespace: string | null;
  readonly at: number | null;
  readonly first_at: number | null;
  readonly type: string | null;
  readonly reason: string | null;
  readonly involved_api_version: string | null;
  readonly involved_kind: string | null;
  readonly involved_namespace: string | null;
  readonly involved_name: string | null;
  readonly count: number;
  readonly source: string | null;
  readonly message: string | null;
}

const EVENTS = defineQuery<EventRow>('tui-events', [
  'id',
  'object_id',
  'namespace',
  'at',
  'first_at',
  'type',
  'reason',
  'involved_api_version',
  'involved_kind',
  'involved_namespace',
  'involved_name',
  'count',
  'source',
  'message',
]);

const OF =
  'involved_kind = :kind AND involved_name = :name AND (involved_namespace IS :namespace OR :namespace IS NULL)';

/** The Events of one object, oldest first. */
export function eventsOf(store: Store, ref: ObjectRef): EventRow[] {
  return store.all<EventRow>(
    `SELECT * FROM (${queryText(EVENTS)}) WHERE ${OF} ORDER BY at, id`,
    paramsOf(ref),
  );
}

/** A table of Events: of one object, or of all. */
export function openEvents(env: Env, ref?: ObjectRef): Outcome & { readonly screen: Screen } {
  const sql = queryText(EVENTS);
  const model: TableModel<EventRow> = {
    crumb: (state) =>
      ref === undefined ? `events(${state.namespace ?? 'all'})` : `events of ${ref.kind}/${ref.name}`,
    columns: () => COLUMNS.filter((column) => ref === undefined || column.title !== 'OBJECT'),
    ids({ store }, asked) {
      const order =
        asked.order === undefined ? 'at' : `${asked.order.by} ${asked.order.descending ? 'DESC' : 'ASC'}, at`;
      const where = [
        ref === undefined ? 'true' : OF,
        asked.namespace === undefined ? 'true' : 'namespace = :in',
      ].join(' AND ');
      const params = {
        ...(ref === undefined ? {} : paramsOf(ref)),
        ...(asked.namespace === undefined ? {} : { in: asked.namespace }),
      };
      const rows = store.all<{ id: number }>(
        `SELECT id FROM (${sql}) WHERE ${where} ORDER BY ${order}, id`,
        params,
      );
      return listIds(rows.map((row) => row.id));
    },
    rows: (now, ids) => rowsByIds<EventRow>(now.store, sql, ids),
    empty: () =>
      ref === undefined
        ? 'no Events were captured'
        : 'no Events of this object were captured; they expire after an hour',
    ...(ref === undefined ? { namespaces: (now: Env) => namespaceNames(now.store) } : {}),
    subject: (row) => ({
      text: `${row.reason ?? ''}: ${row.message ?? ''}`,
      ...(row.at === null ? {} : { at: row.at }),
      ...involved(row),
    }),
    target: (row) => ({ kind: 'text', title: `Event ${row.reason ?? ''}`, text: eventText(row, env) }),
  };
  return openTable(model, env);
}

const COLUMNS: ReturnType<TableModel<EventRow>['columns']> = [
  { title: 'LAST SEEN', key: 'A', order: 'at', value: (row, env) => timeOf(row, env) },
  {
    title: 'TYPE',
    key: 'T',
    order: 'type',
    value: (row) => row.type ?? '',
    tone: (row) => (row.type === 'Warning' ? 'warn' : 'dim'),
  },
  { title: 'REASON', key: 'R', order: 'reason', least: 10, value: (row) => row.reason ?? '' },
  {
    title: 'OBJECT',
    key: 'O',
    order: 'involved_name',
    least: 16,
    drop: 1,
    value: (row) => `${row.involved_kind ?? '?'}/${row.involved_name ?? '?'}`,
  },
  { title: 'COUNT', key: 'C', order: 'count', align: 'right', drop: 2, value: (row) => String(row.count) },
  { title: 'MESSAGE', key: 'M', order: 'message', least: 20, value: (row) => row.message ?? '' },
];

function paramsOf(ref: ObjectRef): Record<string, string | null> {
  return { kind: ref.kind, name: ref.name, namespace: ref.namespace ?? null };
}

/** On a narrow screen the clock alone, with the day only where it is another. */
function timeOf(row: EventRow, env: Env): string {
  const at = row.at ?? undefined;
  return env.size.columns < 120 ? env.clock.short(at) : env.clock.stamp(at);
}

function involved(row: EventRow): { ref?: ObjectRef } {
  if (row.involved_kind === null || row.involved_name === null) return {};
  const base = {
    apiVersion: row.involved_api_version ?? '',
    kind: row.involved_kind,
    name: row.involved_name,
  };
  return { ref: row.involved_namespace === null ? base : { ...base, namespace: row.involved_namespace } };
}

function eventText(row: EventRow, env: Env): string {
  const { ref } = involved(row);
  return [
    `${row.type ?? 'Event'} ${row.reason ?? ''}`,
    `object   ${ref === undefined ? 'unknown' : objectKey(ref)}`,
    `seen     ${row.count} times, first ${env.clock.short(row.first_at ?? undefined)}, last ${env.clock.short(row.at ?? undefined)}`,
    `from     ${row.source ?? 'unknown'}`,
    '',
    row.message ?? '',
  ].join('\n');
}
