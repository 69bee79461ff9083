/** Lines in which programs of many languages say that something they depend on fails: what, where, and in which way. */
import { EPHEMERAL, isNoise } from './noise.ts';
import { targetOf } from './targets.ts';
import { CUT, WAYS, type DependencyWay } from './ways.ts';
import type { LogRow } from '../object-rows.ts';

export interface DependencyFailure<Line extends Said = LogRow> {
  readonly way: DependencyWay;
  /** `10.96.0.7:5432`, `db.shop`; undefined where the line names none. */
  readonly target: string | undefined;
  readonly line: Line;
}

/** A line of a log, or what else a program of the pod says. */
interface Said {
  readonly text: string;
}

/** Of a longer line only the beginning is read. */
const READ = 4000;

/** Colours, and the escapes of JSON and logfmt: quotes and line ends, however often one log was put into another. */
// oxlint-disable-next-line no-control-regex
const DRESS = /\u001b\[[\d;]{0,20}[A-Za-z]|(?<!\\)\\+["nrt]/g;

/** A line's words, as the program meant them. */
function undressed(text: string): string {
  return text
    .slice(0, READ)
    .replace(DRESS, (part) => (part.startsWith('\u001b') ? '' : part.endsWith('"') ? '"' : ' '))
    .trimEnd();
}

/** Reads one line; undefined when it tells of no failing dependency. */
export function failureIn<Line extends Said>(line: Line): DependencyFailure<Line> | undefined {
  const text = undressed(line.text);
  if (isNoise(text)) return undefined;
  const way = WAYS.find(([, pattern]) => pattern.test(text))?.[0];
  if (way !== undefined) return { way, target: targetOf(text), line };
  const target = CUT.test(text) ? targetOf(text) : undefined;
  return target === undefined || isClient(target) ? undefined : { way: 'reset', target, line };
}

/** An address of one who called: `10.0.0.9:41234`. */
function isClient(target: string): boolean {
  return Number(/:(\d+)$/.exec(target)?.[1] ?? 0) >= EPHEMERAL;
}

/** What each line was read as: several checks read the same ends of logs. */
const read = new WeakMap<LogRow, { readonly failure: DependencyFailure | undefined }>();

/** The failures that lines tell, in their order; each line is read once. */
export function failuresIn(lines: readonly LogRow[]): DependencyFailure[] {
  return lines.flatMap((line) => {
    const known = read.get(line) ?? { failure: failureIn(line) };
    read.set(line, known);
    return known.failure ?? [];
  });
}

/**
 * `waiting for db:5432`, `waiting 15 seconds for db:5432`, `Waiting for: tcp://db:5432`, `db is unavailable - sleeping`: as init
 * containers say that look whether a dependency is there.
 */
const WAITING = [
  /\bwaiting (?:up to )?(?:\d{1,4} ?\w{1,10} )?(?:for|on):? (?:the |service )?["'`]?(?:[a-z]{2,10}:\/\/)?([a-z0-9][a-z0-9.-]*)(?::(\d{2,5}))?/i,
  /(?:^|\s)([a-z0-9][a-z0-9.-]*)(?::(\d{2,5}))?(?: is)? (?:still )?(?:unavailable|not (?:yet )?(?:available|ready|up|reachable))\b/i,
];

/** A line of a container that does nothing but wait, read as a failure of what it waits for. */
export function waitIn<Line extends Said>(line: Line): DependencyFailure<Line> | undefined {
  const text = line.text.slice(0, 2000);
  for (const form of WAITING) {
    const [, host, port] = form.exec(text) ?? [];
    if (host === undefined) continue;
    const name = host.replace(/\.+$/, '');
    return { way: 'waiting', target: port === undefined ? name : `${name}:${port}`, line };
  }
  return undefined;
}
