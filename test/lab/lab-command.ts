// `npm run lab …` from a test, in a process of its own: what a lab is made of is read when that one starts.
import { join } from 'node:path';
import { run } from './run.ts';

const cli = join(import.meta.dirname, 'cli.ts');

/** Runs `npm run lab` with these arguments on the lab of this name; returns its standard output. */
export async function labCommand(
  lab: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await run(process.execPath, [cli, ...args], { env: { ...env, INQUEST_LAB: lab } });
}
