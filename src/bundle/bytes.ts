/** The bytes of an archive: a file that can be read anywhere in it, or what came through a pipe, held in memory. */
import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { UserError, messageOf } from '../core/errors.ts';

/** How much is read at once. */
export const INPUT_CHUNK = 256 * 1024;

export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset`, as many as there are up to `length`. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** All bytes from `offset` to `end`, in chunks. */
export async function* chunksOf(
  bytes: ByteSource,
  offset: number,
  end = bytes.size,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = offset; at < end;) {
    const chunk = await bytes.read(at, Math.min(INPUT_CHUNK, end - at));
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}

/** Hexadecimal SHA-256 of everything. */
export async function digestOf(bytes: ByteSource): Promise<string> {
  const sha = createHash('sha256');
  for await (const chunk of chunksOf(bytes, 0)) sha.update(chunk);
  return sha.digest('hex');
}

/** Of one buffer. */
export function sha256(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}

export function memoryBytes(content: Buffer): ByteSource {
  return {
    size: content.length,
    read: (offset, length) => Promise.resolve(content.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}

/**
 * A file by its path. What cannot be read at any place (a pipe, `/dev/stdin`) is taken into memory first.
 * @throws UserError `bundle-unreadable`
 */
export async function fileBytes(path: string, pipeBytes: number): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return handleBytes(handle, stat.size, path);
    if (stat.isDirectory()) throw new Error('it is a folder');
    const held = await hold(handle.createReadStream({ autoClose: false }), pipeBytes);
    await handle.close();
    return held;
  } catch (error) {
    await handle.close();
    throw error instanceof UserError ? error : unreadable(path, error);
  }
}

/**
 * Standard input, held in memory: the manifest comes last and is needed first, and a reader writes nothing anywhere.
 * @throws UserError `bundle-too-large`
 */
export async function hold(stream: AsyncIterable<Uint8Array>, most: number): Promise<ByteSource> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > most) {
      throw new UserError('bundle-too-large', `more than ${most} bytes came through the pipe`, {
        hint: 'save it to a file first and name that',
      });
    }
    chunks.push(chunk);
  }
  return memoryBytes(Buffer.concat(chunks, size));
}

function handleBytes(handle: FileHandle, size: number, path: string): ByteSource {
  let closed = false;
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      try {
        while (filled < buffer.length) {
          const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
      } catch (error) {
        throw unreadable(path, error);
      }
      return filled === buffer.length ? buffer : buffer.subarray(0, filled);
    },
    async close() {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

/** The system said no: a missing file, a missing right, a failing disk. */
export function unreadable(path: string, cause: unknown): UserError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return new UserError(
    'bundle-unreadable',
    missing ? `there is no ${path}` : `cannot read ${path}: ${messageOf(cause)}`,
    {
      hint: missing
        ? 'check the name; a bundle is a file .tar.gz that `inquest capture` wrote'
        : 'check its permissions',
      cause,
    },
  );
}
