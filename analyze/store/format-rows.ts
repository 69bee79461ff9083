/** A query's rows as a table, JSON, NDJSON or CSV. Foreign text is made safe for the terminal in the table alone. */
import stringWidth from 'string-width';
import { csvRecord } from '../../src/core/csv.ts';
import { jsonText, oneLine } from '../../src/core/text.ts';
import type { QueryResult } from './query-child.ts';
import type { SqlValue } from './store.ts';

type Rows = Pick<QueryResult, 'columns' | 'rows'>;

/** Pieces of output; `width` is the terminal's, undefined where nothing may be cut. */
export function* rowsAs(
  result: Rows,
  format: 'table' | 'json' | 'ndjson' | 'csv',
  width?: number,
): Generator<string, void, undefined> {
  if (format === 'table') {
    yield* table(result, width);
  } else if (format === 'csv') {
    yield csvRecord(result.columns);
    for (const row of result.rows) yield csvRecord(row);
  } else if (format === 'ndjson') {
    for (const row of result.rows) yield `${jsonText(objectOf(result.columns, row), 0)}\n`;
  } else {
    yield `${jsonText(result.rows.map((row) => objectOf(result.columns, row)))}\n`;
  }
}

function objectOf(columns: readonly string[], row: readonly SqlValue[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column, jsonCell(row[index] ?? null)]));
}

/** Bytes as hex; integers beyond 2^53 as text, so that none loses digits. */
function jsonCell(cell: SqlValue): unknown {
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  return typeof cell === 'bigint' ? String(cell) : cell;
}

const GAP = '  ';
const NARROWEST = 8;
/** A column is no wider than this, whatever it holds, unless nothing may be cut. */
const SAMPLE_ROWS = 1000;

function* table({ columns, rows }: Rows, width: number | undefined): Generator<string, void, undefined> {
  const heads = columns.map(oneLine);
  const shown = rows.map((row) => row.map(cellText));
  const widths = heads.map((head, index) =>
    Math.max(stringWidth(head), ...shown.slice(0, SAMPLE_ROWS).map((row) => stringWidth(row[index] ?? ''))),
  );
  if (width !== undefined) shrink(widths, width);
  const right = columns.map((_, index) =>
    rows.every((row) => row[index] === null || typeof row[index] === 'number'),
  );
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, right[index] === true && rows.length > 0))
      .join(GAP)
      .trimEnd()}\n`;
  yield line(heads);
  yield line(widths.map((of) => '─'.repeat(of)));
  for (const row of shown) yield line(row);
}

function cellText(cell: SqlValue): string {
  if (cell === null) return 'NULL';
  if (cell instanceof Uint8Array)
    return `x'${Buffer.from(cell.subarray(0, 32)).toString('hex')}${cell.length > 32 ? '…' : ''}'`;
  return oneLine(String(cell));
}

/** Takes from the widest column until the row fits. */
function shrink(widths: number[], width: number): void {
  const total = (): number => widths.reduce((sum, of) => sum + of, GAP.length * (widths.length - 1));
  for (let over = total() - width; over > 0; over = total() - width) {
    const widest = widths.indexOf(Math.max(...widths));
    const of = widths[widest] ?? 0;
    if (of <= NARROWEST) return;
    const next = Math.max(
      NARROWEST,
      ...widths.filter((_, index) => index !== widest && (widths[index] ?? 0) < of),
    );
    widths[widest] = Math.max(of - over, Math.min(next, of - 1), NARROWEST);
  }
}

function pad(text: string, width: number, right: boolean): string {
  const cut = cutTo(text, width);
  const room = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  return right ? room + cut : cut + room;
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });

function cutTo(text: string, width: number): string {
  if (text.length <= width && stringWidth(text) <= width) return text;
  let out = '';
  let used = 0;
  for (const { segment } of SEGMENTS.segment(text.slice(0, width * 8))) {
    const of = stringWidth(segment);
    if (used + of > width - 1) return `${out}…`;
    out += segment;
    used += of;
  }
  return out;
}
