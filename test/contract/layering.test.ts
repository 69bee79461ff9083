/** Who may know whom: the rules of ARCHITECTURE.md, read off the imports of every source file. */
import { describe, expect, it } from 'vitest';
import { importsOf, sourceFiles, type SourceFile, type SourceImport } from '../support/sources.ts';

const files = sourceFiles();

/** The parts of the product, and which other parts each may import. The command line's rule is stricter, below. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/k8s': ['src/core'],
  'src/bundle': ['src/core', 'src/k8s'],
  capture: ['src/core', 'src/k8s', 'src/bundle'],
  analyze: ['src/core', 'src/k8s', 'src/bundle'],
  'src/cli': ['src/core', 'src/k8s', 'src/bundle', 'capture', 'analyze'],
};

/** Where each third party may be imported, whether for values or types. */
const HOMES: Readonly<Record<string, RegExp>> = {
  '@kubernetes/client-node': /^capture\/client\.ts$/,
  'better-sqlite3': /^analyze\/store\//,
  ink: /^analyze\/tui\//,
  react: /^analyze\/tui\//,
  'tar-stream': /^src\/bundle\//,
  ws: /^capture\/channels\.ts$/,
};

/** What `src/cli` may import before an action runs. */
const LIGHT = /^(src\/core\/|src\/cli\/|node:|commander$)/;

function partOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'src' ? `src/${parts[1]}` : (parts[0] ?? '');
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function offences(rule: (file: SourceFile, imported: SourceImport) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => rule(file, imported))
      .map((imported) => `${file.path} imports ${imported.path ?? imported.specifier}`),
  );
}

describe('layering', () => {
  it('reads the imports of this project', () => {
    expect(files.length).toBeGreaterThan(20);
    const run = files.find((file) => file.path === 'src/cli/run.ts');
    expect(run?.imports.map((imported) => imported.specifier)).toContain('commander');
    expect(
      importsOf(
        '/x/a.ts',
        "import type { A } from './b.ts';\nawait import('../c.ts');\nexport * from './d.ts';",
      ),
    ).toHaveLength(3);
  });

  it('lets each part know only the parts beneath it; capture and analyze never each other', () => {
    expect(
      offences((file, imported) => {
        if (imported.path === undefined) return false;
        const [from, to] = [partOf(file.path), partOf(imported.path)];
        return from !== to && !(ALLOWED[from] ?? []).includes(to);
      }),
    ).toEqual([]);
  });

  it('gives each third party one home', () => {
    expect(
      offences((file, imported) => {
        const home = HOMES[packageOf(imported.specifier)];
        return home !== undefined && !home.test(file.path);
      }),
    ).toEqual([]);
  });

  it('lets the command line load heavy parts only inside an action', () => {
    expect(
      offences(
        (file, imported) =>
          file.path.startsWith('src/cli/') &&
          !imported.typeOnly &&
          !imported.dynamic &&
          !LIGHT.test(imported.path ?? imported.specifier),
      ),
    ).toEqual([]);
  });

  it('keeps the judging middle pure: no files, no network, no clock', () => {
    const middle = /^(src\/k8s|analyze\/(facts|checks|causes|model|replay))\//;
    expect(
      offences(
        (file, imported) =>
          middle.test(file.path) &&
          !imported.typeOnly &&
          /^node:(fs|net|http|https|child_process|dns|tls)/.test(imported.specifier),
      ),
    ).toEqual([]);
    const clocks = files.filter(
      (file) => middle.test(file.path) && /\b(Date\.now\(|new Date\(\)|performance\.now\()/.test(file.text),
    );
    expect(clocks.map((file) => file.path)).toEqual([]);
  });

  it('has no import cycles', () => {
    expect(cycles()).toEqual([]);
  });

  it('exits the process nowhere but in the command line', () => {
    const exits = files.filter(
      (file) =>
        /\bprocess\.exit\(/.test(file.text) &&
        !file.path.startsWith('src/cli/') &&
        !file.path.endsWith('child.ts'),
    );
    expect(exits.map((file) => file.path)).toEqual([]);
  });
});

/** Cycles over value imports, each as `a -> b -> a`. */
function cycles(): string[] {
  const graph = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((i) => !i.typeOnly && !i.dynamic && i.path !== undefined).map((i) => i.path ?? ''),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}
