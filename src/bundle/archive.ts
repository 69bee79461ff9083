/** Opening an archive: where its root, header and manifest are, found without inflating everything where we wrote it. */
import { UserError } from '../core/errors.ts';
import { chunksOf, digestOf, sha256, type ByteSource } from './bytes.ts';
import { parseHeader, parseManifest } from './documents.ts';
import {
  BLOCK,
  GZIP_HEADER,
  FOOTER_BYTES,
  FOOTER_TAR_BYTES,
  GZIP_TRAILER_BYTES,
  parseFooter,
  parseFooterTar,
  type Footer,
} from './footer.ts';
import type { BundleHeader, Manifest } from './format.ts';
import { inflateSegment, inflateSegments, inflateSerially, type Inflated } from './inflate.ts';
import { sniff } from './magic.ts';
import { tidyPath } from './names.ts';
import { HEADER_PATH, MANIFEST_PATH } from './paths.ts';
import { problemLog, type ProblemLog } from './problem.ts';
import type { Segment } from './segments.ts';
import type { BundleLimits, BundleSource } from './source.ts';
import { parseTarHeader } from './tar-header.ts';
import { untar, type TarMember } from './untar.ts';

const HEADER_BYTES = 1 << 20;
/** A segment larger than this is not inflated in one piece; then the whole file is read serially. */
const SEGMENT_BYTES = 256 << 20;

/** What `openBundle` and `verify` both stand on; it tells what is wrong with the header instead of throwing it. */
export interface Archive {
  readonly kind: BundleSource['kind'];
  readonly bytes: number;
  readonly root: string;
  readonly header: BundleHeader | UserError;
  readonly manifest: Manifest | undefined;
  readonly digest: string;
  /** What the footer says the manifest's SHA-256 is. */
  readonly footer: Footer | undefined;
  members(problems: ProblemLog): AsyncIterable<TarMember>;
  /** One serial pass over the compressed file, as any other tool reads it; for checksums. */
  serial?(): Inflated;
  close(): Promise<void>;
}

interface Documents {
  readonly root: string;
  readonly header: Buffer | undefined;
  readonly manifest: Buffer | undefined;
}

/**
 * Opens `.tar.gz` or `.tar`.
 * @throws UserError `not-a-bundle` for another format, or when there is neither a header nor a manifest
 */
export async function openArchive(
  bytes: ByteSource,
  source: string,
  limits: BundleLimits,
  problems: ProblemLog,
): Promise<Archive> {
  const kind = await sniff(bytes, source);
  const serial = (): Inflated => (kind === 'tar' ? chunksOf(bytes, 0) : inflateSerially(bytes));
  const found = kind === 'tar' ? await tarFooter(bytes, limits) : await gzipFooter(bytes, limits);
  let documents =
    found && (await nativeDocuments(found, firstSegment(found, bytes, kind) ?? serial(), limits));
  documents ??= await scan(serial(), limits);
  // The end was found where it must be, so it is ours; what is damaged lies before it.
  if (found && !documents?.manifest) documents = { header: undefined, ...documents, ...found };
  if (found && kind === 'tar.gz' && !(await bytes.read(0, GZIP_HEADER.length)).equals(GZIP_HEADER)) {
    problems.add('altered', 'the gzip header is not the one every bundle begins with');
  }
  if (documents === undefined) throw await noBundle(bytes, source, serial(), limits);
  if (found && documents.manifest && sha256(documents.manifest) !== found.footer.manifest.sha256) {
    problems.add('altered', 'its SHA-256 is not the one in the footer', MANIFEST_PATH);
  }
  const header = headerOf(documents.header, source);
  const manifest =
    documents.manifest &&
    parseManifest(documents.manifest, header instanceof UserError ? undefined : header, problems);
  const segments =
    manifest && kind === 'tar.gz' && found ? tiles(manifest, found.footer, problems) : undefined;
  return {
    kind,
    bytes: bytes.size,
    root: documents.root,
    header,
    manifest,
    digest: manifest && documents.manifest ? sha256(documents.manifest) : await digestOf(bytes),
    footer: found?.footer,
    members: (log) => untar(segments && found ? parallel(bytes, segments, found.end) : serial(), log, limits),
    ...(kind === 'tar.gz' ? { serial } : {}),
    close: () => bytes.close(),
  };
}

function headerOf(body: Buffer | undefined, source: string): BundleHeader | UserError {
  if (body === undefined) {
    return new UserError(
      'bundle-unreadable',
      `${source} cannot be read: its ${HEADER_PATH} is missing or damaged`,
      {
        hint: 'run `inquest verify` on it to see what is left, or get another copy',
      },
    );
  }
  try {
    return parseHeader(body, source);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** The segments, then the footer and the end mark as they stand in the file. */
async function* parallel(bytes: ByteSource, segments: readonly Segment[], end: Buffer): Inflated {
  yield* inflateSegments(bytes, segments);
  yield end;
}

/** The manifest's segments, if they cover the file from its beginning up to the manifest without a hole. */
function tiles(manifest: Manifest, footer: Footer, problems: ProblemLog): readonly Segment[] | undefined {
  let at = GZIP_HEADER.length;
  for (const segment of manifest.segments) {
    if (segment.offset !== at || segment.length <= 0 || segment.bytes < 0) break;
    if (segment.bytes > SEGMENT_BYTES) return undefined;
    at += segment.length;
  }
  if (at === footer.manifest.offset) return manifest.segments;
  problems.add('altered', 'its segments do not cover the file; it is read serially', MANIFEST_PATH);
  return undefined;
}

interface FoundFooter {
  readonly footer: Footer;
  readonly root: string;
  readonly manifest: Buffer;
  /** Footer entry and end mark. */
  readonly end: Buffer;
}

/** Footer and manifest of a `.tar.gz` of ours; undefined when they are not where they should be. */
async function gzipFooter(bytes: ByteSource, limits: BundleLimits): Promise<FoundFooter | undefined> {
  const tail = await bytes.read(Math.max(0, bytes.size - FOOTER_BYTES), FOOTER_BYTES);
  const footer = parseFooter(tail);
  if (!footer || footer.manifest.bytes > limits.manifestBytes) return undefined;
  const { offset, length, bytes: size } = footer.manifest;
  if (offset + length !== bytes.size - FOOTER_BYTES) return undefined;
  const segment = await inflateSegment(bytes, { offset, length, bytes: BLOCK + padded(size) }, 0);
  if (!Buffer.isBuffer(segment)) return undefined;
  const end = tail.subarray(FOOTER_BYTES - GZIP_TRAILER_BYTES - FOOTER_TAR_BYTES, -GZIP_TRAILER_BYTES);
  return manifestIn(segment, footer, end);
}

/** The same of the plain tar, whose last entries are manifest and footer too. */
async function tarFooter(bytes: ByteSource, limits: BundleLimits): Promise<FoundFooter | undefined> {
  const end = await bytes.read(Math.max(0, bytes.size - FOOTER_TAR_BYTES), FOOTER_TAR_BYTES);
  const footer = end.length === FOOTER_TAR_BYTES ? parseFooterTar(end) : undefined;
  if (!footer || footer.manifest.bytes > limits.manifestBytes) return undefined;
  const length = BLOCK + padded(footer.manifest.bytes);
  const offset = bytes.size - FOOTER_TAR_BYTES - length;
  return offset < 0 ? undefined : manifestIn(await bytes.read(offset, length), footer, end);
}

function manifestIn(member: Buffer, footer: Footer, end: Buffer): FoundFooter | undefined {
  const header = parseTarHeader(member.subarray(0, BLOCK));
  if (header === undefined || header === 'zero' || header.size !== footer.manifest.bytes) return undefined;
  const [root = '', name, ...more] = header.name.split('/');
  if (name !== MANIFEST_PATH || more.length > 0) return undefined;
  return { footer, root, manifest: member.subarray(BLOCK, BLOCK + header.size), end };
}

/** The segment that bundle.json is in, so that damage behind it does not matter. */
function firstSegment(found: FoundFooter, bytes: ByteSource, kind: Archive['kind']): Inflated | undefined {
  const silent = problemLog();
  const manifest = kind === 'tar.gz' ? parseManifest(found.manifest, undefined, silent) : undefined;
  const first = manifest && tiles(manifest, found.footer, silent)?.[0];
  return first && inflateSegments(bytes, [first]);
}

/** bundle.json is the first entry of what we wrote; undefined when it is not, and everything must be looked through. */
async function nativeDocuments(
  found: FoundFooter,
  stream: Inflated,
  limits: BundleLimits,
): Promise<Documents | undefined> {
  for await (const member of untar(stream, problemLog(), limits)) {
    if (tidyPath(member.name) !== `${found.root}/${HEADER_PATH}` || member.size > HEADER_BYTES) break;
    return { root: found.root, manifest: found.manifest, header: await whole(member) };
  }
  return undefined;
}

/** One pass over everything, for archives that are cut or that somebody packed again. */
async function scan(stream: Inflated, limits: BundleLimits): Promise<Documents | undefined> {
  const headers = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  for await (const member of untar(stream, problemLog(), limits)) {
    if (member.type !== 'file') continue;
    const parts = tidyPath(member.name.slice(0, 4096)).split('/');
    const name = parts.pop() ?? '';
    const root = parts.join('/');
    if (parts.length > 1 || root === '..' || headers.size > 8) continue;
    const [into, most] =
      name === HEADER_PATH
        ? [headers, HEADER_BYTES]
        : [name === MANIFEST_PATH ? manifests : undefined, limits.manifestBytes];
    if (!into || into.has(root) || into.size > 8 || member.size > most) continue;
    const body = await whole(member);
    if (body) into.set(root, body);
  }
  const root = [...headers.keys(), ...manifests.keys()][0];
  return root === undefined ? undefined : { root, header: headers.get(root), manifest: manifests.get(root) };
}

/** The body; undefined when the stream breaks inside it. */
async function whole(member: TarMember): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of member.chunks()) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return body.length === member.size ? body : undefined;
}

async function noBundle(
  bytes: ByteSource,
  source: string,
  stream: Inflated,
  limits: BundleLimits,
): Promise<UserError> {
  const problems = problemLog();
  let first: string | undefined;
  for await (const member of untar(stream, problems, limits)) {
    first ??= member.name.slice(0, 200);
    if (first !== undefined) break;
  }
  await bytes.close();
  if (first === undefined || first.endsWith(`/${HEADER_PATH}`)) {
    const why = problems.list[0]?.detail ?? 'it ends inside its first entry';
    return new UserError('bundle-unreadable', `${source} cannot be read: ${why}`, {
      hint: 'nothing of it can be used; get another copy, or capture again',
    });
  }
  return new UserError('not-a-bundle', `${source} is no bundle: there is no ${HEADER_PATH} in it`, {
    hint: `name a file that \`inquest capture\` wrote (this one begins with ${first})`,
  });
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
