/** The process that runs a user's SQL; see query-child.ts. Answers once and waits to be killed. */
import { messageOf } from '../../src/core/errors.ts';
import { openDatabase } from './store.ts';
import { isChildTask, type ChildAnswer, type ChildTask } from './query-protocol.ts';
import { explainSqlError } from './sql-error.ts';
import type { SqlValue } from './store.ts';

/** What is handed over at once; the rest would fill the terminal's process. */
const MOST_BYTES = 64 << 20;
/** SQLite's own memory: beyond it a statement fails instead of the machine. */
const MOST_MEMORY = 1 << 30;

process.once('message', (task) => {
  if (isChildTask(task)) process.send?.(answer(task));
  else process.kill(process.pid, 'SIGKILL');
});
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGKILL');
});

function answer(task: ChildTask): ChildAnswer {
  try {
    return run(task);
  } catch (error) {
    return { outcome: 'error', code: 'sql-failed', message: messageOf(error) };
  }
}

function run({ storePath, sql, limit }: ChildTask): ChildAnswer {
  const db = openDatabase(storePath);
  db.pragma(`hard_heap_limit = ${MOST_MEMORY}`);
  let statement;
  try {
    statement = db.prepare<SqlValue[], SqlValue[]>(sql);
  } catch (error) {
    return { outcome: 'error', code: 'sql-invalid', ...explainSqlError(messageOf(error), sql, db) };
  }
  // A read-only handle still lets ATTACH, BEGIN and CREATE TEMP be prepared; PRAGMA may set things.
  if (!statement.reader || !statement.readonly || /^\s*(?:attach|pragma)\b/i.test(withoutComments(sql))) {
    return {
      outcome: 'error',
      code: 'sql-not-reading',
      message: 'only a statement that reads is run: SELECT, WITH, VALUES or EXPLAIN',
      hint: "the evidence never changes; columns of a table: SELECT name FROM pragma_table_info('pods').",
    };
  }
  const columns = uniqueNames(statement.columns().map((column) => column.name));
  const begun = performance.now();
  const rows: SqlValue[][] = [];
  let truncated: false | 'rows' | 'bytes' = false;
  let bytes = 0;
  try {
    for (const row of statement.raw().iterate()) {
      if (rows.length === limit) truncated = 'rows';
      else if (bytes > MOST_BYTES) truncated = 'bytes';
      if (truncated !== false) break;
      rows.push(row);
      for (const cell of row)
        bytes += typeof cell === 'string' || cell instanceof Uint8Array ? cell.length + 8 : 8;
    }
  } catch (error) {
    return { outcome: 'error', code: 'sql-failed', ...explainSqlError(messageOf(error), sql, db) };
  }
  return { outcome: 'rows', columns, rows, truncated, ms: performance.now() - begun };
}

export function withoutComments(sql: string): string {
  return sql.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$)|;)*/, '');
}

/** JSON objects need keys of their own: the second `name` becomes `name_2`. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
}
