/** Tar entries as bytes (ustar, with a PAX header where the name does not fit), gathered into segments. */
import { pack } from 'tar-stream';
import { BLOCK } from './footer.ts';
import type { SegmentWriter } from './segments.ts';

const END_OF_ARCHIVE = 2 * BLOCK;

/** Header, body and padding of one file. The body's memory is used as it is, not copied. */
export async function packEntry(name: string, body: Buffer, mtime: Date): Promise<Buffer[]> {
  const stream = pack();
  stream.entry({ name, size: body.length, mode: 0o644, mtime, type: 'file' }, body);
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    else if (chunk instanceof Uint8Array)
      chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
  // finalize() adds the end of the archive; ours comes once, in the footer.
  const end = chunks.pop();
  if (end?.length !== END_OF_ARCHIVE) throw new Error('tar-stream did not end the archive as expected');
  return chunks;
}

/** The two zero blocks that end a tar archive. */
export function endOfArchive(): Buffer {
  return Buffer.alloc(END_OF_ARCHIVE);
}

/** Gathers whole entries into segments. Calls must not overlap. */
export interface Packer {
  /** The index of the segment that the next entry goes into. */
  readonly segment: () => number;
  readonly waiting: () => number;
  append(name: string, body: Buffer): Promise<void>;
  /** Hands what was gathered to the segment writer; nothing when there is nothing. */
  seal(): Promise<void>;
}

export function packer(out: SegmentWriter): Packer {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let sealed = 0;
  return {
    segment: () => sealed,
    waiting: () => bytes,
    async append(name, body) {
      for (const chunk of await packEntry(name, body, new Date())) {
        chunks.push(chunk);
        bytes += chunk.length;
      }
    },
    async seal() {
      if (bytes === 0) return;
      const segment = chunks;
      chunks = [];
      bytes = 0;
      sealed += 1;
      await out.push(segment);
    },
  };
}
