/** The rows of the live view of a capture, as plain text of exactly the terminal's width. Pure. */
import { plural } from '../../src/core/text.ts';
import { cell, drop, fit, take, truncate, widthOf, wrap } from './width.ts';

export interface CaptureModel {
  readonly title: string;
  readonly elapsedMs: number;
  /** Undefined while who we are is being found out. */
  readonly timeoutMs: number | undefined;
  readonly requests: number;
  /** As they came over the wire. */
  readonly bytes: number;
  /** Of the file so far. */
  readonly written: number;
  readonly rows: ReadonlyArray<{
    readonly title: string;
    readonly startedAt: number;
    readonly ended?:
      | { readonly failed: boolean; readonly records: number; readonly gaps: number; readonly ms: number }
      | undefined;
  }>;
  /** The provisional verdict. */
  readonly note: string;
  readonly interrupted: boolean;
}

/** Rows of the screen, of which the cluster's line may have one; a few words more than two rows of 60 are usual. */
const ROWS_A_TITLE_ROW = 4;
const LEAST_TITLE_ROWS = 3;

/**
 * The cluster first and whole: wrapped, and shortened in the middle where even that is too long, which the `…` shows. Never
 * as high as the screen: what fills it scrolls, and scrolling flickers.
 */
export function captureFrame(
  model: CaptureModel,
  size: { readonly columns: number; readonly rows: number },
): string[] {
  const width = Math.max(20, size.columns - 1);
  const title = titleLines(cell(model.title), width, size.rows);
  const foot = [
    model.note,
    model.interrupted
      ? 'Interrupted: finishing the file. Once more to stop at once.'
      : 'Ctrl-C finishes the file with what there is.',
  ].filter((line) => line !== '');
  const head = [...title, timeLine(model, width), rateLine(model, width)];
  const room = Math.max(1, size.rows - 1 - head.length - foot.length);
  const lines = [...head, ...collectors(model, room), ...foot.map(cell)];
  return lines.map((line) => truncate(line, width));
}

function titleLines(title: string, width: number, rows: number): string[] {
  const most = Math.max(LEAST_TITLE_ROWS, Math.floor(rows / ROWS_A_TITLE_ROW));
  // Rows end at words: a few cells of each stay empty, the more the longer the words are.
  for (let cells = most * width; cells > width; cells -= 1) {
    const lines = wrap(shortened(title, cells), width);
    if (lines.length <= most) return lines;
  }
  return [shortened(title, width)];
}

/** Cluster, server and user stand at the beginning; at the end, what this user may not do. */
function shortened(title: string, cells: number): string {
  const length = widthOf(title);
  if (length <= cells) return title;
  const head = take(title, Math.ceil(cells * 0.75));
  return `${head}…${drop(title, length - (cells - 1 - widthOf(head)))}`;
}

function timeLine({ elapsedMs, timeoutMs }: CaptureModel, width: number): string {
  if (timeoutMs === undefined) return `${seconds(elapsedMs)} s`;
  const words = ` ${seconds(elapsedMs)} of ${seconds(timeoutMs)} s, ${seconds(Math.max(0, timeoutMs - elapsedMs))} s left`;
  const bar = Math.max(5, Math.min(40, width - words.length - 2));
  const full = Math.min(bar, Math.round((bar * elapsedMs) / timeoutMs));
  return `[${'#'.repeat(full)}${'-'.repeat(bar - full)}]${words}`;
}

function rateLine({ requests, bytes, written, elapsedMs, rows }: CaptureModel, width: number): string {
  const gaps = plural(
    rows.reduce((sum, { ended }) => sum + (ended?.gaps ?? 0), 0),
    'gap',
  );
  const rate = (requests / Math.max(1, elapsedMs / 1000)).toFixed(0);
  const [came, put] = [megabytes(bytes), megabytes(written)];
  const long = `${plural(requests, 'request')} (${rate}/s), ${came} came, ${put} written, ${gaps}`;
  return widthOf(long) <= width ? long : `${requests} (${rate}/s), ${came} in, ${put} out, ${gaps}`;
}

type Row = CaptureModel['rows'][number];

/**
 * In the order in which they began, the newest last. Where there is no room for all: what runs, the newest begun before the
 * older; then what failed, what has gaps, and what ended well.
 */
function collectors({ rows }: CaptureModel, room: number): string[] {
  const order = rows.map((row, index) => ({ row, index }));
  const rank = ({ ended }: Row): number =>
    ended === undefined ? 0 : ended.failed ? 1 : ended.gaps > 0 ? 2 : 3;
  const shown =
    rows.length <= room
      ? order
      : order
          .toSorted((a, b) => rank(a.row) - rank(b.row) || b.index - a.index)
          .slice(0, room - 1)
          .toSorted((a, b) => a.index - b.index);
  const lines = shown.map(({ row }) => rowLine(row));
  if (shown.length === rows.length || room <= 1) return lines;
  const kept = new Set(shown.map(({ row }) => row));
  const hidden = rows.filter((row) => !kept.has(row));
  const running = hidden.filter(({ ended }) => ended === undefined).length;
  const what = running > 0 ? `${running} running, the others ended` : 'all of them ended';
  // Above the others: what began last stands last.
  return [`    and ${hidden.length} more, ${what}`, ...lines];
}

function rowLine({ title, ended }: Row): string {
  if (ended === undefined) return `  … ${cell(title)}`;
  const gaps = ended.gaps === 0 ? '' : `, ${plural(ended.gaps, 'gap')}`;
  return `  ${ended.failed ? '✗' : '✓'} ${fit(cell(title), 36)} ${String(ended.records).padStart(7)}${gaps} (${(ended.ms / 1000).toFixed(1)} s)`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
