/** The timeline in the formats a script, a spreadsheet or a ticket wants. Every one is lazy: it never holds all entries. */
import { csvRecord } from '../../src/core/csv.ts';
import { formatTime, type Micros } from '../../src/core/time.ts';
import { jsonText, oneLine } from '../../src/core/text.ts';
import { TIMELINE_FORMAT, type Timeline, type TimelineEntry, type TimelineMark } from '../model/timeline.ts';
import type { Store } from '../store/store.ts';
import { clockText, dayText } from './clock.ts';
import { countTimeline, readTimeline, timelineMarks, type TimelineFilter } from './read.ts';
import { LEGEND, timelineText, type TextOptions } from './text.ts';

/** What is printed, and what around it was left out. */
export interface TimelineView {
  readonly filter: TimelineFilter;
  readonly total: number;
  readonly shown: number;
  /** Left out within the window, by severity, source, namespace or object. */
  readonly hidden: number;
  readonly marks: readonly TimelineMark[];
}

/** Counts once what all formats say about the whole. */
export function viewOf(store: Store, filter: TimelineFilter): TimelineView {
  const { from, to } = filter;
  const shown = countTimeline(store, filter);
  return {
    filter,
    total: countTimeline(store),
    shown,
    hidden: countTimeline(store, { from, to }) - shown,
    marks: timelineMarks(store).filter(
      (mark) =>
        (from === undefined || mark.at >= formatTime(from)) &&
        (to === undefined || mark.at <= formatTime(to)),
    ),
  };
}

/** Lines of text with a head that says what is shown and what is not. */
export function* asText(
  store: Store,
  view: TimelineView,
  cluster: string,
  options: TextOptions,
): Generator<string> {
  yield* head(view, cluster, options);
  yield* timelineText(readTimeline(store, view.filter), view.marks, options);
  if (view.shown === 0)
    yield 'Nothing of that in this time: of evidence that was captured, see the gaps in diagnose.';
}

function* head(view: TimelineView, cluster: string, options: TextOptions): Generator<string> {
  const { from, to } = view.filter;
  const outside = view.total - view.shown - view.hidden;
  const bounds = [
    from === undefined ? 'from the beginning' : `from ${stamp(from, options)}`,
    `to ${to === undefined ? 'the end' : stamp(to, options)}`,
  ].join(' ');
  yield `${oneLine(cluster)}, captured ${stamp(options.reference, { ...options, zone: options.zone === 'relative' ? 'utc' : options.zone })}`;
  yield `Shown: ${bounds}, ${view.shown} of ${view.total} entries`;
  if (view.hidden > 0)
    yield `Hidden: ${view.hidden}${onlySeverity(view.filter) ? ' of less weight (--severity trace shows them)' : ' by these filters'}`;
  if (outside > 0) yield `Outside this time: ${outside} (all of them: --since all)`;
  yield LEGEND;
  yield '';
}

function onlySeverity({ sources, objects, namespace }: TimelineFilter): boolean {
  return sources === undefined && objects === undefined && namespace === undefined;
}

function stamp(at: Micros, options: TextOptions): string {
  return options.zone === 'relative'
    ? clockText(at, 'relative', options.reference)
    : `${dayText(at, options.zone)} ${clockText(at, options.zone, 0)}${options.zone === 'utc' ? 'Z' : ''}`;
}

const CSV_COLUMNS = [
  'id',
  'at',
  'until',
  'source',
  'severity',
  'basis',
  'kind',
  'namespace',
  'name',
  'reason',
  'text',
  'file',
  'line',
] as const;

/** RFC 4180 with a header; safe to open in a spreadsheet. */
export function* asCsv(store: Store, view: TimelineView): Generator<string> {
  yield csvRecord(CSV_COLUMNS);
  for (const entry of readTimeline(store, view.filter)) {
    yield csvRecord([
      entry.id,
      entry.at,
      entry.until,
      entry.source,
      entry.severity,
      entry.basis,
      entry.object?.kind,
      entry.object?.namespace ?? entry.namespace,
      entry.object?.name,
      entry.reason,
      entry.text,
      entry.file,
      entry.line,
    ]);
  }
}

/** One document of the format `inquest-timeline/1`, an entry a line. */
export function* asJson(store: Store, view: TimelineView, capturedAt: Micros): Generator<string> {
  const { from, to } = view.filter;
  const about: Omit<Timeline, 'entries'> = {
    format: TIMELINE_FORMAT,
    capturedAt: formatTime(capturedAt),
    window: {
      ...(from === undefined ? {} : { from: formatTime(from) }),
      ...(to === undefined ? {} : { to: formatTime(to) }),
    },
    total: view.total,
    hidden: view.hidden,
    marks: [...view.marks],
  };
  yield `${jsonText(about, 0).slice(0, -1)},"entries":[`;
  let separator = '\n';
  for (const entry of readTimeline(store, view.filter)) {
    yield `${separator}${jsonLine(entry)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

function jsonLine(entry: TimelineEntry): string {
  return jsonText(entry, 0);
}
