/** Writes a bundle as its evidence arrives, in bounded memory; what is written is readable whenever it is cut. */
import { hash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { UserError } from '../core/errors.ts';
import { FOOTER_PATH, footerBody } from './footer.ts';
import { headerSchema, type BundleHeader, type Manifest } from './format.ts';
import { bundleName, safePath } from './names.ts';
import { endOfArchive, packEntry, packer, type Packer } from './pack.ts';
import { HEADER_PATH, MANIFEST_PATH } from './paths.ts';
import { segmentWriter, type SegmentWriter } from './segments.ts';
import { fileSink, streamSink, type Sink } from './sink.ts';

/** Whole entries are gathered until they are this long; then they become a segment. */
const SEGMENT_BYTES = 1 << 20;
/** What lies about this long is written as a short segment, so that a killed capture leaves what had arrived. */
const FLUSH_AFTER_MS = 1000;
const LEVEL = 6;

export interface BundleWriterOptions {
  readonly header: BundleHeader;
  /** Exactly one of `file` and `stream`. The stream (stdout) is never ended here. */
  readonly file?: string;
  readonly stream?: Writable;
  /** zlib's level, 1 to 9; 6 unless told. */
  readonly level?: number;
  /** Milliseconds until a short segment is written; 0: only full ones and at `flush()`. */
  readonly flushAfterMs?: number;
  readonly segmentBytes?: number;
}

/** What the manifest says beside the entries, which the writer knows itself. */
export type BundleEnd = Pick<
  Manifest,
  'end' | 'endedAt' | 'collectors' | 'gaps' | 'redactions' | 'clockSkew' | 'requests' | 'latencies'
>;

export interface BundleSummary {
  /** Where it lies; undefined for a stream. */
  readonly file: string | undefined;
  /** SHA-256 of manifest.json in hexadecimal: names this bundle, to compare with what `inquest verify` prints. */
  readonly digest: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes of all entries' bodies. */
  readonly inflated: number;
  readonly entries: number;
}

export interface BundleWriter {
  /** The root folder inside. */
  readonly root: string;
  /** The temporary file evidence goes to until `finish`; undefined for a stream. */
  readonly partial: string | undefined;
  /** So far: bodies taken (bytes, entries) and bytes that reached the file. For progress and size limits. */
  progress(): { readonly entries: number; readonly inflated: number; readonly written: number };
  /**
   * Adds one whole entry, `path` relative to the root folder; resolves to the path as written (see `safePath`) when
   * more may come: await it, that is the backpressure. Calls may overlap, their order is kept. The body must not be
   * changed afterwards. Rejects with UserError `output-unwritable`; with Error (a bug) for a path that was added before.
   */
  add(path: string, body: Buffer | string): Promise<string>;
  /** Resolves when everything added before it has been handed to the system. */
  flush(): Promise<void>;
  /**
   * Writes manifest and footer, makes the file durable and gives it its name. `haste` (the second Ctrl-C) leaves the
   * waiting for the disk away and compresses what is left at the fastest level.
   */
  finish(end: BundleEnd, options?: { readonly haste?: boolean }): Promise<BundleSummary>;
  /** Stops without a manifest. The temporary file is removed unless `keep` is set. Does nothing after `finish`. */
  abandon(options?: { readonly keep?: boolean }): Promise<void>;
}

/**
 * Opens the output and writes `bundle.json`.
 * @throws UserError `output-exists`, `output-unwritable`
 */
export async function createBundleWriter(options: BundleWriterOptions): Promise<BundleWriter> {
  const header = headerSchema.parse(options.header);
  const sink = await openSink(options);
  const writer = startWriter(options, header, sink);
  try {
    await writer.add(HEADER_PATH, `${JSON.stringify(header, undefined, 2)}\n`);
    await writer.flush();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return writer;
}

function openSink(options: BundleWriterOptions): Promise<Sink> {
  if (options.file !== undefined) return fileSink(options.file);
  if (options.stream !== undefined) return Promise.resolve(streamSink(options.stream));
  throw new Error('a bundle writer needs a file or a stream');
}

interface Work {
  readonly options: BundleWriterOptions;
  readonly header: BundleHeader;
  readonly sink: Sink;
  readonly root: string;
  readonly out: SegmentWriter;
  readonly pack: Packer;
  readonly entries: Manifest['entries'];
  readonly seen: Set<string>;
  level: number;
  inflated: number;
  state: 'open' | 'finished' | 'abandoned';
}

function startWriter(options: BundleWriterOptions, header: BundleHeader, sink: Sink): BundleWriter {
  const level = options.level ?? LEVEL;
  const out = segmentWriter(sink, () => work.level);
  const work: Work = {
    options,
    header,
    sink,
    out,
    level,
    root: bundleName(header),
    pack: packer(out),
    entries: [],
    seen: new Set(),
    inflated: 0,
    state: 'open',
  };
  const serial = serialiser();
  const timer = sealTimer(options.flushAfterMs ?? FLUSH_AFTER_MS, () => serial(() => work.pack.seal()));
  const stop = (): void => timer.stop();
  return {
    root: work.root,
    partial: sink.partial,
    progress: () => ({ entries: work.entries.length, inflated: work.inflated, written: out.written() }),
    add(path, body) {
      const safe = safePath(path);
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      return serial(async () => {
        await addEntry(work, safe, bytes);
        if (work.pack.waiting() > 0) timer.start();
        return safe;
      });
    },
    async flush() {
      await serial(async () => {
        await work.pack.seal();
        await out.drain();
      });
    },
    finish(end, { haste = false } = {}) {
      if (haste) work.level = 1;
      return serial(() => finish(work, end, haste)).finally(stop);
    },
    abandon({ keep = false } = {}) {
      return serial(() => abandon(work, keep)).finally(stop);
    },
  };
}

async function addEntry(work: Work, path: string, body: Buffer): Promise<void> {
  mustBeOpen(work);
  const { pack, entries, seen } = work;
  const segmentBytes = work.options.segmentBytes ?? SEGMENT_BYTES;
  if (seen.has(path) || path === MANIFEST_PATH || path === FOOTER_PATH) {
    throw new Error(`${path} is in the bundle already`);
  }
  seen.add(path);
  // A big entry gets a segment of its own, so that reading it inflates nothing else.
  if (pack.waiting() + body.length > 2 * segmentBytes) await pack.seal();
  entries.push({
    path,
    bytes: body.length,
    sha256: hash('sha256', body, 'hex'),
    segment: pack.segment(),
  });
  work.inflated += body.length;
  await pack.append(`${work.root}/${path}`, body);
  if (pack.waiting() >= segmentBytes) await pack.seal();
}

async function finish(work: Work, end: BundleEnd, haste: boolean): Promise<BundleSummary> {
  mustBeOpen(work);
  const { header, pack, out, entries, root, options } = work;
  await pack.seal();
  await out.drain();
  const manifest: Manifest = {
    format: header.format,
    id: header.id,
    startedAt: header.startedAt,
    ...end,
    entries,
    segments: [...out.segments],
  };
  const body = Buffer.from(`${JSON.stringify(manifest)}\n`);
  const digest = hash('sha256', body, 'hex');
  await pack.append(`${root}/${MANIFEST_PATH}`, body);
  await pack.seal();
  await out.drain();
  const place = out.segments.at(-1);
  if (!place) throw new Error('the manifest was not written');
  const at = { offset: place.offset, length: place.length, bytes: body.length, sha256: digest };
  const footer = await packEntry(`${root}/${FOOTER_PATH}`, footerBody(at), new Date());
  await out.end(Buffer.concat([...footer, endOfArchive()]));
  await work.sink.complete(haste);
  work.state = 'finished';
  return {
    file: options.file,
    digest,
    bytes: out.written(),
    inflated: work.inflated,
    entries: entries.length,
  };
}

async function abandon(work: Work, keep: boolean): Promise<void> {
  if (work.state !== 'open') return;
  work.state = 'abandoned';
  // The first error was told to whoever added; here only what can be saved matters.
  if (keep) await work.pack.seal().catch(() => undefined);
  await work.out.drain().catch(() => undefined);
  await work.sink.abandon(keep);
}

function mustBeOpen(work: Work): void {
  if (work.state === 'open') return;
  throw new UserError('bundle-closed', `the bundle is ${work.state} and takes no more entries`);
}

/** Runs work one at a time, in the order it was asked for; a failure concerns only who asked. */
function serialiser(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
}

/** Seals a short segment when entries have waited for `ms`; never keeps the process alive. */
function sealTimer(ms: number, seal: () => Promise<void>): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      if (timer !== undefined || ms === 0) return;
      timer = setTimeout(() => {
        timer = undefined;
        // An error is not lost: the segment writer keeps it, and the next call rejects with it.
        void seal().catch(() => undefined);
      }, ms);
      timer.unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
