/** What runs on the log thread; see log-thread.ts. */
import { workerData } from 'node:worker_threads';
import { openBundle } from '../../src/bundle/reader.ts';
import { createStore, makeIndices } from '../store/writer.ts';
import { startIngest } from './ingest.ts';
import logs from './kinds/logs.ts';
import { readEntry } from './load.ts';
import { isLogThreadTask } from './log-thread.ts';

const task: unknown = workerData;
if (!isLogThreadTask(task)) throw new TypeError('the log thread was given no task');
const out = createStore(task.path);
const ingest = startIngest(out, { only: [logs.id] });
const bundle = await openBundle(task.source);
let fileId = 0;
for await (const entry of bundle.entries()) {
  fileId += 1;
  if (!logs.paths.test(entry.path)) continue;
  await readEntry(entry, ingest.open(entry.path, { fileId }), () => {});
}
await bundle.close();
ingest.finish();
makeIndices(out, 'logs');
out.close();
