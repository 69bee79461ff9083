/** Reads the project's own sources for contract tests: which files there are, and what each imports. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

export interface SourceImport {
  /** As written. */
  readonly specifier: string;
  /** Path from the project's root, for relative ones. */
  readonly path?: string;
  /** `import type`, gone at run time. */
  readonly typeOnly: boolean;
  /** `await import()`. */
  readonly dynamic: boolean;
}

export interface SourceFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly SourceImport[];
}

const STATIC = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*,?\s*\)/g;

/** Every TypeScript file below the given folders (default: what ships). */
export function sourceFiles(folders: readonly string[] = ['src', 'capture', 'analyze']): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => readSource(join(entry.parentPath, entry.name))),
  );
}

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  return { path: relative(ROOT, file), text, imports: importsOf(file, text) };
}

/** The imports of a module's text; `file` is its absolute path. */
export function importsOf(file: string, text: string): SourceImport[] {
  const found: SourceImport[] = [];
  for (const [, type, specifier = ''] of text.matchAll(STATIC)) {
    found.push(resolve(file, specifier, type !== undefined, false));
  }
  for (const [, specifier = ''] of text.matchAll(DYNAMIC)) found.push(resolve(file, specifier, false, true));
  return found;
}

function resolve(file: string, specifier: string, typeOnly: boolean, dynamic: boolean): SourceImport {
  const path = specifier.startsWith('.') ? relative(ROOT, join(dirname(file), specifier)) : undefined;
  return { specifier, typeOnly, dynamic, ...(path === undefined ? {} : { path }) };
}
