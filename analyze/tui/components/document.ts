/** A page of text with things in it that open: laid out to a width, scrolled, one link selected. */
import type { Act, Env, Target } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { cell, fit, widthOf, wrap } from '../width.ts';

/** One paragraph. `lead` stands in front of its first row; the rows after it hang beneath the text. */
export interface Block {
  readonly lead?: string;
  readonly leadTone?: Tone;
  /** The lead's column is at least this wide. */
  readonly leadWidth?: number;
  readonly text: string;
  readonly tone?: Tone;
  readonly indent?: number;
  readonly target?: Target;
  /** Long text is cut to one row instead of wrapped. */
  readonly cut?: boolean;
}

export interface DocumentState {
  readonly top: number;
  /** Index of the selected link among the links, or -1. */
  readonly link: number;
  /** The row a search stopped at, marked with a `*`. */
  readonly hit?: number;
}

export interface Laid {
  readonly rows: ReadonlyArray<{ readonly text: string; readonly plain: string; readonly link: number }>;
  /** First and last row of each link. */
  readonly links: ReadonlyArray<{ readonly target: Target; readonly first: number; readonly last: number }>;
}

/** The two cells at the left that show which link is selected. */
const GUTTER = 2;

/** A heading with an empty row before it. */
export function heading(text: string, tone: Tone = 'title'): Block[] {
  return [{ text: '' }, { text, tone }];
}

/** Breaks the blocks into rows for a width. Foreign text is made safe here, once for every page. */
export function layOut(blocks: readonly Block[], env: Pick<Env, 'theme'>, width: number): Laid {
  const rows: Array<{ text: string; plain: string; link: number }> = [];
  const links: Array<{ target: Target; first: number; last: number }> = [];
  for (const block of blocks) {
    const link = block.target === undefined ? -1 : links.length;
    const first = rows.length;
    for (const row of blockRows(block, env, width - GUTTER)) rows.push({ ...row, link });
    if (block.target !== undefined) links.push({ target: block.target, first, last: rows.length - 1 });
  }
  return { rows, links };
}

function blockRows(
  block: Block,
  env: Pick<Env, 'theme'>,
  width: number,
): Array<{ text: string; plain: string }> {
  const indent = block.indent ?? 0;
  const lead = block.lead === undefined ? '' : cell(block.lead);
  const leadWidth = lead === '' ? (block.leadWidth ?? 0) : Math.max(block.leadWidth ?? 0, widthOf(lead) + 1);
  const room = Math.max(8, width - indent - leadWidth);
  const texts = block.text.split('\n').flatMap((line) => {
    const safe = cell(line);
    return block.cut === true ? [fit(safe, room).trimEnd()] : wrap(safe, room);
  });
  const paint = env.theme.paint;
  return texts.map((text, index) => {
    const head = index === 0 ? fit(lead, leadWidth) : ' '.repeat(leadWidth);
    const space = ' '.repeat(indent);
    return {
      text: `${space}${paint(block.leadTone ?? 'label', head)}${paint(block.tone ?? 'plain', text)}`,
      plain: `${space}${head}${text}`,
    };
  });
}

/** The visible rows, the selected link's first one marked by a `>` (and by colour where there is one). */
export function drawDocument(laid: Laid, state: DocumentState, env: Env): string[] {
  const top = clampTop(state.top, laid, env.size.rows);
  return laid.rows.slice(top, top + env.size.rows).map((row, index) => {
    if (state.hit === top + index) return `* ${env.theme.paint('match', row.plain)}`;
    if (row.link < 0 || row.link !== state.link) return `  ${row.text}`;
    const mark = Math.max(top, laid.links[row.link]?.first ?? 0) === top + index ? '>' : ' ';
    return env.theme.paint('strong', `${mark} ${row.text}`);
  });
}

/** The state after a moving key: j and k go from link to link where one is near, else they scroll. */
export function moveDocument(
  laid: Laid,
  state: DocumentState,
  act: Act,
  env: Env,
): DocumentState | undefined {
  const height = env.size.rows;
  const top = clampTop(state.top, laid, height);
  switch (act.action) {
    case 'down':
      return step(laid, { ...state, top }, 1, height);
    case 'up':
      return step(laid, { ...state, top }, -1, height);
    case 'next-link':
      return jump(laid, { ...state, top }, 1, height);
    case 'previous-link':
      return jump(laid, { ...state, top }, -1, height);
    case 'page-down':
      return scroll(laid, top + height - 1, height, state.link);
    case 'page-up':
      return scroll(laid, top - height + 1, height, state.link);
    case 'half-down':
      return scroll(laid, top + Math.floor(height / 2), height, state.link);
    case 'half-up':
      return scroll(laid, top - Math.floor(height / 2), height, state.link);
    case 'top':
      return { top: 0, link: laid.links.length > 0 ? 0 : -1 };
    case 'bottom':
      return { top: clampTop(Infinity, laid, height), link: laid.links.length - 1 };
    default:
      return undefined;
  }
}

/** What opening the selected link asks for. */
export function selectedTarget(laid: Laid, state: DocumentState): Target | undefined {
  return laid.links[state.link]?.target;
}

/** `12%` of how far down the page is, or nothing when all of it is seen. */
export function documentStatus(laid: Laid, state: DocumentState, env: Env): string {
  const last = laid.rows.length - env.size.rows;
  if (last <= 0) return '';
  return `${Math.round((clampTop(state.top, laid, env.size.rows) / last) * 100)}%`;
}

export function clampTop(top: number, laid: Laid, height: number): number {
  return Math.max(0, Math.min(top, laid.rows.length - height));
}

function step(laid: Laid, state: DocumentState, by: 1 | -1, height: number): DocumentState {
  const next = state.link + by;
  const link = laid.links[next];
  if (link !== undefined) {
    const near = by > 0 ? link.first < state.top + height + 1 : link.last >= state.top - 1;
    if (near) return { link: next, top: reveal(laid, state.top, next, height) };
  }
  return { ...state, top: clampTop(state.top + by, laid, height) };
}

function jump(laid: Laid, state: DocumentState, by: 1 | -1, height: number): DocumentState {
  const count = laid.links.length;
  if (count === 0) return state;
  const link = (state.link + by + count) % count;
  return { link, top: reveal(laid, state.top, link, height) };
}

/** After a page, the selection follows into the window, so that Enter opens what is seen. */
function scroll(laid: Laid, wanted: number, height: number, link: number): DocumentState {
  const top = clampTop(wanted, laid, height);
  const current = laid.links[link];
  if (current !== undefined && current.first >= top && current.first < top + height) return { top, link };
  const down = current === undefined || current.first < top;
  const inside = laid.links.flatMap((entry, index) =>
    entry.first >= top && entry.first < top + height ? [index] : [],
  );
  const chosen = down ? inside[0] : inside.at(-1);
  return { top, link: chosen ?? link };
}

function reveal(laid: Laid, top: number, link: number, height: number): number {
  const entry = laid.links[link];
  if (entry === undefined) return top;
  // The first link brings everything above it into view with it.
  if (link === 0 && entry.first < height) return 0;
  let next = top;
  if (entry.last >= next + height) next = entry.last - height + 1;
  if (entry.first < next) next = entry.first;
  return clampTop(next, laid, height);
}
