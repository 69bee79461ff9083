/** What an ingester is: one file `analyze/ingest/kinds/<kind>.ts` with a default export of this shape, matched by path. */
import type { StoreWriter } from '../store/writer.ts';

/** One entry of the bundle. */
export interface Entry {
  /** Relative to the bundle's root folder. */
  readonly path: string;
  /** `files.id`. */
  readonly fileId: number;
}

/** Takes an entry's bytes as they stream past. A chunk may be reused by its owner once `write` has returned. */
export interface Sink {
  write(chunk: Buffer): void;
  /** Called once, also for an entry that was cut: what came is loaded. */
  end(): void;
}

/** Evidence that did not come, as the store keeps it. */
export interface GapRow {
  readonly key: string;
  readonly evidence: string;
  readonly reason: string;
  readonly detail: string;
  readonly resource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
  readonly node?: string | undefined;
  readonly probe?: string | undefined;
  readonly status?: number | undefined;
  readonly at?: number | undefined;
  readonly partial?: boolean | undefined;
}

/** What ingesters share during one load. */
export interface IngestContext {
  readonly out: StoreWriter;
  /** The first row of a key stays. */
  readonly gap: (gap: GapRow) => void;
  /** Counts something unreadable in a file; one gap `invalid` a file is made of it at the end. */
  invalid(entry: Entry, line: number, why: string): void;
  /** Sets a key of the `bundle` table. */
  note(key: string, value: string): void;
}

export interface IngestRun {
  open(entry: Entry): Sink;
  /** After the last entry, before the indices. */
  finish?(): void;
}

export interface Ingester {
  /** `resources`, `logs`, … */
  readonly id: string;
  /** Paths it reads; ingesters never overlap. */
  readonly paths: RegExp;
  /** Called at the first entry it matches; the state of one load lives in the closure. */
  start(context: IngestContext): IngestRun;
}
