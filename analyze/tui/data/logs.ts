/** Container logs: which there are, whose they are, and the ids of their lines. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { defineQuery, queryText } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import type { Ids } from '../screen.ts';
import { listIds, rangesIds } from './ids.ts';

export interface LogFile {
  readonly id: number;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: number;
  readonly lines: number;
  readonly first_at: number | null;
  readonly last_at: number | null;
}

export interface LogLine {
  readonly id: number;
  readonly file_id: number;
  readonly line: number;
  readonly at: number | null;
  readonly level: number;
  /** The beginning of it. */
  readonly text: string;
  /** All of it, in characters. */
  readonly length: number;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: number;
}

const FILES = defineQuery<LogFile>('tui-log-files', [
  'id',
  'namespace',
  'pod',
  'container',
  'previous',
  'lines',
  'first_at',
  'last_at',
]);
export const LOG_LINES = defineQuery<LogLine>('tui-log-lines', [
  'id',
  'file_id',
  'line',
  'at',
  'level',
  'text',
  'length',
  'namespace',
  'pod',
  'container',
  'previous',
]);
const OF_FILE = defineQuery<{
  file_id: number;
  namespace: string;
  pod: string;
  container: string;
  previous: number;
}>('tui-log-of-file', ['file_id', 'namespace', 'pod', 'container', 'previous']);

export type LogName = Pick<LogFile, 'namespace' | 'pod' | 'container' | 'previous'>;

/** All logs, or those of some pods. */
export function logFiles(store: Store, pods?: ReadonlyArray<{ namespace: string; name: string }>): LogFile[] {
  const order = 'ORDER BY namespace, pod, container, previous';
  if (pods === undefined) return store.all<LogFile>(`SELECT * FROM (${queryText(FILES)}) ${order}`);
  const names = JSON.stringify(pods.map((pod) => `${pod.namespace}/${pod.name}`));
  return store.all<LogFile>(
    `SELECT * FROM (${queryText(FILES)}) WHERE namespace || '/' || pod IN (SELECT value FROM json_each(?)) ${order}`,
    [names],
  );
}

/** The log that an entry of the bundle is a part of. */
export function logOfFile(store: Store, path: string): (LogName & { readonly fileId: number }) | undefined {
  const row = store.get(OF_FILE, [path]);
  return row === undefined ? undefined : { ...row, fileId: row.file_id };
}

/** The pods that stand behind an object: itself, those it owns, or those a Service's endpoints name. */
export function podsBehind(store: Store, ref: ObjectRef): Array<{ namespace: string; name: string }> {
  const namespace = ref.namespace ?? '';
  if (ref.kind === 'Pod') return [{ namespace, name: ref.name }];
  if (ref.kind === 'Service') {
    return store.all(
      `SELECT DISTINCT namespace, target_name AS name FROM endpoints
       WHERE namespace = ? AND service = ? AND target_kind = 'Pod' AND target_name IS NOT NULL`,
      [namespace, ref.name],
    );
  }
  if (ref.kind === 'Node') return store.all('SELECT namespace, name FROM pods WHERE node = ?', [ref.name]);
  return store.all(
    `SELECT p.namespace AS namespace, p.name AS name FROM pods p WHERE p.namespace = :namespace AND (
       (p.owner_kind = :kind AND p.owner_name = :name) OR p.owner_name IN (
         SELECT o.name FROM objects o JOIN owners w ON w.object_id = o.id
         WHERE o.namespace = :namespace AND w.kind = :kind AND w.name = :name AND o.kind = p.owner_kind))`,
    { namespace, kind: ref.kind, name: ref.name },
  );
}

interface Part {
  readonly file_id: number;
  readonly lines: number;
}

/** The ids of a log's lines, its parts one after another. */
export function logIds(store: Store, log: LogName): Ids {
  const parts = store.all<Part>(
    `SELECT file_id, lines FROM log_files
     WHERE namespace = ? AND pod = ? AND container = ? AND previous = ? ORDER BY part`,
    [log.namespace, log.pod, log.container, log.previous],
  );
  return rangesIds(parts.map((part) => ({ first: firstLineId(store, part), length: part.lines })));
}

/** The lines of several logs in the order of time; beyond this many, one log after another. */
const MERGED = 200_000;

export function mergedLogIds(store: Store, logs: readonly LogFile[]): Ids {
  const ranges = logs.flatMap((log) =>
    store
      .all<Part>(
        'SELECT file_id, lines FROM log_files WHERE namespace = ? AND pod = ? AND container = ? AND previous = ? ORDER BY part',
        [log.namespace, log.pod, log.container, log.previous],
      )
      .map((part) => ({ first: firstLineId(store, part), length: part.lines })),
  );
  const total = ranges.reduce((sum, range) => sum + range.length, 0);
  if (total > MERGED) return rangesIds(ranges);
  const found = ranges.flatMap((range) =>
    store.all<{ id: number; at: number | null }>('SELECT id, at FROM log_text WHERE id BETWEEN ? AND ?', [
      range.first,
      range.first + range.length - 1,
    ]),
  );
  return listIds(found.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || a.id - b.id).map((row) => row.id));
}

const firsts = new WeakMap<Store, Map<number, number>>();

/**
 * The id of a part's first line. Lines are numbered file after file, so it follows from the counts of the files before;
 * where that does not hold, it is looked for.
 */
function firstLineId(store: Store, part: Part): number {
  let known = firsts.get(store);
  if (known === undefined) {
    known = new Map();
    let next = store.get<{ id: number | null }>('SELECT min(id) AS id FROM log_text')?.id ?? 1;
    for (const file of store.all<Part>('SELECT file_id, lines FROM log_files ORDER BY file_id')) {
      known.set(file.file_id, next);
      next += file.lines;
    }
    firsts.set(store, known);
  }
  const guess = known.get(part.file_id) ?? 0;
  const first = store.get<{ file_id: number }>('SELECT file_id FROM log_text WHERE id = ?', [guess]);
  const before = store.get<{ file_id: number }>('SELECT file_id FROM log_text WHERE id = ?', [guess - 1]);
  if (first?.file_id === part.file_id && before?.file_id !== part.file_id) return guess;
  const found =
    store.get<{ id: number | null }>('SELECT min(id) AS id FROM log_text WHERE file_id = ?', [part.file_id])
      ?.id ?? guess;
  known.set(part.file_id, found);
  return found;
}

/** The index of a line of a part among the ids; the nearest line before it when that one is not there. */
export function indexOfLine(store: Store, ids: Ids, fileId: number, line: number): number {
  const first = firstLineId(store, { file_id: fileId, lines: 0 });
  const row = store.get<{ id: number }>(
    'SELECT id FROM log_text WHERE id BETWEEN ? AND ? AND file_id = ? AND line <= ? ORDER BY id DESC LIMIT 1',
    [first, first + line, fileId, line],
  );
  if (row === undefined) return 0;
  for (let index = 0; index < ids.length; index += 1) if (ids.at(index) === row.id) return index;
  return 0;
}
