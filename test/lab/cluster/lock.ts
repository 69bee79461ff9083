// One holder at a time, by a file that names its holder; a holder that died holds nothing.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, fromJson } from '../values.ts';
import { startTimeOf } from './proc.ts';

interface Holder {
  pid: number;
  startTime: string;
}

/**
 * Runs `work` while holding the lock, waiting for it first.
 *
 * @param onWait called once with the holder's pid when somebody else has it.
 */
export async function withLock<T>(
  path: string,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path))) {
    const holder = await holderOf(path);
    if (holder === undefined) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) onWait(holder.pid);
    told = true;
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  const mine: Holder = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  try {
    await writeFile(path, JSON.stringify(mine), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const text = await readFile(path, 'utf8').catch(() => '');
    try {
      const holder = fromJson<Holder>(text);
      return startTimeOf(holder.pid) === holder.startTime ? holder : undefined;
    } catch {
      // Just made and not yet written, or just removed: look again before calling it stale.
      await sleep(50);
    }
  }
  return undefined;
}
