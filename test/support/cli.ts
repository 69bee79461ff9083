/** Runs the built program as a user would, with a cache of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cli {
  /** Runs `inquest …args`; `input` goes to standard input, which is closed after it. */
  run(args: readonly string[], input?: Buffer): Promise<Ran>;
  dispose(): void;
}

/** A runner whose cache folder is new and goes with `dispose`. */
export function cli(): Cli {
  const cache = mkdtempSync(join(tmpdir(), 'inquest-cli-'));
  const env = { ...process.env, XDG_CACHE_HOME: cache, NO_COLOR: '1' };
  return {
    run: async (args, input) =>
      await new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), ...args], {
          cwd: ROOT,
          env,
        });
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
        child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
        child.stdin.on('error', () => undefined);
        child.on('error', reject);
        child.on('close', (code) =>
          resolve({
            code,
            stdout: Buffer.concat(stdout).toString(),
            stderr: Buffer.concat(stderr).toString(),
          }),
        );
        child.stdin.end(input);
      }),
    dispose: () => rmSync(cache, { recursive: true, force: true }),
  };
}
