/** Bundle → store in one pass: every entry goes to the one ingester its path matches; the rest is kept by name alone. */
import type { StoreWriter } from '../store/writer.ts';
import { makeIndices } from '../store/writer.ts';
import { ingesters } from './kinds/registry.ts';
import type { GapRow, IngestContext, Ingester, IngestRun, Sink } from './ingester.ts';
import { completeLoad } from './complete.ts';

export interface Ingest {
  readonly context: IngestContext;
  /** Starts an entry of which the path is relative to the bundle's root folder. */
  open(path: string, options?: { readonly fileId?: number }): EntrySink;
  /** After the last entry: what only the whole tells, then the indices. */
  finish(): void;
}

export interface EntrySink {
  readonly fileId: number;
  write(chunk: Buffer): void;
  /** `state` as in `files.state`. */
  end(state?: 'ok' | 'altered' | 'incomplete' | 'unreadable'): void;
}

export interface IngestOptions {
  /** Ingesters left to another thread: their entries are listed in `files`, their bytes go elsewhere. */
  readonly without?: readonly string[];
  /** Nothing but these, for such a thread; then the whole's last steps and the indices are left to the other one. */
  readonly only?: readonly string[];
}

const IGNORE: Sink = { write() {}, end() {} };

/** Begins loading into an empty store. Everything is synchronous; the caller feeds it at its own pace. */
export function startIngest(out: StoreWriter, options: IngestOptions = {}): Ingest {
  const { context, flushInvalid } = contextOf(out);
  const runs = new Map<Ingester, IngestRun>();
  const addFile = out.insert('files', ['id', 'path', 'bytes', 'state'], 'IGNORE');
  const { only, without = [] } = options;
  const units = ingesters.filter((unit) => !without.includes(unit.id) && (only?.includes(unit.id) ?? true));
  let files = 0;
  let parts = new Set<string>();
  out.exec('BEGIN');
  const sinkFor = (path: string, fileId: number): Sink => {
    const unit = units.find((candidate) => candidate.paths.test(path));
    if (!unit) return IGNORE;
    let run = runs.get(unit);
    if (!run) {
      run = unit.start(context);
      runs.set(unit, run);
    }
    return run.open({ path, fileId });
  };
  return {
    context,
    open(path, { fileId = files + 1 } = {}) {
      files = Math.max(files, fileId);
      // The same path twice: the first wins, as the reader says too; the second is only named.
      const again = parts.has(path);
      parts.add(path);
      const name = again ? `${path}#${fileId}` : path;
      const sink = again ? IGNORE : sinkFor(path, fileId);
      let bytes = 0;
      return {
        fileId,
        write(chunk) {
          bytes += chunk.length;
          sink.write(chunk);
        },
        end(state = 'ok') {
          sink.end();
          addFile(fileId, name, bytes, state);
        },
      };
    },
    finish() {
      for (const run of runs.values()) run.finish?.();
      flushInvalid();
      parts = new Set();
      if (only === undefined) completeLoad(context);
      out.exec('COMMIT');
      if (only !== undefined) return;
      makeIndices(out, 'objects');
      // A log thread brings them along.
      if (!without.includes('logs')) makeIndices(out, 'logs');
    },
  };
}

/** The shared part, for a thread that loads one kind only as well. */
export function contextOf(out: StoreWriter): { context: IngestContext; flushInvalid: () => void } {
  const addGap = out.insert(
    'gaps',
    [
      'key',
      'evidence',
      'resource',
      'namespace',
      'pod',
      'container',
      'node',
      'probe',
      'reason',
      'status',
      'detail',
      'at',
      'partial',
    ],
    'IGNORE',
  );
  const setNote = out.insert('bundle', ['key', 'value'], 'REPLACE');
  const bad = new Map<string, { count: number; first: number; why: string }>();
  const gap = (row: GapRow): void => {
    addGap(
      row.key,
      row.evidence,
      row.resource ?? null,
      row.namespace ?? null,
      row.pod ?? null,
      row.container ?? null,
      row.node ?? null,
      row.probe ?? null,
      row.reason,
      row.status ?? null,
      row.detail,
      row.at ?? null,
      row.partial ? 1 : 0,
    );
  };
  return {
    context: {
      out,
      gap,
      note: setNote,
      invalid(entry, line, why) {
        const known = bad.get(entry.path);
        if (known) known.count += 1;
        else bad.set(entry.path, { count: 1, first: line, why });
      },
    },
    flushInvalid() {
      for (const [path, { count, first, why }] of bad) {
        gap({
          key: `bundle:invalid:${path}`,
          evidence: 'bundle',
          reason: 'invalid',
          detail: `${path}: ${count === 1 ? 'one record' : `${count} records`} not readable, the first at line ${first}: ${why}`,
          partial: true,
        });
      }
      bad.clear();
    },
  };
}
