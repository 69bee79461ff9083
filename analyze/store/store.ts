/** The handle through which everything but the loader sees the evidence: read-only, synchronous, statements cached. */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { UserError, messageOf } from '../../src/core/errors.ts';
import type { Query } from './query.ts';
import { queryText } from './query.ts';

/** What SQLite holds. Integers come back as numbers: every one of ours is below 2^53. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** Positional (`?`) or named (`:name`) parameters. */
export type Params = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/**
 * Read access to one bundle's evidence. A statement is SQL text or, better, a `Query` (a `.sql` file with its row type,
 * see query.ts). Rows of plain SQL text are typed by the caller.
 */
export interface Store {
  /** The SQLite file, or `:memory:`. */
  readonly path: string;
  all<Row>(statement: Query<Row> | string, params?: Params): Row[];
  get<Row>(statement: Query<Row> | string, params?: Params): Row | undefined;
  /** Rows one at a time, for results too large to hold. Nothing may be written while it runs. */
  iterate<Row>(statement: Query<Row> | string, params?: Params): IterableIterator<Row>;
  close(): void;
}

const CACHED_STATEMENTS = 300;

/** The `Store` side of an open connection; store.ts and writer.ts share it. */
export function readerOf(db: Database.Database): Store {
  const cache = new Map<string, Database.Statement>();
  /** A statement that is being iterated cannot run a second time, so a nested use gets one of its own. */
  const prepared = (sql: string): Database.Statement => {
    const known = cache.get(sql);
    if (known !== undefined && !known.busy) return known;
    const fresh = db.prepare(sql);
    if (cache.size >= CACHED_STATEMENTS) cache.clear();
    cache.set(sql, fresh);
    return fresh;
  };
  const rowsOf = <Row>(statement: Query<Row> | string): Database.Statement<unknown[], Row> => {
    const sql = typeof statement === 'string' ? statement : queryText(statement);
    // The rows' type is the caller's word: the contract test compares declared columns with the statement's.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return prepared(sql) as Database.Statement<unknown[], Row>;
  };
  return {
    path: db.name === '' ? ':memory:' : db.name,
    all: <Row>(statement: Query<Row> | string, params: Params = []) => rowsOf(statement).all(params),
    get: <Row>(statement: Query<Row> | string, params: Params = []) => rowsOf(statement).get(params),
    iterate: <Row>(statement: Query<Row> | string, params: Params = []) => rowsOf(statement).iterate(params),
    close: () => {
      cache.clear();
      db.close();
    },
  };
}

/** A read-only connection, for this folder alone. Throws what SQLite throws. */
export function openDatabase(path: string): Database.Database {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  db.pragma('cache_size = -65536');
  db.pragma('mmap_size = 1073741824');
  db.pragma('temp_store = MEMORY');
  return db;
}

/** Opens a loaded store read-only. Throws UserError `store-unreadable` when it is none. */
export function openStore(path: string): Store {
  if (!existsSync(path)) throw new UserError('store-unreadable', `There is no store at ${path}.`);
  try {
    return readerOf(openDatabase(path));
  } catch (error) {
    throw new UserError('store-unreadable', `${path} is no readable store: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
