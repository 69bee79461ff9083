/** The schema: numbered migrations, the indices that are made after loading, and the digest that keys a cached store. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/package-info.ts';

export interface Migration {
  /** `001-evidence.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** All migrations in order. */
export function migrations(): Migration[] {
  const folder = join(packageRoot(), 'analyze', 'store', 'migrations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }));
}

/** The indices of one part of the schema (`logs`, `objects`): making them after loading is twice as fast as before. */
export function indices(part: string): string {
  return readFileSync(join(packageRoot(), 'analyze', 'store', 'indices', `${part}.sql`), 'utf8');
}

/** Hex digest of all that decides a store's shape. */
export function schemaDigest(): string {
  const hash = createHash('sha256');
  for (const migration of migrations()) hash.update(migration.name).update(migration.sql);
  for (const part of ['objects', 'logs', 'judgement']) hash.update(indices(part));
  return hash.digest('hex');
}
