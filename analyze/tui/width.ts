/** Text measured in terminal cells: what makes foreign text fit a row exactly, whatever is in it. */
import stringWidth from 'string-width';
import { oneLine } from '../../src/core/text.ts';

const ASCII = /^[\u0020-\u007e]*$/;
/** Terminals disagree on how wide a character with a variation selector is; without it they agree. */
const SELECTORS = /[\ufe00-\ufe0f]/g;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** No character takes more cells than this. */
const WIDEST = 2;

/** No cell of a row can show more than this; what comes after is never looked at (log lines of 1 MB). */
const LONGEST = 4096;

/** One row of foreign text, safe for a terminal. Cut, without a mark, far beyond any screen's width. */
export function cell(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (ASCII.test(short)) return short;
  return oneLine(short).replace(SELECTORS, '');
}

/** How many cells plain text (no escape sequences) takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Plain text in exactly `width` cells: cut with an ellipsis, or padded on the right (on the left with `right`). */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const cut = truncate(text, width);
  const missing = width - widthOf(cut);
  if (missing <= 0) return cut;
  return align === 'left' ? cut + ' '.repeat(missing) : ' '.repeat(missing) + cut;
}

/** Plain text in at most `width` cells; what does not fit ends in an ellipsis. */
export function truncate(text: string, width: number): string {
  if (width <= 0) return '';
  if (ASCII.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  if (stringWidth(text) <= width) return text;
  return `${take(text, width - 1)}…`;
}

/** Like `truncate`, but keeps the end too: for names whose last part tells them apart. */
export function truncateMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const head = take(text, Math.ceil((width - 1) / 2));
  const parts = [...segmenter.segment(text)].map((part) => part.segment);
  let used = widthOf(head) + 1;
  let index = parts.length;
  while (index > 0) {
    const next = widthOf(parts[index - 1] ?? '');
    if (used + next > width) break;
    used += next;
    index -= 1;
  }
  return `${head}…${parts.slice(index).join('')}`;
}

/** The longest head of the text that takes no more than `width` cells. */
export function take(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, Math.max(0, width));
  let used = 0;
  let end = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    const next = widthOf(segment);
    if (used + next > width) break;
    used += next;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** What is left of the text when its first `cells` cells are scrolled away. */
export function drop(text: string, cells: number): string {
  return cells <= 0 ? text : text.slice(take(text, cells).length);
}

/**
 * Breaks one paragraph of plain text into rows of at most `width` cells, at spaces where there are any. Its indentation
 * stays, and the rows that follow the first stand two cells further in; without room for both, neither.
 */
export function wrap(text: string, width: number): string[] {
  const indent = Math.min(text.length - text.trimStart().length, Math.floor(width / 2));
  if (indent === 0) return wrapWords(text, width);
  const body = text.slice(indent);
  if (widthOf(body) <= width - indent) return [text];
  const room = width - indent - 2;
  if (room < WIDEST) return wrapWords(text.trimStart(), width);
  const rows = wrapWords(body, room);
  return rows.map((row, index) => ' '.repeat(index === 0 ? indent : indent + 2) + row);
}

function wrapWords(text: string, width: number): string[] {
  const room = Math.max(1, width);
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const joined = row === '' ? word : `${row} ${word}`;
    if (widthOf(joined) <= room) {
      row = joined;
      continue;
    }
    if (row !== '') rows.push(row);
    row = word;
    while (widthOf(row) > room) {
      const head = take(row, room);
      // A character wider than the room would never fit: it goes alone.
      const cut = head === '' ? (Array.from(row)[0] ?? '') : head;
      rows.push(cut);
      row = row.slice(cut.length);
    }
  }
  if (row !== '' || rows.length === 0) rows.push(row);
  return rows;
}
