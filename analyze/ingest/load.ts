/** A bundle into a new store: one pass for the objects here, one for the logs on a thread of their own, then joined. */
import { setFlagsFromString } from 'node:v8';
import type { BundleEntry, BundleSource } from '../../src/bundle/source.ts';
import type { StoreWriter } from '../store/writer.ts';
import { startIngest, type EntrySink, type Ingest } from './ingest.ts';
import logs from './kinds/logs.ts';
import { loadManifest } from './kinds/manifest.ts';
import { startLogThread, type LogThread } from './log-thread.ts';
import { problemGap } from './problems.ts';

export interface LoadProgress {
  /** Bytes of evidence read so far, and in all when the manifest tells. */
  readonly bytes: number;
  readonly total: number | undefined;
}

export interface LoadOptions {
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** A file beside the store for the log thread's part; undefined: everything on this thread. */
  readonly logStore?: string | undefined;
}

/** Below this a thread costs more than it saves. */
const WORTH_A_THREAD = 8 << 20;

/** Loads everything into an empty store and makes its indices; whatever is wrong with the bundle becomes gaps. */
export async function loadBundle(
  bundle: BundleSource,
  out: StoreWriter,
  options: LoadOptions = {},
): Promise<void> {
  const thread = logThreadFor(bundle, options);
  stayLean(true);
  try {
    const ingest = startIngest(out, thread === undefined ? {} : { without: [logs.id] });
    await readEntries(bundle, ingest, thread, progressOf(bundle, options));
    if (bundle.manifest === undefined) ingest.context.note('end', 'cut');
    else loadManifest(ingest.context, bundle.manifest);
    ingest.context.note('digest', bundle.digest);
    for (const problem of bundle.problems) ingest.context.gap(problemGap(problem));
    ingest.finish();
    await thread?.join(out);
  } finally {
    stayLean(false);
    await thread?.stop();
  }
}

/** Objects stream through and are forgotten at once: a young generation that grows to 64 MB gains nothing. */
function stayLean(lean: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${lean ? 1 : 2}`);
}

function logThreadFor(bundle: BundleSource, options: LoadOptions): LogThread | undefined {
  // A pipe cannot be read twice; a folder's files are read as they are.
  if (options.logStore === undefined || bundle.source === '-') return undefined;
  const logBytes = bundle.manifest?.entries.reduce(
    (sum, entry) => sum + (logs.paths.test(entry.path) ? entry.bytes : 0),
    0,
  );
  if ((logBytes ?? bundle.bytes) < WORTH_A_THREAD) return undefined;
  return startLogThread(bundle.source, options.logStore);
}

/** Entries get the ids 1, 2, 3 in the order of the bundle, on this thread and the other alike. */
async function readEntries(
  bundle: BundleSource,
  ingest: Ingest,
  thread: LogThread | undefined,
  progress: (bytes: number) => void,
): Promise<void> {
  let fileId = 0;
  for await (const entry of bundle.entries()) {
    fileId += 1;
    if (thread !== undefined && logs.paths.test(entry.path)) {
      progress(entry.bytes);
      continue;
    }
    await readEntry(entry, ingest.open(entry.path, { fileId }), progress);
  }
}

export async function readEntry(
  entry: BundleEntry,
  sink: EntrySink,
  progress: (bytes: number) => void,
): Promise<void> {
  for await (const chunk of entry.chunks()) {
    sink.write(chunk);
    progress(chunk.length);
  }
  const state = entry.state();
  sink.end(state === 'unread' ? 'unreadable' : state);
}

function progressOf(bundle: BundleSource, options: LoadOptions): (bytes: number) => void {
  const { onProgress } = options;
  if (onProgress === undefined) return () => {};
  const total = bundle.manifest?.entries.reduce((sum, entry) => sum + entry.bytes, 0);
  let bytes = 0;
  let told = 0;
  return (more) => {
    bytes += more;
    if (bytes - told < 4 << 20) return;
    told = bytes;
    onProgress({ bytes, total });
  };
}
