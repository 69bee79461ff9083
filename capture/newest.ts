/** Keeps the newest of a stream of lines within a number of bytes: what comes last tells most. */

const BLOCK_BYTES = 128 * 1024;

export interface Newest {
  push(chunk: Buffer): void;
  /** What is kept, beginning with a whole line unless the only line is longer than the limit. */
  whole(): Buffer;
  /** Bytes of the beginning that had to go. */
  dropped(): number;
  readonly length: number;
}

interface Block {
  readonly bytes: Buffer;
  used: number;
}

/** A window over the last `limit` bytes (a little more: whole blocks go at a time). */
export function keepNewest(limit: number): Newest {
  const blocks: Block[] = [];
  let kept = 0;
  let dropped = 0;
  let cutInLine = false;
  return {
    get length() {
      return kept;
    },
    push(chunk) {
      append(blocks, chunk);
      kept += chunk.length;
      for (let first = blocks[0]; first !== undefined && kept - first.used >= limit; first = blocks[0]) {
        blocks.shift();
        kept -= first.used;
        dropped += first.used;
        cutInLine = first.bytes[first.used - 1] !== 0x0a;
      }
    },
    whole() {
      const whole = Buffer.concat(blocks.map(({ bytes, used }) => bytes.subarray(0, used)));
      const from = cutInLine ? whole.indexOf(0x0a) + 1 : 0;
      dropped += from;
      cutInLine = false;
      return whole.subarray(from);
    },
    dropped: () => dropped,
  };
}

/** Copies into blocks, so that a slow log of many small pieces is no list of a million buffers. */
function append(blocks: Block[], chunk: Buffer): void {
  for (let from = 0; from < chunk.length;) {
    let last = blocks.at(-1);
    if (last === undefined || last.used === last.bytes.length) {
      // Most logs are small: the first block is no larger than its beginning asks for.
      const size = blocks.length === 0 ? Math.min(BLOCK_BYTES, Math.max(4096, chunk.length)) : BLOCK_BYTES;
      last = { bytes: Buffer.allocUnsafeSlow(size), used: 0 };
      blocks.push(last);
    }
    const copied = chunk.copy(last.bytes, last.used, from);
    last.used += copied;
    from += copied;
  }
}

/** Cuts after line feeds, into parts of at most `partBytes` where lines are not longer than that. */
export function inParts(whole: Buffer, partBytes: number): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  while (whole.length - from > partBytes) {
    const feed = whole.lastIndexOf(0x0a, from + partBytes - 1);
    const next = feed >= from ? feed : whole.indexOf(0x0a, from);
    if (next < 0) break;
    parts.push(whole.subarray(from, next + 1));
    from = next + 1;
  }
  if (from < whole.length || parts.length === 0) parts.push(whole.subarray(from));
  return parts;
}
