// What a program of this machine is linked with, for images that hold it.
import { LabError } from '../lab-error.ts';
import { run } from '../run.ts';

/** The loader and the shared libraries that a program of this machine runs with, where it looks for them. */
export async function librariesOf(program: string): Promise<string[]> {
  const told = await run('ldd', [program]);
  if (told.includes('not found')) throw new LabError(`${program} lacks a library here: ${told.trim()}`);
  return [...told.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].flatMap(([, file]) => file ?? []);
}
