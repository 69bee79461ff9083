/** How much happened when: bars over a span of time, beneath them how bad it was, where the root began, and the axis. */
import { formatDuration, parseTime, type Micros } from '../../../src/core/time.ts';
import { defineQuery } from '../../store/query.ts';
import { timelineMarks } from '../../timeline/read.ts';
import type { Env } from '../screen.ts';
import { fit, truncate, widthOf } from '../width.ts';

const COUNTS = defineQuery<{ place: number; entries: number; severity: number }>('tui-timeline-counts', [
  'place',
  'entries',
  'severity',
]);

/** Rows that the histogram takes. */
export const HISTOGRAM = 3;

export interface Span {
  /** Where the window began when it was zoomed. */
  readonly from: Micros;
  /** How long it is. */
  readonly span: Micros;
}

const BARS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Bars of how much happened, beneath them how bad it was and where the verdict's root began, and the axis. */
export function drawHistogram(state: Span, env: Env, at: Micros): string[] {
  const columns = env.size.columns - 2;
  // The window follows the cursor by whole windows, so that the bars stand still while one moves within.
  const from = state.from + Math.floor((at - state.from) / state.span) * state.span;
  const counts = env.store.all(COUNTS, { from, span: state.span, columns });
  const most = Math.max(1, ...counts.map((count) => count.entries));
  const bars = Array.from({ length: columns }, () => ' ');
  const marks = Array.from({ length: columns }, () => ' ');
  let entries = 0;
  for (const { place, entries: count, severity } of counts) {
    bars[place] = BARS[Math.max(1, Math.round((count / most) * 8))] ?? '█';
    if (severity >= 3) marks[place] = severity >= 4 ? 'X' : '!';
    entries += count;
  }
  const put = (moment: Micros | undefined, mark: string): void => {
    if (moment === undefined) return;
    const place = Math.floor(((moment - from) * columns) / state.span);
    if (place >= 0 && place < columns) marks[place] = mark;
  };
  for (const root of timelineMarks(env.store)) put(parseTime(root.at), 'R');
  put(at, '^');
  const left = env.clock.short(from);
  const right = env.clock.short(from + state.span);
  const middle = `${formatDuration(state.span)}, ${entries} entries  X error ! warning R root began ^ here ~ inferred`;
  const room = columns - widthOf(left) - widthOf(right) - 2;
  const { paint } = env.theme;
  return [
    ` ${paint('accent', bars.join(''))}`,
    ` ${paint('strong', marks.join(''))}`,
    ` ${paint('dim', `${left} ${centered(middle, room)} ${right}`)}`,
  ];
}

function centered(text: string, width: number): string {
  const cut = truncate(text, width);
  const before = Math.floor((width - widthOf(cut)) / 2);
  return fit(' '.repeat(Math.max(0, before)) + cut, width);
}
