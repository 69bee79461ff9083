/**
 * A verdict on what has come so far, while the capture goes on: a child of low priority judges the half-written file, so
 * that neither the capture's memory nor its time pays for it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { asRecord, parseJson } from '../core/json.ts';
import { oneLine, plural } from '../core/text.ts';

/** Milliseconds after the start of the program. The first answer is to stand there by second 10. */
const MOMENTS = [4500, 15_000, 35_000] as const;
/** Judging more than this would take the machine from the capture, and be of yesterday when it ends. */
const MOST_BYTES = 64e6;

/** Judges `partial` now and then until what it returns is called. `tell` gets one line, such as `nothing found yet`. */
export function judgeMeanwhile(partial: string, startedAt: number, tell: (line: string) => void): () => void {
  const children = new Set<() => void>();
  const look = (): void => {
    // One at a time: the next moment comes soon enough.
    if (children.size > 0 || sizeOf(partial) > MOST_BYTES) return;
    const stop = judge(partial, (line) => {
      children.delete(stop);
      if (line !== undefined) tell(line);
    });
    children.add(stop);
  };
  const timers = MOMENTS.map((moment) =>
    setTimeout(look, Math.max(0, startedAt + moment - Date.now())).unref(),
  );
  return () => {
    for (const timer of timers) clearTimeout(timer);
    for (const stop of children) stop();
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function judge(partial: string, done: (line: string | undefined) => void): () => void {
  // Of its own: a store of half a file is of no use to anybody later.
  const cache = mkdtempSync(join(tmpdir(), 'inquest-so-far-'));
  const [, main = ''] = process.argv;
  const child = spawn(process.execPath, [main, 'diagnose', partial, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  try {
    if (child.pid !== undefined) setPriority(child.pid, 15);
  } catch {
    // It has ended, or the system has no priorities.
  }
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => (stdout += data));
  let ended = false;
  const end = (line: string | undefined): void => {
    if (ended) return;
    ended = true;
    rmSync(cache, { recursive: true, force: true });
    done(line);
  };
  child.on('error', () => end(undefined));
  child.on('close', () => end(soFar(stdout)));
  return () => {
    child.kill('SIGKILL');
    end(undefined);
  };
}

/** One line from the document of `diagnose --json`; undefined when there is none. */
export function soFar(document: string): string | undefined {
  let verdict;
  try {
    verdict = asRecord(parseJson(document));
  } catch {
    return undefined;
  }
  const { roots, findings, unknown } = verdict;
  if (!Array.isArray(roots) || !Array.isArray(findings)) return undefined;
  const root = findings.map(asRecord).find(({ key }) => key === roots[0]);
  const more = roots.length > 1 ? ` and ${plural(roots.length - 1, 'more root cause')}` : '';
  if (typeof root?.['summary'] === 'string') return `${oneLine(root['summary'])}${more}`;
  const open = Array.isArray(unknown) ? unknown.length : 0;
  return `nothing found yet, ${plural(open, 'question')} open`;
}
