/** A user's SQL in a process of its own: SQLite through better-sqlite3 cannot be interrupted, a process can be killed. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../src/core/errors.ts';
import { isChildAnswer, type ChildAnswer, type ChildTask } from './query-protocol.ts';
import type { SqlValue } from './store.ts';

export interface QueryLimits {
  /** Rows at most; default 1000. */
  readonly limit?: number;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly SqlValue[]>;
  /** `rows`: there are more than the limit; `bytes`: what came is all that is handed over at once (64 MB). */
  readonly truncated: false | 'rows' | 'bytes';
  readonly ms: number;
}

/**
 * Runs one reading statement against a store. The process is gone when this settles.
 * @throws UserError `sql-invalid` (with position and hint), `sql-not-reading`, `sql-timeout`, `sql-cancelled`,
 *   `sql-too-large`
 */
export function runQuery(storePath: string, sql: string, limits: QueryLimits = {}): Promise<QueryResult> {
  const { limit = 1000, timeoutMs = 30_000, signal } = limits;
  if (signal?.aborted) return Promise.reject(cancelled());
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const task: ChildTask = { storePath, sql, limit };
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(`./query-process.${extension}`, import.meta.url)), [], {
      serialization: 'advanced',
      execArgv: ['--max-old-space-size=512'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      act();
    };
    const abort = (): void => settle(() => reject(cancelled()));
    const timer = setTimeout(() => settle(() => reject(tooSlow(timeoutMs))), timeoutMs);
    signal?.addEventListener('abort', abort);
    child.once('message', (answer) =>
      settle(() => (isChildAnswer(answer) ? deliver(answer, resolve, reject) : reject(died()))),
    );
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', () => settle(() => reject(died())));
    child.send(task, (error) => {
      if (error) settle(() => reject(error));
    });
  });
}

function deliver(
  answer: ChildAnswer,
  resolve: (result: QueryResult) => void,
  reject: (error: UserError) => void,
): void {
  if (answer.outcome === 'rows') {
    const { columns, rows, truncated, ms } = answer;
    resolve({ columns, rows, truncated, ms });
  } else {
    reject(
      new UserError(answer.code, answer.message, answer.hint === undefined ? {} : { hint: answer.hint }),
    );
  }
}

function cancelled(): UserError {
  return new UserError('sql-cancelled', 'the query was cancelled');
}

function tooSlow(timeoutMs: number): UserError {
  return new UserError('sql-timeout', `the query was stopped after ${timeoutMs / 1000} s`, {
    hint: 'narrow it with WHERE (log_text by at, events by last_at), or allow more with --timeout.',
  });
}

function died(): UserError {
  return new UserError(
    'sql-too-large',
    'the query ended without an answer: most likely it needed too much memory',
    {
      hint: 'take fewer columns or rows; leave bodies out.',
    },
  );
}
