/** Cutting an entry's bytes into lines or one document, in bounded memory and without quadratic copying. */
import type { Sink } from './ingester.ts';

/** Longer than any object etcd takes by two orders of magnitude; beyond it a line is counted and let go. */
export const LONGEST_LINE = 192 * 1024 * 1024;

export interface LineHandlers {
  /** Without the line feed; `last` is true for an end without one. The buffer is valid during the call only. */
  line(bytes: Buffer, number: number, last: boolean): void;
  /** A line above the limit: its bytes were let go. */
  tooLong?(number: number): void;
  end?(): void;
}

/** Calls back once a line. Empty lines count but are not handed over. */
export function lineSink(handlers: LineHandlers, longest = LONGEST_LINE): Sink {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let dropping = false;
  let number = 0;
  const finishLine = (tail: Buffer, last: boolean): void => {
    number += 1;
    if (dropping) {
      handlers.tooLong?.(number);
    } else if (heldBytes > 0) {
      held.push(tail);
      handlers.line(Buffer.concat(held, heldBytes + tail.length), number, last);
    } else if (tail.length > 0) {
      handlers.line(tail, number, last);
    }
    held = [];
    heldBytes = 0;
    dropping = false;
  };
  return {
    write(chunk) {
      let from = 0;
      for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
        finishLine(chunk.subarray(from, to), false);
        from = to + 1;
      }
      if (from === chunk.length || dropping) return;
      heldBytes += chunk.length - from;
      if (heldBytes > longest) {
        held = [];
        heldBytes = 0;
        dropping = true;
      } else {
        held.push(Buffer.from(chunk.subarray(from)));
      }
    },
    end() {
      if (heldBytes > 0 || dropping) finishLine(Buffer.alloc(0), true);
      handlers.end?.();
    },
  };
}

/** Hands over the whole entry at its end; beyond the limit `undefined`. */
export function documentSink(done: (bytes: Buffer | undefined) => void, largest = 64 * 1024 * 1024): Sink {
  let held: Buffer[] = [];
  let bytes = 0;
  return {
    write(chunk) {
      bytes += chunk.length;
      if (bytes > largest) held = [];
      else held.push(Buffer.from(chunk));
    },
    end() {
      done(bytes > largest ? undefined : Buffer.concat(held, bytes));
    },
  };
}
