/**
 * Archive bytes out of a gzip file, in order, either serially as any tool does it or segment by segment, several at
 * once, as our manifest allows. What breaks is told as a `Break` in the stream, never thrown.
 */
import { Readable } from 'node:stream';
import { constants, crc32, createInflateRaw, inflateRaw } from 'node:zlib';
import { messageOf } from '../core/errors.ts';
import { INPUT_CHUNK, chunksOf, type ByteSource } from './bytes.ts';
import { GZIP_TRAILER_BYTES } from './footer.ts';
import type { Segment } from './segments.ts';

/** Here the stream is broken; what follows (after a lost segment) begins with a tar header again. */
export interface Break {
  readonly kind: 'cut' | 'damaged' | 'altered' | 'trailing' | 'limit';
  readonly detail: string;
}
export type Inflated = AsyncIterable<Buffer | Break>;

const OUT_CHUNK = 128 * 1024;
const PIECE = 16;
/** So many bytes of segments may be inflated ahead of the reader. */
const AHEAD_BYTES = 32 << 20;
const AHEAD_SEGMENTS = 4;

/** Every gzip member one after another, checksums included; ends at the first thing that is wrong. */
export async function* inflateSerially(bytes: ByteSource): AsyncGenerator<Buffer | Break, void, undefined> {
  for (let at = 0; at < bytes.size;) {
    const start = await memberStart(bytes, at);
    if (typeof start !== 'number') {
      if (at === 0) yield start;
      else if (!(await isZero(bytes, at))) {
        yield { kind: 'trailing', detail: `${bytes.size - at} bytes after the end of the compressed data` };
      }
      return;
    }
    const end = yield* inflateMember(bytes, start);
    if (end === undefined) return;
    at = end;
  }
}

/** A second attempt at a damaged member: `skip` bytes are known already, from `at` on its input comes bit by bit. */
interface Retry {
  readonly skip: number;
  readonly at: number;
}

/**
 * Yields one member; returns the offset after its trailer, or undefined when it broke. zlib gives nothing of the piece
 * of input that it fails on, so that piece is made small.
 */
async function* inflateMember(
  bytes: ByteSource,
  start: number,
  retry?: Retry,
): AsyncGenerator<Buffer | Break, number | undefined, undefined> {
  const inflate = createInflateRaw({
    chunkSize: OUT_CHUNK,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const feed = Readable.from(retry ? finer(bytes, start, retry.at) : chunksOf(bytes, start));
  feed.on('error', (error) => inflate.destroy(error));
  feed.pipe(inflate);
  let crc = 0;
  let size = 0;
  try {
    // Without an encoding a stream gives Buffers, which its type does not say.
    const chunks: AsyncIterable<Buffer> = inflate;
    for await (const out of chunks) {
      crc = crc32(out, crc);
      size += out.length;
      const fresh = retry ? out.subarray(Math.max(0, out.length - (size - retry.skip))) : out;
      if (!retry || size > retry.skip) yield fresh;
    }
  } catch (error) {
    if (!retry) {
      const at = start + Math.max(0, inflate.bytesWritten - 2 * INPUT_CHUNK);
      return yield* inflateMember(bytes, start, { skip: size, at });
    }
    yield { kind: 'damaged', detail: `the compressed data is damaged: ${messageOf(error)}` };
    return undefined;
  } finally {
    feed.destroy();
    inflate.destroy();
  }
  const end = start + inflate.bytesWritten;
  const trailer = await bytes.read(end, GZIP_TRAILER_BYTES);
  if (trailer.length < GZIP_TRAILER_BYTES) {
    yield { kind: 'cut', detail: `the file ends too early, at byte ${bytes.size}` };
    return undefined;
  }
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== size % 2 ** 32) {
    yield { kind: 'altered', detail: 'the checksum at the end of the file does not match its content' };
  }
  return end + GZIP_TRAILER_BYTES;
}

/** In chunks up to `at`, from there in pieces so small that little is lost with one. */
async function* finer(bytes: ByteSource, from: number, at: number): AsyncGenerator<Buffer, void, undefined> {
  yield* chunksOf(bytes, from, at);
  for await (const chunk of chunksOf(bytes, Math.max(from, at))) {
    for (let offset = 0; offset < chunk.length; offset += PIECE) yield chunk.subarray(offset, offset + PIECE);
  }
}

/** The offset of a member's deflate data (RFC 1952, 2.3). */
async function memberStart(bytes: ByteSource, at: number): Promise<number | Break> {
  const head = await bytes.read(at, 64 * 1024);
  if (head.length < 10) return { kind: 'cut', detail: `the file ends too early, at byte ${bytes.size}` };
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) {
    return { kind: 'damaged', detail: `no gzip header at byte ${at}` };
  }
  const flags = head[3] ?? 0;
  let offset = 10;
  if (flags & 4) offset += 2 + (head.length >= offset + 2 ? head.readUInt16LE(offset) : 0);
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = head.indexOf(0, offset);
    if (end < 0) return { kind: 'damaged', detail: `the gzip header at byte ${at} does not end` };
    offset = end + 1;
  }
  if (flags & 2) offset += 2;
  return at + offset;
}

/** Padding of tapes and block devices after the archive is no harm. */
async function isZero(bytes: ByteSource, from: number): Promise<boolean> {
  for await (const chunk of chunksOf(bytes, from)) {
    if (chunk.some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** The segments in order, some inflated ahead. A segment that is broken is one `Break`; the next goes on. */
export async function* inflateSegments(
  bytes: ByteSource,
  segments: readonly Segment[],
): AsyncGenerator<Buffer | Break, void, undefined> {
  const ahead: { result: Promise<Buffer | Break>; bytes: number }[] = [];
  let aheadBytes = 0;
  let next = 0;
  const fill = (): void => {
    for (; next < segments.length && ahead.length < AHEAD_SEGMENTS; next += 1) {
      const segment = segments[next];
      if (!segment || (ahead.length > 0 && aheadBytes + segment.bytes > AHEAD_BYTES)) return;
      ahead.push({ result: inflateSegment(bytes, segment, next), bytes: segment.bytes });
      aheadBytes += segment.bytes;
    }
  };
  for (;;) {
    fill();
    const first = ahead.shift();
    if (!first) return;
    const result = await first.result;
    aheadBytes -= first.bytes;
    fill();
    yield result;
  }
}

/** One segment alone. Never rejects for what the bytes are; it does when the disk fails. */
export async function inflateSegment(
  bytes: ByteSource,
  segment: Segment,
  index: number,
): Promise<Buffer | Break> {
  let input: Buffer;
  try {
    input = await bytes.read(segment.offset, segment.length);
  } catch (error) {
    return { kind: 'damaged', detail: `segment ${index}: ${messageOf(error)}` };
  }
  return new Promise((resolve) => {
    const options = {
      finishFlush: constants.Z_SYNC_FLUSH,
      // One byte more than it may have: whatever it really holds, no more is ever allocated.
      maxOutputLength: segment.bytes + 1,
      chunkSize: Math.max(1024, Math.min(segment.bytes + 1, 4 << 20)),
    };
    inflateRaw(input, options, (error, out) => {
      if (error) {
        resolve({
          kind: 'damaged',
          detail: `segment ${index} at byte ${segment.offset}: ${messageOf(error)}`,
        });
      } else if (out.length !== segment.bytes) {
        const detail = `segment ${index} at byte ${segment.offset} holds ${out.length} bytes instead of ${segment.bytes}`;
        resolve({ kind: 'damaged', detail });
      } else resolve(out);
    });
  });
}
