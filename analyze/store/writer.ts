/** The writing side of a store: used while loading and judging only. */
import Database from 'better-sqlite3';
import { migrations, indices } from './schema.ts';
import { readerOf, type Store, type SqlValue } from './store.ts';

/** Adds one row; values in the order of the columns that were named. */
export type Insert = (...values: SqlValue[]) => void;

/** So many rows one statement takes. More gain nothing. */
const ROWS_AT_ONCE = 24;

export interface StoreWriter extends Store {
  /**
   * A prepared insert. A column given as `jsonb:body` takes JSON text or bytes and stores JSONB. `or` is the conflict
   * clause for tables whose key a hostile bundle could repeat.
   */
  insert(table: string, columns: readonly string[], or?: 'IGNORE' | 'REPLACE'): Insert;
  /**
   * The same for very many rows: a quarter faster, because several go into one statement. They are in the table as soon
   * as anything else is asked of this writer.
   */
  bulk(table: string, columns: readonly string[]): Insert;
  /** Runs one or more statements without parameters. */
  exec(sql: string): void;
  /** Runs one statement; returns how many rows it changed. */
  run(sql: string, params?: readonly SqlValue[]): number;
  /** All or nothing, when it throws. */
  transaction<T>(work: () => T): T;
  /** Ends the load: statistics for the planner, and a file that a read-only open leaves alone. */
  seal(): void;
}

/** Creates a store at a path that does not exist yet, or `:memory:`, with the whole schema and no indices. */
export function createStore(path: string): StoreWriter {
  const db = new Database(path);
  db.pragma('page_size = 8192');
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('cache_size = -16384');
  db.pragma('temp_store = MEMORY');
  for (const migration of migrations()) db.exec(migration.sql);
  return writerOf(db);
}

/** Opens a loaded store for judging again. */
export function reopenForWriting(path: string): StoreWriter {
  const db = new Database(path, { fileMustExist: true, timeout: 30_000 });
  return writerOf(db);
}

/** Makes the indices of a part of the schema: `objects`, `logs`, `judgement`. */
export function makeIndices(store: StoreWriter, part: string): void {
  store.exec(indices(part));
}

function writerOf(db: Database.Database): StoreWriter {
  const inserts = new Map<string, Insert>();
  const bulks: Bulk[] = [];
  const settled = (): Database.Database => {
    for (const bulk of bulks) bulk.flush();
    return db;
  };
  const reader = readerOf(db);
  return {
    path: reader.path,
    all: (statement, params) => {
      settled();
      return reader.all(statement, params);
    },
    get: (statement, params) => {
      settled();
      return reader.get(statement, params);
    },
    iterate: (statement, params) => {
      settled();
      return reader.iterate(statement, params);
    },
    close: () => {
      settled();
      reader.close();
    },
    insert(table, columns, or) {
      const key = `${table}|${columns.join()}|${or ?? ''}`;
      const insert = inserts.get(key) ?? insertOf(db, table, columns, or);
      inserts.set(key, insert);
      return insert;
    },
    bulk(table, columns) {
      const bulk = bulkOf(db, table, columns);
      bulks.push(bulk);
      return bulk.add;
    },
    exec: (sql) => {
      settled().exec(sql);
    },
    run: (sql, params = []) =>
      settled()
        .prepare(sql)
        .run(...params).changes,
    transaction: (work) => settled().transaction(work)(),
    seal: () => {
      settled().pragma('analysis_limit = 400');
      db.exec('ANALYZE');
      if (db.name !== '' && db.name !== ':memory:') db.pragma('journal_mode = DELETE');
    },
  };
}

function insertOf(
  db: Database.Database,
  table: string,
  columns: readonly string[],
  or: 'IGNORE' | 'REPLACE' | undefined,
): Insert {
  const names = columns.map((column) => column.replace(/^jsonb:/, ''));
  const holes = columns.map((column) => (column.startsWith('jsonb:') ? 'jsonb(?)' : '?'));
  const statement = db.prepare(
    `INSERT ${or === undefined ? '' : `OR ${or} `}INTO ${table} (${names.join()}) VALUES (${holes.join()})`,
  );
  return (...values) => {
    statement.run(...values);
  };
}

interface Bulk {
  readonly add: Insert;
  flush(): void;
}

function bulkOf(db: Database.Database, table: string, columns: readonly string[]): Bulk {
  const hole = `(${columns.map(() => '?').join()})`;
  const statements: Database.Statement[] = [];
  const statement = (rows: number): Database.Statement =>
    (statements[rows] ??= db.prepare(
      `INSERT INTO ${table} (${columns.join()}) VALUES ${Array(rows).fill(hole).join()}`,
    ));
  const full = statement(ROWS_AT_ONCE);
  const most = ROWS_AT_ONCE * columns.length;
  const held: SqlValue[] = Array.from<SqlValue>({ length: most }).fill(null);
  let used = 0;
  return {
    add(...values) {
      for (let index = 0; index < values.length; index += 1) held[used + index] = values[index] ?? null;
      used += columns.length;
      if (used < most) return;
      used = 0;
      full.run(held);
    },
    flush() {
      const rows = used / columns.length;
      used = 0;
      if (rows > 0) statement(rows).run(held.slice(0, rows * columns.length));
    },
  };
}
