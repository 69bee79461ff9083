/** The members of a tar archive, one after another, from a stream that may break: never throws for what it reads. */
import { BLOCK } from './footer.ts';
import type { Break, Inflated } from './inflate.ts';
import type { ProblemLog } from './problem.ts';
import type { BundleLimits } from './source.ts';
import { parseLongName, parsePax, parseTarHeader, type MemberType, type TarHeader } from './tar-header.ts';

/** Names and PAX records: more than any honest archive has. */
const EXTENSION_BYTES = 1 << 20;

export interface TarMember {
  readonly name: string;
  readonly size: number;
  readonly type: MemberType;
  readonly flag: string;
  /** Why its header must not be believed, if so. */
  readonly refused?: string;
  /** The body, once; shorter than `size` when the stream breaks inside it. */
  chunks(): AsyncGenerator<Buffer, void, undefined>;
}

/** Reads members in order. A body that was not read (or not to its end) is skipped before the next member. */
export async function* untar(
  stream: Inflated,
  problems: ProblemLog,
  limits: BundleLimits,
): AsyncGenerator<TarMember, void, undefined> {
  const input = new ByteQueue(stream, problems, limits.totalBytes);
  try {
    let extension: Extension = {};
    for (;;) {
      const header = await nextHeader(input, problems);
      if (header === undefined) break;
      if (header.type === 'extension') {
        extension = await readExtension(input, header, extension);
        continue;
      }
      const member = withExtension(header, extension);
      extension = {};
      const body = { left: member.size };
      yield { ...member, chunks: () => bodyOf(input, body) };
      await input.skip(body.left);
      await input.skip(padding(member.size));
    }
    await finish(input, problems);
  } finally {
    await input.close();
  }
}

interface Extension {
  readonly path?: string;
  readonly size?: number;
  readonly refused?: string;
}

function withExtension(header: TarHeader, extension: Extension): Omit<TarMember, 'chunks'> {
  const name = extension.path ?? header.name;
  // Before ustar a folder was a file whose name ends with a slash.
  const type = header.type === 'file' && name.endsWith('/') ? 'folder' : header.type;
  const size = extension.size ?? header.size;
  return {
    flag: header.flag,
    type,
    name,
    // Links and devices have no body, whatever their size says; nor has a folder that is marked as one.
    size: header.type === 'file' || header.type === 'unknown' ? size : 0,
    ...(extension.refused === undefined ? {} : { refused: extension.refused }),
  };
}

async function readExtension(input: ByteQueue, header: TarHeader, before: Extension): Promise<Extension> {
  const total = header.size + padding(header.size);
  if (header.size > EXTENSION_BYTES) {
    await input.skip(total);
    return header.flag === 'g' ? before : { ...before, refused: 'its extended header is too large' };
  }
  const body = (await input.take(total)).subarray(0, header.size);
  if (body.length < header.size) return before;
  if (header.flag === 'L') return { ...before, path: parseLongName(body) };
  // K names a link's target, and links are refused; a global header must not rename members.
  if (header.flag !== 'x') return before;
  const pax = parsePax(body);
  if (!pax) return { ...before, refused: 'its extended header cannot be read' };
  return {
    ...before,
    ...(pax.path === undefined ? {} : { path: pax.path }),
    ...(pax.size === undefined ? {} : { size: pax.size }),
    ...(pax.sparse ? { refused: 'it is a sparse file' } : {}),
  };
}

/** The next header; undefined at the end. Looks for another one where there should be one and is none. */
async function nextHeader(input: ByteQueue, problems: ProblemLog): Promise<TarHeader | undefined> {
  let lost = 0;
  for (;;) {
    const block = await input.take(BLOCK);
    if (block.length < BLOCK) {
      if (input.resume()) continue;
      if (lost > 0) tellLost(problems, lost);
      else if (!input.everBroken) problems.add('cut', 'the archive has no end mark');
      return undefined;
    }
    const header = parseTarHeader(block);
    if (header === 'zero') {
      if (lost === 0) return undefined;
    } else if (header !== undefined) {
      if (lost > 0) tellLost(problems, lost);
      return header;
    }
    lost += BLOCK;
  }
}

function tellLost(problems: ProblemLog, lost: number): void {
  problems.add('damaged', `${lost} bytes are no tar header where there should be one; skipped`);
}

/** After the end mark nothing counts, but it is read, so that checksums are compared. */
async function finish(input: ByteQueue, problems: ProblemLog): Promise<void> {
  let trailing = 0;
  for (;;) {
    const chunk = await input.some(1 << 20);
    if (chunk.length === 0) {
      if (input.resume()) continue;
      break;
    }
    if (trailing > 0 || chunk.some((byte) => byte !== 0)) trailing += chunk.length;
  }
  if (trailing > 0)
    problems.add('trailing', `about ${trailing} bytes after the end of the archive are ignored`);
}

async function* bodyOf(input: ByteQueue, body: { left: number }): AsyncGenerator<Buffer, void, undefined> {
  while (body.left > 0) {
    const chunk = await input.some(body.left);
    if (chunk.length === 0) return;
    body.left -= chunk.length;
    yield chunk;
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Pulls bytes from the stream; after a break it gives nothing until `resume`. */
class ByteQueue {
  /** A break has ended the stream or the part before `resume`. */
  broken = false;
  everBroken = false;
  private readonly chunks: AsyncIterator<Buffer | Break>;
  private readonly problems: ProblemLog;
  private current: Buffer = Buffer.alloc(0);
  private ended = false;
  private left: number;

  constructor(stream: Inflated, problems: ProblemLog, totalBytes: number) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.problems = problems;
    this.left = totalBytes;
  }

  /** Some bytes, at most `most`; none at a break or at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.current.length === 0 && !(await this.fill())) return this.current;
    const part = this.current.subarray(0, most);
    this.current = this.current.subarray(part.length);
    return part;
  }

  /** Exactly `length` bytes, or fewer at a break or at the end. */
  async take(length: number): Promise<Buffer> {
    const first = await this.some(length);
    if (first.length === length || first.length === 0) return first;
    const parts = [first];
    for (let missing = length - first.length; missing > 0;) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const part = await this.some(left);
      if (part.length === 0) return;
      left -= part.length;
    }
  }

  /** Goes on after a break, when the stream does; false at its end. */
  resume(): boolean {
    if (this.ended) return false;
    const was = this.broken;
    this.broken = false;
    return was;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async fill(): Promise<boolean> {
    while (!this.broken && !this.ended) {
      const next = await this.chunks.next();
      if (next.done === true) {
        this.ended = true;
      } else if (!Buffer.isBuffer(next.value)) {
        this.problems.add(next.value.kind, next.value.detail);
        this.broken = true;
        this.everBroken = true;
      } else if (next.value.length > 0) {
        this.left -= next.value.length;
        if (this.left < 0) return this.stop();
        this.current = next.value;
        return true;
      }
    }
    return false;
  }

  private stop(): false {
    this.problems.add('limit', 'it inflates to more than the reader accepts; the rest is not read');
    this.broken = true;
    this.everBroken = true;
    this.ended = true;
    return false;
  }
}
