/** Every statement in a file prepares against the schema and has the columns its row type declares. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definedQueries, queryFolder, queryText } from '../../analyze/store/query.ts';
import { indices, migrations } from '../../analyze/store/schema.ts';
import { packageRoot } from '../../src/core/package-info.ts';

const files = readdirSync(queryFolder())
  .filter((name) => name.endsWith('.sql'))
  .map((name) => basename(name, '.sql'))
  .toSorted();

let db: Database.Database;

/** Modules that define queries, loaded so that `definedQueries` is complete. */
async function loadDefiners(): Promise<void> {
  const folder = join(packageRoot(), 'analyze');
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const source of sources) {
    if (
      /\bdefineQuery\b.*\(|\bdefineQuery</.test(readFileSync(source, 'utf8')) &&
      !source.endsWith('/query.ts')
    )
      await import(source);
  }
  // These are named through a helper of theirs.
  await import('../../analyze/timeline/sources/registry.ts');
}

beforeAll(async () => {
  db = new Database(':memory:');
  for (const migration of migrations()) db.exec(migration.sql);
  for (const part of ['objects', 'logs', 'judgement']) db.exec(indices(part));
  await loadDefiners();
});
afterAll(() => {
  db.close();
});

describe('statements in files', () => {
  it('are there, and each is used', () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((name) => !definedQueries.some((query) => query.name === name))).toEqual([]);
  });

  it.each(files)('%s is one reading statement', (name) => {
    const statement = db.prepare(queryText({ name }));
    expect([statement.reader, statement.readonly]).toEqual([true, true]);
  });

  it('have the columns of their row types, in that order', () => {
    const differing = definedQueries.flatMap(({ name, columns }) => {
      const real = db
        .prepare(queryText({ name }))
        .columns()
        .map((column) => column.name);
      return real.join() === columns.join() ? [] : [`${name}: ${real.join()} declared as ${columns.join()}`];
    });
    expect(differing).toEqual([]);
  });

  it('are named after an area', () => {
    for (const name of files) expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)+$/);
  });
});
