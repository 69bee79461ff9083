/** The folder of loaded stores: one file a bundle and schema, the longest unused leave when it grows too large. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_BYTES = 8 * 2 ** 30;
const STALE_AFTER_MS = 24 * 3600 * 1000;

export interface StoreCache {
  readonly folder: string;
  /** True when the user's cache cannot be written: the folder goes when the analysis is closed. */
  readonly temporary: boolean;
}

/** `$XDG_CACHE_HOME/inquest` (else `~/.cache/inquest`), or a temporary folder where that cannot be written. */
export function openCache(folder = defaultFolder()): StoreCache {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return { folder, temporary: false };
  } catch {
    return { folder: mkdtempSync(join(tmpdir(), 'inquest-')), temporary: true };
  }
}

function defaultFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  // The specification wants relative paths ignored.
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.cache'), 'inquest');
}

/** A name of its own beside the final one, so that parallel openers build apart and the last rename wins. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
}

/** Marks a store as used just now. */
export function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // A cache shared read-only stays usable.
  }
}

/** Removes the longest unused stores above the limit, and what died while it was built. Never the one in use. */
export function prune(folder: string, keep: string, mostBytes = MOST_BYTES): void {
  const files = readdirSync(folder)
    .filter((name) => /\.db(\..*\.tmp)?(-journal)?$/.test(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const info = statSync(path, { throwIfNoEntry: false });
      return info === undefined
        ? []
        : [{ path, bytes: info.size, usedAt: info.mtimeMs, built: name.endsWith('.db') }];
    })
    .toSorted((a, b) => b.usedAt - a.usedAt);
  let bytes = 0;
  for (const file of files) {
    if (file.built) bytes += file.bytes;
    const stale = !file.built && Date.now() - file.usedAt > STALE_AFTER_MS;
    if (file.path !== keep && (stale || (file.built && bytes > mostBytes)))
      rmSync(file.path, { force: true });
  }
}
