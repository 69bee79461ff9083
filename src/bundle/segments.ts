/**
 * The compressed side of the writer: one gzip member made of deflate segments that do not know of each other, so that
 * several are compressed at once and a reader can inflate each alone. Segments reach the sink in order.
 */
import { crc32, constants, deflateRaw } from 'node:zlib';
import type { Manifest } from './format.ts';
import { GZIP_HEADER, gzipTrailer, storedBlock } from './footer.ts';
import type { Sink } from './sink.ts';

/** Compressing runs on Node's pool of four threads. */
const IN_FLIGHT = 4;

export type Segment = Manifest['segments'][number];

export interface SegmentWriter {
  /** Segments that are on disk, in order. */
  readonly segments: readonly Segment[];
  /** Bytes written to the sink. */
  readonly written: () => number;
  /** Takes one segment; resolves when another may come (not when this one is written). Calls must not overlap. */
  push(chunks: readonly Buffer[]): Promise<void>;
  /** Resolves when all that was pushed is written; rejects with the sink's first error. */
  drain(): Promise<void>;
  /** Drains, then writes the last, stored block and the gzip trailer. */
  end(last: Buffer): Promise<void>;
}

/** Starts the gzip member. `level` is zlib's, 1 to 9. */
export function segmentWriter(sink: Sink, level: () => number): SegmentWriter {
  const segments: Segment[] = [];
  let crc = 0;
  let inflated = 0;
  let offset = 0;
  let inFlight = 0;
  let failure: unknown;
  let room: (() => void) | undefined;

  const write = async (bytes: Buffer): Promise<void> => {
    await sink.write(bytes);
    offset += bytes.length;
  };
  let queue: Promise<void> = write(GZIP_HEADER);
  queue.catch((error: unknown) => (failure ??= error));

  const count = (bytes: Buffer): void => {
    crc = crc32(bytes, crc);
    inflated += bytes.length;
  };
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  const enqueue = (work: () => Promise<void>): void => {
    queue = queue.then(work);
    queue.catch((error: unknown) => (failure ??= error));
  };

  return {
    segments,
    written: () => offset,
    async push(chunks) {
      check();
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      count(bytes);
      inFlight += 1;
      const compressed = deflateSegment(bytes, level());
      compressed.catch(() => undefined);
      enqueue(async () => {
        try {
          const out = await compressed;
          segments.push({ offset, length: out.length, bytes: bytes.length });
          await write(out);
        } finally {
          inFlight -= 1;
          room?.();
        }
      });
      // Every end of a segment frees a place, and each push takes one: there is never more than one to wait for.
      if (inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => (room = resolve));
    },
    async drain() {
      await queue.catch(() => undefined);
      check();
    },
    async end(last) {
      count(last);
      enqueue(() => write(Buffer.concat([storedBlock(last), gzipTrailer(crc, inflated)])));
      await queue.catch(() => undefined);
      check();
    },
  };
}

/** Ends on a byte boundary with an empty stored block and forgets its window, but does not end the stream. */
function deflateSegment(bytes: Buffer, level: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { level, finishFlush: constants.Z_FULL_FLUSH, chunkSize: 256 * 1024 };
    deflateRaw(bytes, options, (error, out) => {
      if (error) reject(error);
      else resolve(out);
    });
  });
}
