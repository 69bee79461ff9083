/** An unpacked bundle: its files as members, in the manifest's order. Links are never followed. */
import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../core/errors.ts';
import { unreadable } from './bytes.ts';
import type { Manifest } from './format.ts';
import { HEADER_PATH } from './paths.ts';
import type { ProblemLog } from './problem.ts';
import type { MemberType } from './tar-header.ts';
import type { TarMember } from './untar.ts';

const CHUNK = 1 << 20;
/** Deeper than any bundle, and an end for folders made to have none. */
const DEEPEST = 32;

/** The folder that holds bundle.json: the one given, or the only one in it that does. */
export async function bundleFolder(folder: string): Promise<string> {
  if (await isFile(join(folder, HEADER_PATH))) return folder;
  const found: string[] = [];
  for (const entry of await list(folder)) {
    if (entry.isDirectory() && (await isFile(join(folder, entry.name, HEADER_PATH)))) found.push(entry.name);
  }
  const [only, another] = found.toSorted();
  if (only === undefined) {
    throw new UserError('not-a-bundle', `${folder} holds no bundle: there is no ${HEADER_PATH} in it`, {
      hint: 'name the folder that a bundle was unpacked to, or the .tar.gz itself',
    });
  }
  if (another !== undefined) {
    throw new UserError(
      'several-bundles',
      `${folder} holds several bundles: ${found.toSorted().join(', ')}`,
      {
        hint: `name one of them, such as ${join(folder, only)}`,
      },
    );
  }
  return join(folder, only);
}

/** One small file of the folder; undefined when it is not there, is a link, or is larger than `most`. */
export async function readSmall(folder: string, path: string, most: number): Promise<Buffer | undefined> {
  const file = join(folder, path);
  const stat = await lstat(file).catch(() => undefined);
  if (!stat?.isFile() || stat.size > most) return undefined;
  const parts: Buffer[] = [];
  for await (const chunk of fileChunks(file, stat.size)) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Every file beneath the folder, the manifest's first and in its order; then what else is there, by path. */
export async function* folderMembers(
  folder: string,
  manifest: Manifest | undefined,
  problems: ProblemLog,
): AsyncGenerator<TarMember, void, undefined> {
  const found = await walk(folder, problems);
  const order = manifest?.entries.map((entry) => entry.path) ?? [HEADER_PATH];
  for (const path of order) {
    const file = found.get(path);
    if (!file) continue;
    found.delete(path);
    yield member(folder, path, file, problems);
  }
  for (const [path, file] of found) yield member(folder, path, file, problems);
}

/** Bytes of all files, and the SHA-256 over their paths and contents. */
export async function folderDigest(folder: string): Promise<string> {
  const sha = createHash('sha256');
  for (const [path, { size, type }] of await walk(folder, undefined)) {
    sha.update(`${path}\0${size}\0`);
    if (type !== 'file') continue;
    // A file that cannot be read is told when its entry is asked for.
    await update(sha, join(folder, path), size).catch(() => undefined);
  }
  return sha.digest('hex');
}

export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const file of (await walk(folder, undefined)).values()) bytes += file.size;
  return bytes;
}

interface Found {
  readonly type: MemberType;
  readonly size: number;
}

/** Every file, link and device by its path, sorted. */
async function walk(folder: string, problems: ProblemLog | undefined): Promise<Map<string, Found>> {
  const found: [string, Found][] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    let entries: Dirent[];
    try {
      entries = await list(join(folder, path));
    } catch (error) {
      if (depth === 0) throw error;
      problems?.add('damaged', `the folder cannot be read: ${messageOf(error)}`, path);
      return;
    }
    for (const entry of entries) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`;
      if (!entry.isDirectory()) {
        const stat = await lstat(join(folder, child)).catch(() => undefined);
        found.push([child, { type: typeOf(entry), size: entry.isFile() ? (stat?.size ?? 0) : 0 }]);
      } else if (depth < DEEPEST) await visit(child, depth + 1);
      else problems?.add('limit', `it lies more than ${DEEPEST} folders deep; not read`, child);
    }
  };
  await visit('', 0);
  return new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function typeOf(entry: Dirent): MemberType {
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'link' : 'device';
}

function member(folder: string, path: string, file: Found, problems: ProblemLog): TarMember {
  return {
    name: path,
    size: file.size,
    type: file.type,
    flag: '0',
    async *chunks() {
      try {
        yield* fileChunks(join(folder, path), file.size);
      } catch (error) {
        problems.add('damaged', `it cannot be read: ${messageOf(error)}`, path);
      }
    },
  };
}

/** At most `size` bytes: a file that grows while it is read does not go on for ever. */
async function* fileChunks(file: string, size: number): AsyncGenerator<Buffer, void, undefined> {
  const handle: FileHandle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    for (let at = 0; at < size;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function update(sha: ReturnType<typeof createHash>, file: string, size: number): Promise<void> {
  for await (const chunk of fileChunks(file, size)) sha.update(chunk);
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function isFile(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined))?.isFile() ?? false;
}
