// Runs a short-lived program to its end; what runs on is cluster/processes.ts.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './lab-error.ts';

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Written to the program's standard input. */
  input?: string;
  /** Milliseconds after which the program is killed. */
  timeout?: number;
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws LabError with the end of standard error, when it exits with anything but 0.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        timeout: options.timeout ?? 0,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const told = (stderr.trim() || stdout.trim() || error.message).split('\n').slice(-12).join('\n');
        reject(new LabError(`${command} ${args.slice(0, 6).join(' ')} failed: ${told}`, undefined, error));
      },
    );
    // A program that ends without reading its input is judged by its exit code alone.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}

/**
 * Asks again and again until an answer other than `undefined` or `false` comes.
 *
 * @param what names the awaited thing in the error.
 * @param timeout in milliseconds.
 * @throws LabError when time is up, with the last error that `probe` threw.
 */
export async function until<T>(
  what: string,
  timeout: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  interval = 200,
): Promise<T> {
  const end = Date.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) {
      const told = last instanceof Error ? `: ${last.message}` : '';
      throw new LabError(`${what}: not within ${timeout / 1000} s${told}`, undefined, last);
    }
    await sleep(interval);
  }
}
