/** What the lab proves is written down row by row, is there, and where it is less than it should be a reason stands beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checks } from '../../analyze/checks/registry.ts';
import { POD_FAULTS } from '../lab/pod-faults/all.ts';
import { ROOT } from '../support/sources.ts';

interface Row {
  readonly id: string;
  readonly fires: readonly string[];
  readonly quiet: readonly string[];
  readonly reason: string;
}

/** Twice where it must be told, once where it must not. */
const FIRES = 2;
const QUIET = 1;

const folder = join(ROOT, 'test/lab');
const readme = readFileSync(join(folder, 'README.md'), 'utf8');

/** The tables below `## What the lab proves`, one below each `### Layer …`. */
function rowsIn(text: string): Row[] {
  const [, section = ''] = text.split('\n## What the lab proves\n');
  const cell = (words = ''): string[] =>
    words
      .split('<br>')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  return (section.split('\n## ')[0] ?? '').split('\n').flatMap((line) => {
    const [, id, fires, quiet, reason] = line.split('|').map((part) => part.trim());
    return id?.includes('/') === true && reason !== undefined
      ? [{ id, fires: cell(fires), quiet: cell(quiet), reason }]
      : [];
  });
}

/** Every string of the lab's sources: the names of cases are among them. */
function stringsOfTheLab(): Set<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map(
        ([, said = '']) => said,
      ),
    ),
  );
}

const rows = rowsIn(readme);
const known = stringsOfTheLab();
const ids = checks.map(({ id }) => id);

describe('what the lab proves', () => {
  it('names rows that are checks, each once, and cases that are there', () => {
    expect(rows.filter(({ id }) => !ids.includes(id))).toEqual([]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const named = rows.flatMap(({ fires, quiet }) => [...fires, ...quiet]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(['platform', 'pod'])('has every row of the layer %s', (layer) => {
    const of = (all: readonly string[]): string[] =>
      all.filter((id) => id.startsWith(`${layer}/`)).toSorted();
    expect(of(rows.map(({ id }) => id))).toEqual(of(ids));
  });

  it.each(rows)('$id is proved, or says why not', ({ fires, quiet, reason }) => {
    const proved = new Set(fires).size >= FIRES && new Set(quiet).size >= QUIET;
    expect(proved || reason.length > 20).toBe(true);
  });

  it('names every fault of a pod in the rows that it proves', () => {
    const missing = Object.values(POD_FAULTS)
      .flat()
      .flatMap(({ name, roots = [], unexplained = [], advice = [], near = [] }) => {
        const told = [...roots, ...unexplained, ...advice].map((key) => key.slice(0, key.indexOf(':')));
        return rows.flatMap(({ id, fires, quiet }) => [
          ...(told.includes(id) && !fires.includes(name) ? [`${id} fires: ${name}`] : []),
          ...(near.includes(id) && !quiet.includes(name) ? [`${id} quiet: ${name}`] : []),
        ]);
      });
    expect(missing).toEqual([]);
  });
});
