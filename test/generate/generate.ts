/** `npm run generate` writes every generated file; with `--check` it only compares and fails when one is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkDocs } from './check-docs.ts';
import { jsonSchemas } from './json-schemas.ts';
import { redactionDocs } from './redaction-docs.ts';
import { registries } from './registries.ts';
import { sqlSchema } from './sql-schema.ts';
import { vocabulary } from './vocabulary.ts';

const root = new URL('../..', import.meta.url).pathname;
const check = process.argv.includes('--check');

/** Each generator returns files as path (from the root of the project) and text. */
const generators: ReadonlyArray<(root: string) => Promise<Map<string, string>> | Map<string, string>> = [
  registries,
  jsonSchemas,
  sqlSchema,
  checkDocs,
  redactionDocs,
  vocabulary,
];

let stale = 0;
for (const generator of generators) {
  for (const [path, text] of await generator(root)) {
    const file = join(root, path);
    if (readOrEmpty(file) === text) continue;
    stale += 1;
    if (check) {
      process.stderr.write(`${path} is stale\n`);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      process.stdout.write(`wrote ${path}\n`);
    }
  }
}
if (check && stale > 0) {
  process.stderr.write('Next: npm run generate, and commit what it wrote.\n');
  process.exitCode = 1;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
