/** Lines gathered into entries of bounded size, so that a list of any length costs the memory of one part. */

/** One deflate segment of the bundle. */
const PART_BYTES = 1024 * 1024;
const LINE_FEED = Buffer.from('\n');

export interface Parts {
  /** Adds a line; awaits the writer when a part is full. */
  line(bytes: Buffer): Promise<void> | void;
  /** Writes what is left. */
  end(): Promise<void>;
}

/** `path` names a part by its number, from 1. No part is written when no line came. */
export function createParts(
  path: (part: number) => string,
  write: (path: string, body: Buffer) => Promise<void>,
): Parts {
  let lines: Buffer[] = [];
  let length = 0;
  let part = 0;
  const flush = async (): Promise<void> => {
    if (length === 0) return;
    part += 1;
    const body = Buffer.concat(lines, length);
    lines = [];
    length = 0;
    await write(path(part), body);
  };
  return {
    line(bytes) {
      lines.push(bytes, LINE_FEED);
      length += bytes.length + 1;
      return length >= PART_BYTES ? flush() : undefined;
    },
    end: flush,
  };
}
