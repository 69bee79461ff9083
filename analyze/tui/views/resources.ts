/** Objects of one kind in a table, as k9s shows them; and the kinds themselves. */
import { objectKey } from '../../../src/core/ids.ts';
import { defineQuery, queryText } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { listIds } from '../data/ids.ts';
import { tableOf, type Row } from '../data/kind-tables.ts';
import { kindNames, kindsOf, type KindRow } from '../data/kinds.ts';
import { objectById, refOf } from '../data/objects.ts';
import type { Env, Ids, Outcome, Screen } from '../screen.ts';
import type { TableModel } from './table-model.ts';
import { openTable, type TableStart } from './table-view.ts';

const NAMESPACES = defineQuery<{ namespace: string; objects: number; pods: number | null }>(
  'tui-namespaces',
  ['namespace', 'objects', 'pods'],
);
const LABELS = defineQuery<{ object_id: number; key: string; value: string }>('tui-labels-of', [
  'object_id',
  'key',
  'value',
]);

/** The table of a kind. */
export function openResources(
  env: Env,
  kind: KindRow,
  start: TableStart = {},
): Outcome & { readonly screen: Screen } {
  const table = tableOf(kind.resource, kind.namespaced === 1);
  const sql = queryText(table.query);
  const narrow = table.narrow === true ? 'resource = :resource' : 'true';
  const plural = kindNames(kind)[0] ?? kind.resource;
  const model: TableModel<Row> = {
    crumb: (state) => `${plural}(${state.namespace ?? 'all'})`,
    columns: () => table.columns,
    ids({ store }, asked) {
      const order =
        asked.order === undefined ? '' : `${asked.order.by} ${asked.order.descending ? 'DESC' : 'ASC'}, `;
      const where = asked.namespace === undefined ? narrow : `${narrow} AND namespace = :namespace`;
      const rows = store.all<{ id: number }>(
        `SELECT id FROM (${sql}) WHERE ${where} ORDER BY ${order}namespace, name, id`,
        {
          ...(table.narrow === true ? { resource: kind.resource } : {}),
          ...(asked.namespace === undefined ? {} : { namespace: asked.namespace }),
        },
      );
      return listIds(rows.map((row) => row.id));
    },
    rows: (env, ids) => rowsByIds<Row>(env.store, sql, ids),
    labels: (env, ids) => labelsOf(env.store, ids),
    notes: () => notesOf(kind),
    empty: () => emptyText(kind, plural),
    ...(kind.namespaced === 1 ? { namespaces: (env: Env) => namespaceNames(env.store) } : {}),
    subject(row, env) {
      const object = objectById(env.store, row.id);
      if (object === undefined) return { objectId: row.id };
      const ref = refOf(object);
      const at = object.deleted_at ?? object.deletion_at ?? object.created_at ?? undefined;
      return { ref, objectId: row.id, text: objectKey(ref), ...(at === undefined ? {} : { at }) };
    },
    target: (row) => drillIn(kind, row),
  };
  return openTable(model, env, start);
}

/** Enter goes one level down, as in k9s: a Namespace to its pods, everything else to its description. */
function drillIn(kind: KindRow, row: Row): Outcome['open'] {
  if (kind.resource === 'namespaces')
    return { kind: 'resources', resource: 'pods', namespace: String(row['name']) };
  return { kind: 'describe', id: row.id };
}

/** Rows of a statement by their ids, in the order of the ids. */
export function rowsByIds<Found extends { readonly id: number }>(
  store: Store,
  sql: string,
  ids: readonly number[],
): Found[] {
  if (ids.length === 0) return [];
  const rows = store.all<Found>(`SELECT * FROM (${sql}) WHERE id IN (SELECT value FROM json_each(?))`, [
    JSON.stringify(ids),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export function labelsOf(store: Store, ids: readonly number[]): Map<number, Map<string, string>> {
  const out = new Map<number, Map<string, string>>();
  for (const row of store.all(LABELS, [JSON.stringify(ids)])) {
    const labels = out.get(row.object_id) ?? new Map<string, string>();
    labels.set(row.key, row.value);
    out.set(row.object_id, labels);
  }
  return out;
}

const known = new WeakMap<Store, string[]>();

/** The namespaces of the bundle, those with most pods first: the digits choose among the first nine. */
export function namespaceNames(store: Store): readonly string[] {
  let names = known.get(store);
  if (names === undefined) {
    names = store.all(NAMESPACES).map((row) => row.namespace);
    known.set(store, names);
  }
  return names;
}

/** What must be known before the table is read as the whole truth. */
function notesOf(kind: KindRow): string[] {
  if (kind.failed > 0 && kind.objects > 0)
    return ['Some of these lists did not come: this is not all there was (u tells why).'];
  if (kind.partial > 0) return ['The list was cut: this is not all there was (u tells why).'];
  return [];
}

function emptyText(kind: KindRow, plural: string): string {
  if (kind.failed > 0)
    return `not known: listing ${plural} failed (${kind.gap ?? 'no reason recorded'}); u tells why`;
  if (kind.lists === 0) return `${plural} were never asked for`;
  return `there were no ${plural}: the list came, and it was empty`;
}

interface KindLine extends KindRow {
  readonly id: number;
}

/** All kinds, with how many objects came of each and how their lists ended. */
export function openKinds(env: Env): Outcome & { readonly screen: Screen } {
  const kinds: KindLine[] = kindsOf(env.store).map((kind, id) => ({ ...kind, id }));
  const shown = kinds.toSorted(
    (a, b) => Number(b.objects > 0) - Number(a.objects > 0) || b.failed - a.failed,
  );
  const ids: Ids = listIds(shown.map((kind) => kind.id));
  const model: TableModel<KindLine> = {
    crumb: () => 'kinds',
    columns: () => [
      { title: 'KIND', least: 12, value: (row) => row.kind },
      { title: 'RESOURCE', least: 12, value: (row) => row.resource },
      {
        title: 'OBJECTS',
        align: 'right',
        value: (row) => (row.failed > 0 && row.objects === 0 ? '?' : String(row.objects)),
      },
      {
        title: 'LIST',
        value: (row) => listWord(row),
        tone: (row) => (row.failed > 0 || row.partial > 0 ? 'warn' : 'dim'),
      },
      { title: 'TYPE', drop: 1, value: (row) => kindNames(row).slice(2, -1).join(' ') },
    ],
    ids: () => ids,
    rows: (_env, wanted) => wanted.flatMap((id) => kinds[id] ?? []),
    empty: () => 'this bundle holds no objects and no lists',
    subject: (row) => ({ text: row.resource }),
    target: (row) => ({ kind: 'resources', resource: row.resource }),
  };
  return openTable(model, env);
}

function listWord(row: KindRow): string {
  if (row.failed > 0) return row.objects > 0 ? 'some failed' : 'failed';
  if (row.partial > 0) return 'cut';
  return row.lists === 0 ? 'not asked' : 'complete';
}
