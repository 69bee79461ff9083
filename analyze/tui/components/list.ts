/** Where the cursor and the window of a list are, and how the moving keys change that. Pure arithmetic. */
import type { ActionId } from '../keymap.ts';

export interface ListPosition {
  readonly cursor: number;
  /** The first row shown. */
  readonly top: number;
}

/** The window that shows the cursor, moved no further than needed. */
export function windowTop(position: ListPosition, count: number, height: number): number {
  const room = Math.max(1, height);
  let top = Math.min(position.top, Math.max(0, count - room));
  if (position.cursor < top) top = position.cursor;
  if (position.cursor >= top + room) top = position.cursor - room + 1;
  return Math.max(0, top);
}

/** The position after a moving key; undefined when the action moves nothing. */
export function moveList(
  position: ListPosition,
  action: ActionId,
  count: number,
  height: number,
): ListPosition | undefined {
  const step = stepOf(action, height);
  if (step === undefined) return undefined;
  return placeAt(position, position.cursor + step, count, height);
}

/** The cursor on a given row, the window following. */
export function placeAt(position: ListPosition, index: number, count: number, height: number): ListPosition {
  const cursor = Math.max(0, Math.min(count - 1, index));
  return { cursor, top: windowTop({ cursor, top: position.top }, count, height) };
}

/** The cursor on a given row in the middle of the window: for jumps, so that what surrounds it is seen. */
export function centerAt(index: number, count: number, height: number): ListPosition {
  const cursor = Math.max(0, Math.min(count - 1, index));
  const top = Math.max(0, Math.min(count - height, cursor - Math.floor(height / 2)));
  return { cursor, top };
}

function stepOf(action: ActionId, height: number): number | undefined {
  const page = Math.max(1, height - 1);
  const half = Math.max(1, Math.floor(height / 2));
  switch (action) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'page-up':
      return -page;
    case 'page-down':
      return page;
    case 'half-up':
      return -half;
    case 'half-down':
      return half;
    case 'top':
      return -Infinity;
    case 'bottom':
      return Infinity;
    default:
      return undefined;
  }
}
