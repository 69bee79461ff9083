/** Runs a program to its end and tells how long it took and how much memory it held at most, its threads included. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  readonly ms: number;
  /** Highest resident set in MB; undefined where the system does not tell. */
  readonly mb: number | undefined;
  readonly stdout: string;
}

export async function measure(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  let mb: number | undefined;
  const sample = setInterval(() => {
    mb = Math.max(mb ?? 0, residentPeak(child.pid) ?? 0);
  }, 20);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(sample));
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.slice(-2000)}`);
  return { ms: performance.now() - begun, mb: mb === undefined || mb === 0 ? undefined : mb, stdout };
}

/** VmHWM is the peak so far, so that a coarse sample misses only the last moment. */
function residentPeak(pid: number | undefined): number | undefined {
  try {
    const kb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024);
  } catch {
    return undefined;
  }
}

/** The middle one of several runs by time. */
export async function median(times: number, run: () => Promise<Measured>): Promise<Measured> {
  const runs: Measured[] = [];
  for (let nth = 0; nth < times; nth += 1) runs.push(await run());
  const middle = runs.toSorted((a, b) => a.ms - b.ms)[Math.floor(times / 2)];
  if (middle === undefined) throw new Error('nothing was run');
  return middle;
}
