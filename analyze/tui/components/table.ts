/** Rows of columns, each row one string: widths that fit the screen, the least important columns dropped first. */
import type { Env } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { cell, fit, truncateMiddle, widthOf } from '../width.ts';

export interface Column<Row> {
  readonly title: string;
  /** Shift and this letter sorts by it. */
  readonly key?: string;
  /** The column of the row's statement that it sorts by. */
  readonly order?: string;
  readonly align?: 'right';
  /** Columns with the highest number go first when the screen is narrow; 0 stays always. */
  readonly drop?: number;
  /** May be cut, down to this many cells, before a column is dropped. */
  readonly least?: number;
  /** Cut in the middle instead of at the end. */
  readonly keepEnd?: true;
  readonly value: (row: Row, env: Env) => string;
  readonly tone?: (row: Row, env: Env) => Tone;
}

export interface Placed<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const GAP = 2;
/** Cells for the selection's mark. */
const MARK = 2;

/** Which columns are shown, and how wide, given what each would like. */
export function placeColumns<Row>(
  columns: ReadonlyArray<Column<Row>>,
  wanted: readonly number[],
  width: number,
): Array<Placed<Row>> {
  let kept = columns.map((column, index) => ({ column, width: Math.max(1, wanted[index] ?? 1) }));
  const room = width - MARK;
  for (;;) {
    const excess = total(kept) - room;
    if (excess <= 0) return kept;
    if (slack(kept) >= excess) return shrink(kept, excess);
    const worst = Math.max(...kept.map((entry) => entry.column.drop ?? 0));
    if (worst <= 0) return shrink(kept, Math.min(excess, slack(kept)));
    const index = kept.findLastIndex((entry) => (entry.column.drop ?? 0) === worst);
    kept = kept.toSpliced(index, 1);
  }
}

/** The head of the table; the column it is sorted by carries an arrow. */
export function drawHead<Row>(
  placed: ReadonlyArray<Placed<Row>>,
  env: Env,
  order?: { readonly by: string; readonly descending: boolean },
): string {
  const cells = placed.map(({ column, width }) => {
    const sorted = order !== undefined && column.order === order.by;
    const arrow = sorted ? (order.descending ? '↓' : '↑') : '';
    return fit(column.title + arrow, width, column.align ?? 'left');
  });
  return env.theme.paint('label', `${' '.repeat(MARK)}${cells.join(' '.repeat(GAP))}`);
}

/** One row. The selected one has a `>` in front and, with colours, is inverse as a whole. */
export function drawRow<Row>(
  placed: ReadonlyArray<Placed<Row>>,
  row: Row,
  env: Env,
  selected: boolean,
): string {
  const parts: string[] = [];
  for (const { column, width } of placed) {
    const safe = cell(column.value(row, env));
    const text = column.keepEnd === true && widthOf(safe) > width ? truncateMiddle(safe, width) : safe;
    const fitted = fit(text, width, column.align ?? 'left');
    parts.push(selected ? fitted : env.theme.paint(column.tone?.(row, env) ?? 'plain', fitted));
  }
  const line = parts.join(' '.repeat(GAP));
  if (!selected) return `${' '.repeat(MARK)}${line}`;
  return env.theme.paint('selected', fit(`> ${line}`, env.size.columns));
}

/** What the columns would like: the widest cell of the rows seen so far, and the head with its arrow. */
export function wantedWidths<Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: readonly Row[],
  env: Env,
  before: readonly number[],
): number[] {
  const wanted = columns.map((column, index) => Math.max(column.title.length + 1, before[index] ?? 0));
  for (const row of rows) {
    columns.forEach((column, index) => {
      wanted[index] = Math.max(
        wanted[index] ?? 0,
        Math.min(LONGEST_CELL, widthOf(cell(column.value(row, env)))),
      );
    });
  }
  return wanted;
}

/** No column asks for more, whatever a bundle puts into a name. */
const LONGEST_CELL = 160;

function total<Row>(placed: ReadonlyArray<Placed<Row>>): number {
  return placed.reduce((sum, entry) => sum + entry.width, 0) + Math.max(0, placed.length - 1) * GAP;
}

function slack<Row>(placed: ReadonlyArray<Placed<Row>>): number {
  return placed.reduce((sum, entry) => sum + spare(entry), 0);
}

function spare<Row>(entry: Placed<Row>): number {
  return entry.column.least === undefined ? 0 : Math.max(0, entry.width - entry.column.least);
}

/** Takes cells from the columns that have most to spare. */
function shrink<Row>(placed: ReadonlyArray<Placed<Row>>, excess: number): Array<Placed<Row>> {
  const widths = placed.map((entry) => entry.width);
  for (let left = excess; left > 0; left -= 1) {
    let widest = -1;
    placed.forEach((entry, index) => {
      const width = widths[index] ?? 0;
      if (entry.column.least === undefined || width <= entry.column.least) return;
      if (widest < 0 || width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return placed.map((entry, index) => ({ column: entry.column, width: widths[index] ?? entry.width }));
}
