// Runs the built product the way a user does.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'node_modules', '.bin', 'node');
const main = join(root, 'dist', 'src', 'cli', 'main.js');

export interface CliResult {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** From start to end. */
  ms: number;
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until SIGKILL; two minutes unless told. */
  timeout?: number;
  /** Is handed the process once it runs: to signal it in the middle. */
  onStart?: (child: ChildProcess) => void;
}

/** Runs `inquest` with these arguments to its end, whatever the exit code. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const began = performance.now();
  return await new Promise((resolve, reject) => {
    const child = spawn(node, [main, ...args], {
      cwd: options.cwd ?? root,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeout ?? 120_000,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => void (output[name] += chunk));
    }
    child.on('error', reject);
    child.on('spawn', () => options.onStart?.(child));
    child.on('close', (code, signal) => resolve({ code, signal, ...output, ms: performance.now() - began }));
  });
}

/** Calls back once, when the progress on stderr has come to these words. */
export function whenSaid(child: ChildProcess, words: string, act: () => void): void {
  let said = '';
  child.stderr?.on('data', (chunk: string) => {
    const before = said.includes(words);
    said += chunk;
    if (!before && said.includes(words)) act();
  });
}
