/** Container log lines as the API server gives them with `timestamps=true`: `<RFC 3339 nano> <text>`. Hot code. */
import { parseTime, type Micros } from '../../src/core/time.ts';
import type { Sink } from './ingester.ts';

/** Longer ones are no log line of use: the runtime cuts at 16 KiB, the API server passes on what it gets. */
export const LONGEST_LOG_LINE = 8 * 1024 * 1024;

/**
 * Decodes whole lines of a stream at a time (never in the middle of a character) and calls back with the shared text
 * and the line's bounds in it: slicing is left to who needs it.
 */
export function textLines(
  line: (text: string, from: number, to: number, number: number) => void,
  tooLong: (number: number) => void,
  done: () => void,
): Sink {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let dropping = false;
  let number = 0;
  const emit = (bytes: Buffer): void => {
    const text = bytes.toString('utf8');
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      number += 1;
      line(text, from, text.charCodeAt(to - 1) === 13 && to > from ? to - 1 : to, number);
      from = to + 1;
    }
    if (from < text.length) {
      number += 1;
      line(text, from, text.length, number);
    }
  };
  return {
    write(chunk) {
      const last = chunk.lastIndexOf(10);
      let start = 0;
      if (last >= 0) {
        if (dropping) {
          start = chunk.indexOf(10) + 1;
          number += 1;
          tooLong(number);
          dropping = false;
        }
        if (heldBytes > 0) {
          held.push(chunk.subarray(start, last + 1));
          emit(Buffer.concat(held));
          held = [];
          heldBytes = 0;
        } else if (last + 1 > start) {
          emit(chunk.subarray(start, last + 1));
        }
        start = last + 1;
      }
      if (start === chunk.length || dropping) return;
      heldBytes += chunk.length - start;
      if (heldBytes > LONGEST_LOG_LINE) {
        held = [];
        heldBytes = 0;
        dropping = true;
      } else {
        held.push(Buffer.from(chunk.subarray(start)));
      }
    },
    end() {
      if (dropping) tooLong(number + 1);
      else if (heldBytes > 0) emit(Buffer.concat(held, heldBytes));
      done();
    },
  };
}

/** Where a line's text starts, and its time when there is one. */
export interface Stamp {
  at: Micros | null;
  textFrom: number;
}

/**
 * A reader of timestamps that remembers the last minute, since neighbours share it. It fills and returns one object,
 * so that a million lines make no garbage.
 */
export function stampReader(): (text: string, from: number, to: number) => Stamp {
  const stamp: Stamp = { at: null, textFrom: 0 };
  let minute = '';
  let minuteAt = 0;
  return (text, from, to) => {
    stamp.at = null;
    stamp.textFrom = from;
    // 2026-11-23T09:41:56Z is the shortest.
    if (to - from < 20 || text.charCodeAt(from + 10) !== 84 || text.charCodeAt(from + 16) !== 58)
      return stamp;
    let end = from + 19;
    let fraction = 0;
    let scale = 100_000;
    if (text.charCodeAt(end) === 46) {
      end += 1;
      for (let code = text.charCodeAt(end); code >= 48 && code <= 57; code = text.charCodeAt(end)) {
        fraction += (code - 48) * scale;
        scale = scale >= 10 ? scale / 10 : 0;
        end += 1;
      }
    }
    if (text.charCodeAt(end) !== 90 || (end + 1 < to && text.charCodeAt(end + 1) !== 32)) {
      return slow(stamp, text, from, to);
    }
    if (!text.startsWith(minute, from) || minute === '') {
      const at = parseTime(`${text.slice(from, from + 16)}:00Z`);
      if (at === undefined) return stamp;
      minute = Buffer.from(text.slice(from, from + 16)).toString();
      minuteAt = at;
    }
    const tens = text.charCodeAt(from + 17) - 48;
    const ones = text.charCodeAt(from + 18) - 48;
    if (!(tens >= 0 && tens <= 6 && ones >= 0 && ones <= 9)) return stamp;
    stamp.at = minuteAt + (tens * 10 + ones) * 1_000_000 + fraction;
    stamp.textFrom = Math.min(end + 2, to);
    return stamp;
  };
}

/** Other zones than Z (`+01:00`), as a node with local time writes them. */
function slow(stamp: Stamp, text: string, from: number, to: number): Stamp {
  const space = text.indexOf(' ', from);
  const end = space < 0 || space > to ? to : space;
  if (end - from > 40) return stamp;
  const at = parseTime(text.slice(from, end));
  if (at === undefined) return stamp;
  stamp.at = at;
  stamp.textFrom = Math.min(end + 1, to);
  return stamp;
}
