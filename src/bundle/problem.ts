/** What reading a bundle can find wrong with it. Problems are data: what could be read is delivered all the same. */

export const PROBLEM_KINDS = [
  /** There is no manifest: the capture was interrupted. */
  'no-manifest',
  /** The file ends before the archive does. */
  'cut',
  /** Bytes that cannot be inflated, or are no tar header. */
  'damaged',
  /** An entry whose size or SHA-256 is not the manifest's; a checksum that does not match. */
  'altered',
  /** In the manifest but not in the bundle. */
  'missing',
  /** In the bundle but not in the manifest. */
  'unexpected',
  /** A path that was there before: the first one counts. */
  'duplicate',
  /** A link, a device, a path that leaves the folder: never read. */
  'refused',
  /** Lies beside the root folder: ignored. */
  'outside',
  /** Larger than the limits of the reader. */
  'limit',
  /** Bytes after the end: ignored. */
  'trailing',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export interface BundleProblem {
  readonly kind: ProblemKind;
  /** Relative to the root folder, where it is about one entry. It is foreign text. */
  readonly path?: string;
  readonly detail: string;
}

/** Collects problems; after `most` of one kind they are only counted, so that a hostile file cannot fill the memory. */
export interface ProblemLog {
  readonly list: readonly BundleProblem[];
  /** How many of one kind were found, also beyond those in the list. */
  count(kind: ProblemKind): number;
  add(kind: ProblemKind, detail: string, path?: string): void;
}

export function problemLog(most = 1000): ProblemLog {
  const list: BundleProblem[] = [];
  const counts = new Map<ProblemKind, number>();
  return {
    list,
    count: (kind) => counts.get(kind) ?? 0,
    add(kind, detail, path) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count < most) list.push({ kind, detail, ...(path === undefined ? {} : { path }) });
      else if (count === most) list.push({ kind, detail: `more of this kind than ${most} are not listed` });
    },
  };
}
