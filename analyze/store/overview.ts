/** What there is to query: tables, columns, row counts, and statements to begin with. */
import { oneLine } from '../../src/core/text.ts';
import type { Store } from './store.ts';

export const EXAMPLES: ReadonlyArray<readonly [string, string]> = [
  ['pods that are not ready', "SELECT namespace, name, reason, restarts FROM pods WHERE ready IS NOT 'True'"],
  [
    'what was written last',
    "SELECT datetime(w.at/1000000,'unixepoch') AS at, o.kind, o.namespace, o.name, w.manager FROM field_changes w JOIN objects o ON o.id = w.object_id ORDER BY w.at DESC",
  ],
  [
    'warnings, the most frequent first',
    "SELECT reason, involved_kind, count(*) FROM events WHERE type = 'Warning' GROUP BY 1, 2 ORDER BY 3 DESC",
  ],
  [
    'events that say something',
    "SELECT e.* FROM events_fts f JOIN events e ON e.id = f.rowid WHERE events_fts MATCH 'probe'",
  ],
  [
    'names that do not exist, by client',
    "SELECT client, name, count(*) FROM dns_log WHERE rcode = 'NXDOMAIN' GROUP BY 1, 2 ORDER BY 3 DESC",
  ],
  ['error lines', 'SELECT at, namespace, pod, text FROM log_lines WHERE level >= 4 ORDER BY at'],
  [
    'a field of every Service',
    "SELECT o.namespace, o.name, json_extract(b.body, '$.spec.selector') FROM objects o JOIN bodies b ON b.object_id = o.id WHERE o.resource = 'services'",
  ],
  ['what is missing', 'SELECT key, reason, detail FROM gaps'],
];

interface TableRow {
  readonly name: string;
  readonly type: string;
}

/** Text for people, or JSON. `file` is how the user named the bundle. */
export function tableOverview(store: Store, format: 'text' | 'json', file: string): string {
  const tables = store
    .all<TableRow>(
      "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .map(({ name, type }) => ({
      name,
      type,
      rows: store.get<{ n: number }>(`SELECT count(*) AS n FROM "${name}"`)?.n ?? 0,
      columns: store
        .all<{ name: string }>('SELECT name FROM pragma_table_info(?)', [name])
        .map((column) => column.name),
    }));
  if (format === 'json') {
    return `${JSON.stringify({ tables, examples: EXAMPLES.map(([title, sql]) => ({ title, sql })) }, undefined, 2)}\n`;
  }
  const wide = Math.max(...tables.map(({ name }) => name.length));
  const lines = tables.map(
    ({ name, rows, columns }) => `${name.padEnd(wide)}  ${String(rows).padStart(8)}  ${columns.join(', ')}`,
  );
  const examples = EXAMPLES.map(([title, sql]) => `-- ${title}\n${sql};`);
  return `${'table'.padEnd(wide)}      rows  columns\n${lines.join('\n')}\n\nTo begin with (inquest query ${oneLine(file)} "…"):\n\n${examples.join('\n\n')}\n`;
}
