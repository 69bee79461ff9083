/**
 * Between what an archive or a folder holds and what a reader is given: names beneath the root folder, no links, each
 * path once, within limits, and compared with the manifest where there is one.
 */
import { createHash } from 'node:crypto';
import { sha256 } from './bytes.ts';
import { FOOTER_PATH } from './footer.ts';
import type { Manifest } from './format.ts';
import { refusePath, tidyPath } from './names.ts';
import { MANIFEST_PATH } from './paths.ts';
import type { ProblemLog } from './problem.ts';
import type { BundleEntry, BundleLimits, EntryState } from './source.ts';
import type { TarMember } from './untar.ts';

export interface CheckOptions {
  /** The root folder's name; empty when the entries lie at the top. */
  readonly root: string;
  readonly manifest: Manifest | undefined;
  readonly limits: BundleLimits;
  readonly problems: ProblemLog;
}

type Expected = Manifest['entries'][number];

/** The entries a reader gets, in order; tells the problems of each, and at the end what is missing. */
export async function* checkEntries(
  members: AsyncIterable<TarMember>,
  options: CheckOptions,
): AsyncGenerator<BundleEntry, void, undefined> {
  const { manifest, limits, problems } = options;
  const expected = new Map(manifest?.entries.map((entry) => [entry.path, entry]));
  const seen = new Set<string>();
  let count = 0;
  for await (const member of members) {
    count += 1;
    if (count > limits.entries) {
      problems.add('limit', `it holds more than ${limits.entries} entries; the rest is not read`);
      return;
    }
    const path = accept(member, options);
    if (path === undefined) continue;
    if (seen.has(path)) {
      problems.add('duplicate', 'its path was there before; the first one counts', path);
      continue;
    }
    seen.add(path);
    if (path === MANIFEST_PATH || path === FOOTER_PATH) continue;
    const wanted = expected.get(path);
    if (manifest && !wanted) problems.add('unexpected', 'it is not in the manifest', path);
    if (member.size > limits.entryBytes) {
      problems.add('limit', `it has ${member.size} bytes, more than the reader accepts; skipped`, path);
      continue;
    }
    yield bundleEntry(member, path, wanted, problems);
  }
  for (const path of expected.keys()) {
    if (!seen.has(path)) problems.add('missing', 'it is in the manifest but not in the bundle', path);
  }
}

/** The path relative to the root folder; undefined for what is not an entry, told as a problem where it is one. */
function accept(member: TarMember, options: CheckOptions): string | undefined {
  const { root, problems } = options;
  const name = member.name.slice(0, 4096);
  const refused = member.refused ?? refusePath(member.name) ?? refuseType(member);
  if (refused !== undefined) {
    problems.add('refused', refused, name);
    return undefined;
  }
  if (member.type === 'folder') return undefined;
  const path = tidyPath(name);
  if (root === '') return path;
  if (path.startsWith(`${root}/`)) return path.slice(root.length + 1);
  problems.add('outside', `it lies beside the root folder ${root}; ignored`, name);
  return undefined;
}

function refuseType(member: TarMember): string | undefined {
  if (member.type === 'link') return 'it is a link; links are never followed';
  if (member.type === 'device') return 'it is a device or a pipe';
  if (member.type === 'unknown') return `its type (${JSON.stringify(member.flag)}) is unknown`;
  return undefined;
}

function bundleEntry(
  member: TarMember,
  path: string,
  wanted: Expected | undefined,
  problems: ProblemLog,
): BundleEntry {
  let state: EntryState = 'unread';
  let taken = false;
  if (wanted && wanted.bytes !== member.size) {
    problems.add('altered', `it has ${member.size} bytes instead of ${wanted.bytes}`, path);
  }
  const judge = (size: number, digest: () => string): void => {
    if (size < member.size) {
      state = 'incomplete';
      problems.add('cut', `only ${size} of its ${member.size} bytes could be read`, path);
      return;
    }
    state = wanted && wanted.bytes !== size ? 'altered' : 'ok';
    if (!wanted || state === 'altered') return;
    const actual = digest();
    if (actual === wanted.sha256) return;
    state = 'altered';
    problems.add('altered', `its SHA-256 is ${actual} instead of ${wanted.sha256}`, path);
  };
  const take = (): void => {
    if (taken) throw new Error(`the body of ${path} is read twice`);
    taken = true;
  };
  return {
    path,
    bytes: member.size,
    state: () => state,
    async *chunks() {
      take();
      const sha = wanted ? createHash('sha256') : undefined;
      let size = 0;
      for await (const chunk of member.chunks()) {
        sha?.update(chunk);
        size += chunk.length;
        yield chunk;
      }
      judge(size, () => sha?.digest('hex') ?? '');
    },
    async read() {
      take();
      const chunks: Buffer[] = [];
      for await (const chunk of member.chunks()) chunks.push(chunk);
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      judge(body.length, () => sha256(body));
      return body;
    },
  };
}
