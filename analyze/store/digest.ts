/** What a cached store and its judgement depend on besides the bundle: the code that makes them, as a digest. */
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { queryFolder } from './query.ts';
import { schemaDigest } from './schema.ts';

/** The running code's `analyze` folder: sources or dist. */
const ANALYZE = fileURLToPath(new URL('..', import.meta.url));

/** Hex digest of the schema and the loading code: a store of another digest is built anew. */
export function storeDigest(): string {
  const hash = createHash('sha256').update(schemaDigest());
  addFolder(hash, join(ANALYZE, 'ingest'));
  return hash.digest('hex');
}

/** Hex digest of the rules: when only it differs, the store is kept and judged again. */
export function rulesDigest(): string {
  const hash = createHash('sha256');
  for (const part of ['checks', 'causes', 'facts', 'timeline', 'model', '../src/k8s']) {
    addFolder(hash, join(ANALYZE, part));
  }
  addFolder(hash, queryFolder());
  for (const file of ['judge.ts', 'judge.js']) addFile(hash, join(ANALYZE, file));
  return hash.digest('hex');
}

function addFolder(hash: Hash, folder: string): void {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of files) addFile(hash, file);
}

function addFile(hash: Hash, file: string): void {
  if (existsSync(file)) hash.update(file.slice(ANALYZE.length)).update(readFileSync(file));
}
