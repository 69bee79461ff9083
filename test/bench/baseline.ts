/** What plain tools need for the same evidence: `tar xzf`, and `sqlite3 .import` of what it unpacked. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Measured } from './measure.ts';

export async function untar(bundle: string, into: string): Promise<Measured> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  return measure('tar', ['xzf', bundle, '-C', into]);
}

/**
 * One text column, a row a line, no parsing, no index: as little as a database can do with the pods' NDJSON and the
 * logs. Undefined where there is no sqlite3.
 */
export async function sqliteImport(unpacked: string, work: string): Promise<Measured | undefined> {
  if (!hasSqlite()) return undefined;
  const db = join(work, 'baseline.db');
  rmSync(db, { force: true });
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ndjson|log)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const script = join(work, 'import.sql');
  // Neither separator occurs in the text, so that a line is a field.
  const head = [
    'PRAGMA journal_mode=OFF;',
    'PRAGMA synchronous=OFF;',
    'CREATE TABLE lines (text);',
    String.raw`.mode ascii`,
    String.raw`.separator "\037" "\n"`,
  ];
  writeFileSync(script, [...head, ...files.map((file) => `.import '${file}' lines`)].join('\n'));
  const measured = await measure('sqlite3', [db, `.read ${script}`]);
  if (!existsSync(db)) throw new Error('sqlite3 imported nothing');
  return measured;
}

function hasSqlite(): boolean {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
