/** Where a bundle is written to: a file under a temporary name that is renamed when done, or a stream. */
import { existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { UserError, messageOf } from '../core/errors.ts';

/** How long the disk is waited for at the end. */
const SYNC_MS = 700;
const pause = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });

/** What the writer writes to. After `complete` or `abandon` nothing more is written. */
export interface Sink {
  /** The temporary file, while there is one. */
  readonly partial: string | undefined;
  write(bytes: Buffer): Promise<void>;
  /** Everything is written: makes it durable (unless in haste) and gives the file its name. */
  complete(haste: boolean): Promise<void>;
  /** Closes; removes the temporary file unless it is to be kept. */
  abandon(keep: boolean): Promise<void>;
}

/**
 * A file that appears under its name only when it is whole. Until then it is `<file>.partial` (or `.partial2` …: what a
 * killed capture left is evidence and never overwritten). Only its owner may read it.
 * @throws UserError `output-exists`, `output-unwritable`
 */
export async function fileSink(file: string): Promise<Sink> {
  if (existsSync(file)) {
    throw new UserError('output-exists', `${file} exists already`, {
      hint: 'choose another name with -o, or move the file away',
    });
  }
  const { handle, partial } = await openPartial(file);
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await handle.close();
  };
  return {
    partial,
    async write(bytes) {
      try {
        for (let offset = 0; offset < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, offset);
          offset += bytesWritten;
        }
      } catch (error) {
        throw unwritable(partial, error);
      }
    },
    async complete(haste) {
      try {
        // A disk that takes its time must not cost the file its name: what was promised is a file in time.
        if (!haste) await Promise.race([handle.sync(), pause(SYNC_MS)]);
        await rename(partial, file);
        await Promise.race([close(), pause(SYNC_MS)]);
        if (!haste) await syncFolder(dirname(file));
      } catch (error) {
        throw unwritable(file, error);
      }
    },
    async abandon(keep) {
      await close();
      if (!keep) await rm(partial, { force: true });
    },
  };
}

/** A stream such as stdout. It is never ended here: it is its owner's. */
export function streamSink(stream: Writable): Sink {
  let failure: unknown;
  const onError = (error: unknown): void => {
    failure ??= error;
  };
  stream.on('error', onError);
  return {
    partial: undefined,
    write(bytes) {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(unwritable('the output stream', failure));
          return;
        }
        stream.write(bytes, (error) => {
          if (error) reject(unwritable('the output stream', error));
          else resolve();
        });
      });
    },
    complete() {
      stream.off('error', onError);
      return Promise.resolve();
    },
    abandon() {
      stream.off('error', onError);
      return Promise.resolve();
    },
  };
}

async function openPartial(file: string): Promise<{ handle: FileHandle; partial: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const partial = `${file}.partial${attempt === 1 ? '' : attempt}`;
    try {
      return { handle: await open(partial, 'wx', 0o600), partial };
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken || attempt >= 1000) throw unwritable(file, error);
    }
  }
}

/** Makes the rename durable. Not every system can open a folder; then there is nothing more to do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

function unwritable(what: string, cause: unknown): UserError {
  return new UserError('output-unwritable', `cannot write ${what}: ${messageOf(cause)}`, {
    hint: 'name a file with -o where there is room and you may write',
    cause,
  });
}
