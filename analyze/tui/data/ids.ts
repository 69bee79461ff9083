/** The ids of long tables, and walking along them in slices so that a key is answered in between. */
import type { Ids } from '../screen.ts';

/** Ids one after another, without holding them. */
export function rangeIds(first: number, length: number): Ids {
  return { length, at: (index) => (index >= 0 && index < length ? first + index : undefined) };
}

/** Several ranges one after another. */
export function rangesIds(ranges: ReadonlyArray<{ readonly first: number; readonly length: number }>): Ids {
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) return rangeIds(only.first, only.length);
  const length = ranges.reduce((sum, range) => sum + range.length, 0);
  return {
    length,
    at(index) {
      let left = index;
      if (left < 0) return undefined;
      for (const range of ranges) {
        if (left < range.length) return range.first + left;
        left -= range.length;
      }
      return undefined;
    },
  };
}

/** Ids as they came out of a statement. */
export function listIds(ids: readonly number[]): Ids {
  return { length: ids.length, at: (index) => ids[index] };
}

export const NO_IDS: Ids = listIds([]);

/** A piece of the ids as an array. */
export function sliceIds(ids: Ids, from: number, count: number): number[] {
  const out: number[] = [];
  const end = Math.min(ids.length, from + count);
  for (let index = Math.max(0, from); index < end; index += 1) {
    const id = ids.at(index);
    if (id !== undefined) out.push(id);
  }
  return out;
}

/** The first index whose id is not below the given one, in ids that ascend. */
export function lowerBound(ids: Ids, id: number): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids.at(middle) ?? Infinity) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Walk {
  /** The first index looked at. */
  readonly from: number;
  readonly step: 1 | -1;
  readonly length: number;
  /** Looks at a piece, `from` to `from + count` exclusive, ascending; true ends the walk. */
  look(from: number, count: number): boolean;
  /** Called when the walk came to the end without an end of its own. */
  end(): void;
}

/** How many rows a slice takes: a few milliseconds, so that a key waits no longer. */
const SLICE = 1000;

/** Walks in the background; the signal stops it. */
export function walk(options: Walk, signal: AbortSignal): void {
  let next = options.from;
  const slice = (): void => {
    if (signal.aborted) return;
    const left = options.step > 0 ? options.length - next : next + 1;
    if (left <= 0) {
      options.end();
      return;
    }
    const count = Math.min(SLICE, left);
    const from = options.step > 0 ? next : next - count + 1;
    if (options.look(from, count)) return;
    next += options.step * count;
    setImmediate(slice);
  };
  setImmediate(slice);
}
