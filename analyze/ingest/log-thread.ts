/** The other thread of a load: it reads the bundle's logs into a store of its own, which is then copied page-wise. */
import { rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { indices } from '../store/schema.ts';
import type { StoreWriter } from '../store/writer.ts';
import { fields } from './read.ts';

/** Tables that the thread fills. Copied whole: same columns, same indices, empty before. */
const TABLES = ['files', 'log_files', 'log_text', 'dns_strings', 'dns_queries', 'gaps'] as const;

export interface LogThreadTask {
  readonly source: string;
  readonly path: string;
}

export function isLogThreadTask(value: unknown): value is LogThreadTask {
  const { source, path } = fields(value);
  return typeof source === 'string' && typeof path === 'string';
}

export interface LogThread {
  /** Waits for the thread and takes its tables over. Throws what the thread threw. */
  join(out: StoreWriter): Promise<void>;
  /** Ends the thread, whatever it does, and removes its file. */
  stop(): Promise<void>;
}

export function startLogThread(source: string, path: string): LogThread {
  // From the sources this is TypeScript, from dist JavaScript.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const task: LogThreadTask = { source, path };
  const worker = new Worker(new URL(`./log-worker.${extension}`, import.meta.url), {
    workerData: task,
    // Lines die young; a nursery of its default size only delays that by 50 MB.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const done = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the log thread ended with ${code}`));
    });
  });
  // It may fail while nobody waits yet; join() still sees it.
  done.catch(() => {});
  return {
    async join(out) {
      await done;
      out.run('ATTACH ? AS logs', [path]);
      out.exec('BEGIN');
      out.exec(indices('logs'));
      for (const table of TABLES) {
        const or = table === 'gaps' ? 'OR IGNORE ' : '';
        out.exec(`INSERT ${or}INTO main.${table} SELECT * FROM logs.${table}`);
      }
      out.exec('COMMIT');
      out.exec('DETACH logs');
    },
    async stop() {
      await worker.terminate();
      rmSync(path, { force: true });
    },
  };
}
