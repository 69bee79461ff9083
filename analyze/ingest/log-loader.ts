/** One log file → `log_files`, `log_text` and, for CoreDNS, `dns_queries`. Runs on the main thread or one of its own. */
import type { LogName } from '../../src/bundle/paths.ts';
import type { StoreWriter } from '../store/writer.ts';
import { parseDnsLine } from './coredns.ts';
import { dictionary } from './dictionary.ts';
import type { Sink } from './ingester.ts';
import { guessLevel, LEVEL } from './log-level.ts';
import { stampReader, textLines } from './log-lines.ts';

export interface LogFile {
  readonly fileId: number;
  readonly name: LogName;
  /** Whether it is CoreDNS that wrote it. */
  readonly dns: boolean;
  /** Tells of a line that was let go. */
  readonly tooLong: (line: number) => void;
}

/** Prepares the loader of one run: files in the order they come, lines numbered on. */
export function logLoader(out: StoreWriter): (file: LogFile) => Sink {
  const addFile = out.insert('log_files', [
    'file_id',
    'namespace',
    'pod',
    'container',
    'previous',
    'part',
    'lines',
    'first_at',
    'last_at',
    'first_id',
    'last_id',
  ]);
  const addLine = out.bulk('log_text', ['id', 'file_id', 'line', 'at', 'level', 'text']);
  const addQuery = out.bulk('dns_queries', ['log_id', 'client', 'type', 'name', 'rcode', 'duration_us']);
  const idOf = dictionary(out);
  const stampOf = stampReader();
  let id = 0;
  return ({ fileId, name, dns, tooLong }) => {
    let lines = 0;
    const before = id;
    let first: number | null = null;
    let last: number | null = null;
    return textLines(
      (shared, from, to, number) => {
        const { at, textFrom } = stampOf(shared, from, to);
        const text = shared.slice(textFrom, to);
        const query = dns ? parseDnsLine(text) : undefined;
        id += 1;
        lines = number;
        if (at !== null) {
          if (first === null || at < first) first = at;
          if (last === null || at > last) last = at;
        }
        addLine(id, fileId, number, at, query === undefined ? guessLevel(text) : LEVEL.info, text);
        if (query === undefined) return;
        addQuery(
          id,
          idOf(query.client),
          idOf(query.type),
          idOf(query.name),
          idOf(query.rcode),
          query.durationUs,
        );
      },
      tooLong,
      () => {
        addFile(
          fileId,
          name.namespace,
          name.pod,
          name.container,
          name.previous ? 1 : 0,
          name.part,
          lines,
          first,
          last,
          before + 1,
          id,
        );
      },
    );
  };
}
