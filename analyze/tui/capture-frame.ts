/** The rows of the live view of a capture, as plain text of exactly the terminal's width. Pure. */
import { plural } from '../../src/core/text.ts';
import { cell, fit, truncate } from './width.ts';

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

/** Never as high as the screen: what fills it scrolls, and scrolling flickers. */
export function captureFrame(
  model: CaptureModel,
  size: { readonly columns: number; readonly rows: number },
): string[] {
  const width = Math.max(20, size.columns - 1);
  const foot = [
    model.note,
    model.interrupted
      ? 'Interrupted: finishing the file. Once more to stop at once.'
      : 'Ctrl-C finishes the file with what there is.',
  ];
  const room = Math.max(1, size.rows - 1 - 3 - foot.length);
  const lines = [
    cell(model.title),
    timeLine(model, width),
    rateLine(model),
    ...collectors(model, room),
    ...foot.map(cell),
  ];
  return lines.filter((line) => line !== '').map((line) => truncate(line, width));
}

function timeLine({ elapsedMs, timeoutMs }: CaptureModel, width: number): string {
  if (timeoutMs === undefined) return `${seconds(elapsedMs)} s`;
  const words = ` ${seconds(elapsedMs)} of ${seconds(timeoutMs)} s, ${seconds(Math.max(0, timeoutMs - elapsedMs))} s left`;
  const bar = Math.max(5, Math.min(40, width - words.length - 2));
  const full = Math.min(bar, Math.round((bar * elapsedMs) / timeoutMs));
  return `[${'#'.repeat(full)}${'-'.repeat(bar - full)}]${words}`;
}

function rateLine({ requests, bytes, written, elapsedMs, rows }: CaptureModel): string {
  const gaps = rows.reduce((sum, { ended }) => sum + (ended?.gaps ?? 0), 0);
  const rate = (requests / Math.max(1, elapsedMs / 1000)).toFixed(0);
  return `${plural(requests, 'request')} (${rate}/s), ${megabytes(bytes)} came, ${megabytes(written)} written, ${plural(gaps, 'gap')}`;
}

/** What runs first, then what failed, then what ended last. */
function collectors({ rows }: CaptureModel, room: number): string[] {
  const rank = ({ ended }: CaptureModel['rows'][number]): number =>
    ended === undefined ? 0 : ended.failed ? 1 : ended.gaps > 0 ? 2 : 3;
  const shown =
    rows.length <= room ? rows : [...rows].toSorted((a, b) => rank(a) - rank(b)).slice(0, room - 1);
  const lines = shown.map(({ title, ended }) => {
    if (ended === undefined) return `  … ${cell(title)}`;
    const gaps = ended.gaps === 0 ? '' : `, ${plural(ended.gaps, 'gap')}`;
    return `  ${ended.failed ? '✗' : '✓'} ${fit(cell(title), 36)} ${String(ended.records).padStart(7)}${gaps} (${(ended.ms / 1000).toFixed(1)} s)`;
  });
  const more = rows.length - shown.length;
  return more > 0 && room > 0 ? [...lines, `    and ${more} more, done or waiting`] : lines;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
