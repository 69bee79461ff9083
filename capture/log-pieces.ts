/**
 * A log through the redactor piece by piece, the newest first: one of many megabytes at once would keep the program from
 * everything else for seconds, its own deadline included.
 */
import { setImmediate as turn } from 'node:timers/promises';

/** Redacting so much takes some three milliseconds of a processor at worst. */
const PIECE_BYTES = 16 * 1024;
/**
 * Turns of the event loop that others have between two pieces. A page of a list takes many turns to come; with one a piece,
 * lists would stand still beside large logs on a busy machine.
 */
const TURNS = 4;
/** A key reaches over lines, and what is one is seen by its first and its last: such a log goes through as one. */
const KEY = 'PRIVATE KEY';
/**
 * The server's time and then no indentation: no line of a YAML block or list that began before it. Nothing else that the
 * rules know reaches over lines that have their times before them.
 */
const FRESH_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) [^\s-]/;
const LONGEST_STAMP = 48;

/** Cuts where no value can reach over, into pieces of some 16 KiB; more where no such place comes sooner. */
export function safePieces(whole: Buffer, pieceBytes = PIECE_BYTES): Buffer[] {
  if (whole.length <= pieceBytes || whole.includes(KEY)) return [whole];
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = pieceBytes; at < whole.length;) {
    const next = whole.indexOf(0x0a, at - 1) + 1;
    if (next === 0 || next >= whole.length) break;
    if (FRESH_LINE.test(whole.toString('latin1', next, next + LONGEST_STAMP))) {
      pieces.push(whole.subarray(from, next));
      from = next;
      at = next + pieceBytes;
    } else at = next + 1;
  }
  pieces.push(whole.subarray(from));
  return pieces;
}

export interface Redacted {
  readonly bytes: Buffer;
  /** Bytes of the beginning that were not reached any more. */
  readonly left: number;
}

/** When to end. */
export interface Ends {
  /** The time is over: the newest pieces are still worth having. */
  readonly over: AbortSignal;
  /** Nothing is any more. */
  readonly enough: AbortSignal;
}

/** Of a log that comes when the time is over. */
const LAST_PIECES = 8;

/** Everything through `redact`, or, when the time ends meanwhile, what is newest of it. */
export async function redactNewest(
  whole: Buffer,
  redact: (piece: Buffer) => Buffer,
  { over, enough }: Ends,
): Promise<Redacted> {
  const done: Buffer[] = [];
  const pieces = safePieces(whole);
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    if (enough.aborted || (over.aborted && done.length >= LAST_PIECES)) {
      const left = pieces.reduce((sum, { length }) => sum + length, piece.length);
      return { bytes: Buffer.concat(done), left };
    }
    done.unshift(redact(piece));
    for (let turns = 0; turns < TURNS && pieces.length > 0; turns += 1) await turn();
  }
  const [only] = done;
  return { bytes: done.length === 1 && only !== undefined ? only : Buffer.concat(done), left: 0 };
}

/** Aborted so long after the other one: what is under way may be brought to an end, but not for long. */
export function shortlyAfter(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const late = (): void => {
    setTimeout(() => controller.abort(signal.reason), ms).unref();
  };
  if (signal.aborted) late();
  else signal.addEventListener('abort', late, { once: true });
  return controller.signal;
}
