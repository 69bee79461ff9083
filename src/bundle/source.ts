/** What a reader of a bundle gets: the header, the manifest if there is one, and the entries in order. */
import type { BundleHeader, Manifest } from './format.ts';
import type { BundleProblem } from './problem.ts';

/**
 * `ok`: whole, and what the manifest says where there is one. `altered`: another size or SHA-256 than the manifest's.
 * `incomplete`: the file ends or breaks inside it; what is before that was delivered. `unread`: nobody read it yet.
 */
export type EntryState = 'ok' | 'altered' | 'incomplete' | 'unread';

export interface BundleEntry {
  /** Relative to the root folder. Foreign text, but it never leaves the folder. */
  readonly path: string;
  /** The size its header tells; an `incomplete` body is shorter. */
  readonly bytes: number;
  /** Known when the body has been read to its end. */
  state(): EntryState;
  /** The whole body. Either this or `chunks`, once, and before the next entry is asked for. */
  read(): Promise<Buffer>;
  chunks(): AsyncIterable<Buffer>;
}

export interface BundleSource {
  /** As it was given: a path or `-`. */
  readonly source: string;
  readonly kind: 'tar.gz' | 'tar' | 'folder';
  /** Bytes of the file; of the files in a folder. */
  readonly bytes: number;
  readonly header: BundleHeader;
  /** Undefined: the capture was interrupted. */
  readonly manifest: Manifest | undefined;
  /** Hexadecimal SHA-256 of the manifest, or of all content when there is none. Names this bundle. */
  readonly digest: string;
  /**
   * Every entry but manifest and footer, in the order of the file (in a folder: of the manifest, then by path); bodies
   * not asked for are skipped. May be called again, for another pass. It never throws for what is wrong with the file.
   */
  entries(): AsyncIterable<BundleEntry>;
  /** Found at opening and in the last pass; complete when that pass has ended. */
  readonly problems: readonly BundleProblem[];
  close(): Promise<void>;
}

/** A bundle is hostile input: however it was made, reading it ends. */
export interface BundleLimits {
  /** Bytes of one entry; larger ones are skipped, with a problem. */
  readonly entryBytes: number;
  /** Bytes inflated in one pass; there it ends, with a problem. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Bytes of a manifest. */
  readonly manifestBytes: number;
  /** Bytes taken from a pipe, which are held in memory. */
  readonly pipeBytes: number;
}

export const DEFAULT_LIMITS: BundleLimits = {
  entryBytes: 1 << 30,
  totalBytes: 32 * 2 ** 30,
  entries: 1_000_000,
  manifestBytes: 256 << 20,
  pipeBytes: 2 * 2 ** 30,
};

export interface OpenOptions {
  readonly limits?: Partial<BundleLimits>;
  /** What `-` reads, instead of the process's stdin. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}
