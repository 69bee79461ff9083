/** Bundles as files in memory: those of a recorded incident, and the verdict of any. */
import { join } from 'node:path';
import { startIngest } from '../../analyze/ingest/ingest.ts';
import { judge } from '../../analyze/judge.ts';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { createStore } from '../../analyze/store/writer.ts';
import { openBundle } from '../../src/bundle/reader.ts';
import { ROOT } from './sources.ts';

/** Entries by their path. */
export type Files = ReadonlyMap<string, Buffer>;

/** Every entry of `samples/<sample>`, the manifest included; without those that `leaveOut` names. */
export async function recordedFiles(sample: string, leaveOut?: RegExp): Promise<Files> {
  const files = new Map<string, Buffer>();
  const bundle = await openBundle(join(ROOT, 'samples', sample, 'bundle.tar.gz'));
  try {
    for await (const entry of bundle.entries()) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry.chunks()) {
        if (leaveOut?.test(entry.path) !== true) chunks.push(Buffer.from(chunk));
      }
      if (chunks.length > 0) files.set(entry.path, Buffer.concat(chunks));
    }
    // The reader keeps it to itself.
    if (bundle.manifest !== undefined) {
      files.set(
        'manifest.json',
        Buffer.from(JSON.stringify({ ...bundle.manifest, entries: [], segments: [] })),
      );
    }
  } finally {
    await bundle.close();
  }
  return files;
}

/** Without the entries that `drop` names. */
export function without(files: Files, drop: (path: string) => boolean): Files {
  return new Map([...files].filter(([path]) => !drop(path)));
}

/**
 * As if the list in this folder (`resources/core/v1/pods/`) had ended so, by its record; of one that failed nothing but the
 * record is left.
 */
export function listEnded(files: Files, folder: string, outcome: 'failed' | 'partial'): Files {
  const path = `${folder}list.json`;
  const record = JSON.parse(files.get(path)?.toString() ?? '{}') as object;
  const kept = outcome === 'failed' ? without(files, (one) => one.startsWith(folder)) : files;
  return new Map([
    ...kept,
    [path, Buffer.from(JSON.stringify({ ...record, outcome, gap: 'list:gone', items: 0 }))],
  ]);
}

/** What is judged of these files, through the very code that loads bundles. */
export function verdictOfFiles(files: Files): Verdict {
  const store = createStore(':memory:');
  try {
    const ingest = startIngest(store);
    for (const [path, bytes] of files) {
      const entry = ingest.open(path);
      entry.write(bytes);
      entry.end();
    }
    ingest.finish();
    return judge(store);
  } finally {
    store.close();
  }
}
