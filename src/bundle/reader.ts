/** Opens a bundle, however it comes: `.tar.gz`, `.tar`, a pipe, an unpacked folder. Reads only, writes nothing. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { openArchive, type Archive } from './archive.ts';
import { fileBytes, hold, sha256, unreadable, type ByteSource } from './bytes.ts';
import { checkEntries } from './check.ts';
import { parseHeader, parseManifest } from './documents.ts';
import { bundleFolder, folderBytes, folderDigest, folderMembers, readSmall } from './folder.ts';
import { FOOTER_BODY_BYTES, FOOTER_PATH, parseFooterBody } from './footer.ts';
import { HEADER_PATH, MANIFEST_PATH } from './paths.ts';
import { problemLog, type BundleProblem, type ProblemLog } from './problem.ts';
import { DEFAULT_LIMITS, type BundleLimits, type BundleSource, type OpenOptions } from './source.ts';

const HEADER_BYTES = 1 << 20;

/**
 * Opens a bundle: a file, `-` for stdin (held in memory, for the manifest comes last), a folder it was unpacked to or
 * that folder's parent. What is wrong beyond that is told by `problems`.
 * @throws UserError `bundle-unreadable` (missing, forbidden, damaged at its beginning), `not-a-bundle`,
 *   `several-bundles`, `bundle-too-new`, `bundle-too-large`
 */
export async function openBundle(source: string, options: OpenOptions = {}): Promise<BundleSource> {
  const { archive, problems, limits } = await openAny(source, options);
  if (archive.header instanceof UserError) {
    await archive.close();
    throw archive.header;
  }
  return bundleSource(source, archive, archive.header, problems, limits);
}

export interface Opened {
  readonly archive: Archive;
  /** Found while opening. */
  readonly problems: ProblemLog;
  readonly limits: BundleLimits;
}

/** The same with a broken header told instead of thrown, for `verify`. */
export async function openAny(source: string, options: OpenOptions = {}): Promise<Opened> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const problems = problemLog();
  const archive = await open(source, options, limits, problems);
  if (!archive.manifest) problems.add('no-manifest', 'the capture was interrupted: there is no manifest');
  return { archive, problems, limits };
}

async function open(
  source: string,
  options: OpenOptions,
  limits: BundleLimits,
  problems: ProblemLog,
): Promise<Archive> {
  if (source === '-') {
    return fromBytes(
      await hold(options.stdin ?? standardInput(), limits.pipeBytes),
      source,
      limits,
      problems,
    );
  }
  const info = await stat(source).catch((error: unknown) => {
    throw unreadable(source, error);
  });
  if (info.isDirectory()) return openFolder(source, limits, problems);
  return fromBytes(await fileBytes(source, limits.pipeBytes), source, limits, problems);
}

async function fromBytes(
  bytes: ByteSource,
  source: string,
  limits: BundleLimits,
  problems: ProblemLog,
): Promise<Archive> {
  try {
    return await openArchive(bytes, source === '-' ? 'stdin' : source, limits, problems);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

function standardInput(): AsyncIterable<Uint8Array> {
  if (!process.stdin.isTTY) return process.stdin;
  throw new UserError('bundle-unreadable', '- means stdin, and stdin is a terminal', {
    hint: 'pipe a bundle in (inquest … - < FILE), or name the file',
  });
}

async function openFolder(source: string, limits: BundleLimits, problems: ProblemLog): Promise<Archive> {
  const folder = await bundleFolder(source);
  const headerBody = await readSmall(folder, HEADER_PATH, HEADER_BYTES);
  const header = parseHeader(headerBody ?? Buffer.alloc(0), join(folder, HEADER_PATH));
  const body = await readSmall(folder, MANIFEST_PATH, limits.manifestBytes);
  const manifest = body && parseManifest(body, header, problems);
  const footerBody = await readSmall(folder, FOOTER_PATH, FOOTER_BODY_BYTES);
  const footer = footerBody && parseFooterBody(footerBody);
  if (body && footer && footer.manifest.sha256 !== sha256(body)) {
    problems.add('altered', 'its SHA-256 is not the one in the footer', MANIFEST_PATH);
  }
  return {
    kind: 'folder',
    bytes: await folderBytes(folder),
    root: '',
    header,
    manifest,
    digest: manifest && body ? sha256(body) : await folderDigest(folder),
    footer,
    members: (log) => folderMembers(folder, manifest, log),
    close: () => Promise.resolve(),
  };
}

function bundleSource(
  source: string,
  archive: Archive,
  header: BundleSource['header'],
  opening: ProblemLog,
  limits: BundleLimits,
): BundleSource {
  let pass: readonly BundleProblem[] = [];
  return {
    source,
    kind: archive.kind,
    bytes: archive.bytes,
    header,
    manifest: archive.manifest,
    digest: archive.digest,
    entries() {
      const problems = problemLog();
      pass = problems.list;
      const { root, manifest } = archive;
      return checkEntries(archive.members(problems), { root, manifest, limits, problems });
    },
    get problems() {
      return [...opening.list, ...pass];
    },
    close: () => archive.close(),
  };
}
