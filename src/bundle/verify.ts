/** Is a bundle whole: every entry read and compared with the manifest, every checksum computed. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { Archive } from './archive.ts';
import { checkEntries } from './check.ts';
import { PROBLEM_KINDS, problemLog, type BundleProblem } from './problem.ts';
import { openAny } from './reader.ts';
import type { OpenOptions } from './source.ts';
import { untar } from './untar.ts';

export const VERIFY_FORMAT = 'inquest-verify/1';

export const verificationSchema = z.object({
  format: z.literal(VERIFY_FORMAT),
  source: z.string(),
  kind: z.enum(['tar.gz', 'tar', 'folder']),
  /**
   * `whole`: all that was captured is here, unchanged. `interrupted`: no manifest; what is here cannot be compared with
   * anything. `altered`: something differs, is damaged, missing or was added; `problems` says what.
   */
  result: z.enum(['whole', 'interrupted', 'altered']),
  /** Hexadecimal SHA-256, to compare with what `inquest capture` printed. */
  digest: z.string(),
  /** What the digest is of: the manifest, which names every entry's SHA-256; or all content, when there is none. */
  digestOf: z.enum(['manifest', 'content']),
  id: z.string().optional(),
  cluster: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  /** How the capture ended; absent when it was cut. */
  end: z.enum(['complete', 'deadline', 'interrupted']).optional(),
  /** Entries read, and the bytes of their bodies. */
  entries: z.number().int(),
  bytes: z.number().int(),
  problems: z.array(
    z.object({ kind: z.enum(PROBLEM_KINDS), path: z.string().optional(), detail: z.string() }),
  ),
});
export type Verification = z.infer<typeof verificationSchema>;

/**
 * Reads everything and judges. What is wrong is data; it throws only where nothing can be judged.
 * @throws UserError as `openBundle` does, except for a damaged bundle whose manifest is still found
 */
export async function verifyBundle(source: string, options: OpenOptions = {}): Promise<Verification> {
  const { archive, problems: opening, limits } = await openAny(source, options);
  try {
    if (
      archive.header instanceof UserError &&
      (!archive.manifest || archive.header.code === 'bundle-too-new')
    ) {
      throw archive.header;
    }
    const pass = problemLog();
    const { root, manifest } = archive;
    let entries = 0;
    let bytes = 0;
    for await (const entry of checkEntries(archive.members(pass), {
      root,
      manifest,
      limits,
      problems: pass,
    })) {
      entries += 1;
      for await (const chunk of entry.chunks()) bytes += chunk.length;
    }
    let problems: readonly BundleProblem[] = [...opening.list, ...pass.list];
    if (manifest && archive.serial && problems.length === 0) problems = await serialProblems(archive, limits);
    return verification(source, archive, entries, bytes, problems);
  } finally {
    await archive.close();
  }
}

/** What lies between the entries (tar headers, padding, the end) only the checksum of the whole file covers. */
async function serialProblems(
  archive: Archive,
  limits: Parameters<typeof untar>[2],
): Promise<readonly BundleProblem[]> {
  const log = problemLog();
  if (archive.serial) {
    for await (const member of untar(archive.serial(), log, limits)) {
      if (member.refused !== undefined) log.add('refused', member.refused, member.name.slice(0, 4096));
    }
  }
  return log.list;
}

function verification(
  source: string,
  archive: Archive,
  entries: number,
  bytes: number,
  problems: readonly BundleProblem[],
): Verification {
  const { manifest, header } = archive;
  const known = header instanceof UserError ? undefined : header;
  return {
    format: VERIFY_FORMAT,
    source,
    kind: archive.kind,
    result: judge(problems, manifest !== undefined),
    digest: archive.digest,
    digestOf: manifest ? 'manifest' : 'content',
    ...(known ? { id: known.id, cluster: known.cluster.name, startedAt: known.startedAt } : {}),
    ...(manifest ? { id: manifest.id, startedAt: manifest.startedAt } : {}),
    ...(manifest ? { endedAt: manifest.endedAt, end: manifest.end } : {}),
    entries,
    bytes,
    problems: [...problems],
  };
}

/** Without a manifest a file that just ends is what an interrupted capture leaves; anything else is no accident of it. */
function judge(problems: readonly BundleProblem[], hasManifest: boolean): Verification['result'] {
  if (problems.length === 0) return 'whole';
  const accident = problems.every(({ kind }) => kind === 'no-manifest' || kind === 'cut');
  return !hasManifest && accident ? 'interrupted' : 'altered';
}
