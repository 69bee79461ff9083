/** The timeline as text for a terminal or a ticket: one row an entry, inferred and unknown marked, repeats folded. */
import stringWidth from 'string-width';
import { formatDuration, parseTime, type Micros } from '../../src/core/time.ts';
import { oneLine } from '../../src/core/text.ts';
import { clockText, dayText, type Zone } from './clock.ts';
import type { TimelineEntry, TimelineMark } from '../model/timeline.ts';

export interface TextOptions {
  readonly zone: Zone;
  /** What relative times count from: the end of the capture. */
  readonly reference: Micros;
  /** Beginning of what is shown: uncovered time that began earlier is put at the top. */
  readonly from?: Micros | undefined;
  /** Columns of the terminal; undefined never wraps. */
  readonly width?: number | undefined;
  readonly style?: Style | undefined;
}

/** Colours a piece of text, or leaves it as it is. */
export type Style = (name: 'dim' | 'red' | 'yellow' | 'bold', text: string) => string;

/** Words for the sources, at most nine letters. */
const SOURCE_WORDS: Readonly<Record<string, string>> = {
  changes: 'change',
  conditions: 'condition',
  containers: 'container',
  coverage: 'uncovered',
  events: 'event',
  gaps: 'gap',
  logs: 'log',
  'managed-fields': 'written',
  objects: 'object',
  pods: 'pod',
  probes: 'probe',
  replicasets: 'rollout',
};

const CLOCK = 8;
const DELTA = 7;
const INDENT = CLOCK + 1 + DELTA + 1 + 2 + 1;
/** More intervals of one kind that were uncovered from the beginning are counted, not listed. */
const LISTED = 4;

export const LEGEND = '! warning  X error  ~ inferred, not seen then  ? no evidence about this time';

/** The lines of all entries, in their order. Lazy: a million entries need no memory. */
export function* timelineText(
  entries: Iterable<TimelineEntry>,
  marks: readonly TimelineMark[],
  options: TextOptions,
): Generator<string> {
  const pending = [...marks].toSorted((a, b) => timeOf(a) - timeOf(b));
  const early: TimelineEntry[] = [];
  let opened = false;
  let previous: Micros | undefined;
  let day = '';
  for (const group of fold(entries)) {
    const at = timeOf(group.entry);
    if (options.from !== undefined && at < options.from) {
      early.push(group.entry);
      continue;
    }
    if (!opened) yield* earlyLines(early, options);
    opened = true;
    while (pending[0] !== undefined && timeOf(pending[0]) <= at) yield* markLines(pending.shift(), options);
    if (options.zone !== 'relative' && dayText(at, options.zone) !== day) {
      day = dayText(at, options.zone);
      yield paint(options, 'dim', `-- ${day} ${options.zone === 'utc' ? 'UTC' : 'local time'} --`);
    }
    yield* entryLines(group, previous, options);
    previous = at;
  }
  if (!opened) yield* earlyLines(early, options);
  for (const mark of pending) yield* markLines(mark, options);
}

interface Group {
  readonly entry: TimelineEntry;
  readonly last: TimelineEntry;
  readonly count: number;
}

/** Neighbours that say the same of the same object become one, with how many there were. */
function* fold(entries: Iterable<TimelineEntry>): Generator<Group> {
  let group: Group | undefined;
  for (const entry of entries) {
    if (group !== undefined && same(group.entry, entry)) {
      group = { entry: group.entry, last: entry, count: group.count + 1 };
      continue;
    }
    if (group !== undefined) yield group;
    group = { entry, last: entry, count: 1 };
  }
  if (group !== undefined) yield group;
}

function same(a: TimelineEntry, b: TimelineEntry): boolean {
  return (
    a.source === b.source &&
    a.text === b.text &&
    a.reason === b.reason &&
    a.basis === b.basis &&
    a.object?.kind === b.object?.kind &&
    a.object?.name === b.object?.name &&
    a.namespace === b.namespace
  );
}

function* earlyLines(early: readonly TimelineEntry[], options: TextOptions): Generator<string> {
  const kinds = Map.groupBy(early, (entry) => entry.reason ?? entry.source);
  for (const [kind, entries] of kinds) {
    for (const entry of entries.slice(0, LISTED)) {
      const until =
        entry.until === undefined ? '' : `until ${clockOf(parseTime(entry.until) ?? 0, options)}: `;
      yield* wrapped(
        '...'.padEnd(CLOCK + 1 + DELTA + 1),
        entry,
        `${until}${subject(entry)}${oneLine(entry.text)}`,
        options,
      );
    }
    if (entries.length > LISTED) {
      yield paint(
        options,
        'dim',
        `${' '.repeat(INDENT)}and ${entries.length - LISTED} more of ${oneLine(kind)}`,
      );
    }
  }
}

function* markLines(mark: TimelineMark | undefined, options: TextOptions): Generator<string> {
  if (mark === undefined) return;
  const head = `${clockOf(timeOf(mark), options).padEnd(CLOCK)} ${'='.repeat(DELTA)} `;
  const text = oneLine(`since here (${mark.basis}): ${mark.finding}`);
  const lines = options.width === undefined ? [text] : wrap(text, Math.max(20, options.width - head.length));
  for (const [index, line] of lines.entries()) {
    yield paint(options, 'bold', `${index === 0 ? head : ' '.repeat(head.length)}${line}`);
  }
}

function* entryLines(group: Group, previous: Micros | undefined, options: TextOptions): Generator<string> {
  const { entry, last, count } = group;
  const at = timeOf(entry);
  const delta =
    previous === undefined || at <= previous ? '' : `+${formatDuration(Math.max(0, at - previous))}`;
  const head = `${clockOf(at, options).padEnd(CLOCK)} ${delta.padStart(DELTA)} `;
  const times = count === 1 ? '' : ` (${count} times in ${formatDuration(timeOf(last) - at)})`;
  const lasts = entry.until === undefined ? '' : ` (until ${clockOf(parseTime(entry.until) ?? 0, options)})`;
  yield* wrapped(head, entry, `${subject(entry)}${saying(entry)}${times}${lasts}`, options);
}

function saying(entry: TimelineEntry): string {
  const text = oneLine(entry.text);
  return entry.reason === undefined ||
    entry.source === 'managed-fields' ||
    entry.source === 'changes' ||
    entry.severity === 'unknown'
    ? text
    : `${oneLine(entry.reason)}: ${text}`;
}

function subject(entry: TimelineEntry): string {
  const { object } = entry;
  if (object === undefined) return '';
  const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
  return `${oneLine(`${object.kind} ${name}`)}  `;
}

/** One row, or several with the rest of the text under its beginning. */
function* wrapped(head: string, entry: TimelineEntry, text: string, options: TextOptions): Generator<string> {
  const marks = `${severityMark(entry)}${basisMark(entry)}`;
  const word = (SOURCE_WORDS[entry.source] ?? entry.source).padEnd(9);
  const whole = `${word}  ${text}`;
  const room = options.width === undefined ? Number.POSITIVE_INFINITY : Math.max(20, options.width - INDENT);
  const lines = room === Number.POSITIVE_INFINITY ? [whole] : wrap(whole, room);
  for (const [index, line] of lines.entries()) {
    const row = `${index === 0 ? `${head}${marks} ` : ' '.repeat(INDENT)}${line}`;
    yield colour(entry, row, options);
  }
}

function severityMark(entry: TimelineEntry): string {
  if (entry.severity === 'error') return 'X';
  return entry.severity === 'warning' ? '!' : ' ';
}

function basisMark(entry: TimelineEntry): string {
  if (entry.basis === 'inferred') return '~';
  return entry.basis === 'unknown' ? '?' : ' ';
}

function colour(entry: TimelineEntry, row: string, options: TextOptions): string {
  if (entry.severity === 'error') return paint(options, 'red', row);
  if (entry.severity === 'warning') return paint(options, 'yellow', row);
  return entry.severity === 'unknown' || entry.severity === 'trace' ? paint(options, 'dim', row) : row;
}

function paint(options: TextOptions, name: Parameters<Style>[0], text: string): string {
  return options.style === undefined ? text : options.style(name, text);
}

/** Breaks at spaces where there are some; counts columns, not characters. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(/(?<= )(?! )/)) {
    const columns = stringWidth(word);
    if (width > 0 && width + stringWidth(word.trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = '';
      width = 0;
    }
    if (columns <= room) {
      line += word;
      width += columns;
      continue;
    }
    for (const char of word) {
      const wide = stringWidth(char);
      if (width + wide > room) {
        lines.push(line);
        line = '';
        width = 0;
      }
      line += char;
      width += wide;
    }
  }
  if (line.trimEnd() !== '') lines.push(line.trimEnd());
  return lines;
}

function clockOf(at: Micros, options: TextOptions): string {
  return clockText(at, options.zone, options.reference);
}

function timeOf(of: { at: string }): Micros {
  return parseTime(of.at) ?? 0;
}
