/** SQLite's error messages made useful: where in the statement, and what was probably meant. */
import type Database from 'better-sqlite3';
import { editDistance } from '../../src/k8s/edit-distance.ts';

export interface SqlComplaint {
  readonly message: string;
  readonly hint?: string;
}

const MISSING = /^no such (column|table): (?:[\w]+\.)?"?([^"\s]+)"?/;
const NEAR = /near "([^"]+)": syntax error/;

/** Adds line and column where the offending word stands once, and the nearest name that exists. */
export function explainSqlError(message: string, sql: string, db: Database.Database): SqlComplaint {
  if (message.includes('more than one statement')) {
    return { message: 'more than one statement', hint: 'give one statement at a time.' };
  }
  const missing = MISSING.exec(message);
  const word = missing?.[2] ?? NEAR.exec(message)?.[1];
  const where = word === undefined ? undefined : positionOf(word, sql);
  const placed = where === undefined ? message : `${message} (line ${where.line}, column ${where.column})`;
  if (missing === null) return { message: placed };
  const [, what, name = ''] = missing;
  const known = what === 'table' ? tableNames(db) : columnNames(db, sql);
  const near = nearest(name, known);
  const list = what === 'table' ? 'inquest query FILE --tables lists the tables.' : undefined;
  const hint = near === undefined ? list : `did you mean ${near}?`;
  return hint === undefined ? { message: placed } : { message: placed, hint };
}

/** Line and column from 1 of a word that occurs once; undefined when it is not there or not the only one. */
export function positionOf(word: string, sql: string): { line: number; column: number } | undefined {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const edge = /^\w+$/.test(word) ? '\\b' : '';
  const found = [...sql.matchAll(new RegExp(`${edge}${escaped}${edge}`, 'g'))];
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  const before = sql.slice(0, only.index).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

export function tableNames(db: Database.Database): string[] {
  const rows = db
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'events\\_fts\\_%' ESCAPE '\\' ORDER BY name",
    )
    .all();
  return rows.map(({ name }) => name);
}

/** Of the tables that the statement mentions; of all when it mentions none. */
function columnNames(db: Database.Database, sql: string): string[] {
  const tables = tableNames(db);
  const mentioned = tables.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(sql));
  const columns = db.prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)');
  const names = (mentioned.length === 0 ? tables : mentioned).flatMap((table) => columns.all(table));
  return [...new Set(names.map(({ name }) => name))];
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const lower = name.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const contained = lower.length >= 3 && (candidate.includes(lower) || lower.includes(candidate));
    const distance = contained ? limit : editDistance(lower, candidate.toLowerCase(), limit);
    if (distance <= limit && (best === undefined || distance < best.distance))
      best = { name: candidate, distance };
  }
  return best?.name;
}
