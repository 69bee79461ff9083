/** Runs on this machine what a capture would run in a container. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; never throws. */
export function runHere(command: readonly string[]): Promise<Ended> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = execFile(file === 'node' ? process.execPath : file, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Whether there is such a program on this machine. */
export function here(program: string): boolean {
  return (
    program === 'node' ||
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
  );
}
