/** Keeps the newest of a stream of lines within a number of bytes: what comes last tells most. */

const CHUNK_BYTES = 256 * 1024;

export interface Newest {
  push(chunk: Buffer): void;
  /** What is kept, beginning with a whole line unless the only line is longer than the limit. */
  parts(partBytes: number): Buffer[];
  /** Bytes of the beginning that had to go. */
  dropped(): number;
  readonly length: number;
}

/** A window over the last `limit` bytes (a little more: whole chunks go at a time). */
export function keepNewest(limit: number): Newest {
  let chunks: Buffer[] = [];
  let kept = 0;
  let dropped = 0;
  let cutInLine = false;
  return {
    get length() {
      return kept;
    },
    push(chunk) {
      const last = chunks.at(-1);
      // Small pieces are joined, so that a slow log of many bytes is no list of a million buffers.
      if (last !== undefined && last.length + chunk.length <= CHUNK_BYTES)
        chunks[chunks.length - 1] = Buffer.concat([last, chunk]);
      else chunks.push(chunk);
      kept += chunk.length;
      for (let first = chunks[0]; first !== undefined && kept - first.length >= limit; first = chunks[0]) {
        chunks = chunks.slice(1);
        kept -= first.length;
        dropped += first.length;
        cutInLine = first.at(-1) !== 0x0a;
      }
    },
    parts(partBytes) {
      const whole = Buffer.concat(chunks);
      let from = 0;
      if (cutInLine) from = whole.indexOf(0x0a) + 1;
      dropped += from;
      cutInLine = false;
      const parts: Buffer[] = [];
      while (whole.length - from > partBytes) {
        const feed = whole.lastIndexOf(0x0a, from + partBytes - 1);
        const next = feed >= from ? feed : whole.indexOf(0x0a, from);
        if (next < 0) break;
        parts.push(whole.subarray(from, next + 1));
        from = next + 1;
      }
      if (from < whole.length || parts.length === 0) parts.push(whole.subarray(from));
      return parts;
    },
    dropped: () => dropped,
  };
}
