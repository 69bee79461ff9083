/**
 * The one deadline of a capture and how its time is split. Tiers begin in the order of perishability; a share says how
 * long the next tier waits for one, never that work is thrown away while there is time left.
 */
import { CaptureStop } from './failure.ts';

/** In the order of perishability. `throughout` runs from the first second to the last. */
export const TIERS = ['throughout', 'events', 'paths', 'logs', 'probes', 'rest'] as const;
export type Tier = (typeof TIERS)[number];

/** Of the collecting time: after so much the next tier starts, whether this one has ended or not. */
const SHARES: Readonly<Record<Exclude<Tier, 'throughout'>, number>> = {
  events: 0.15,
  paths: 0.15,
  logs: 0.3,
  probes: 0.2,
  rest: 0.2,
};

/** Kept back for the last scrapes and for closing the file. */
const LAST_SCRAPES = { share: 0.05, mostMs: 2000 } as const;
const CLOSING = { share: 0.03, mostMs: 1000 } as const;

export interface Budget {
  readonly startedAt: number;
  /** Collectors stop when this is aborted: the time is over, or the user wants the file now. */
  readonly signal: AbortSignal;
  /** The last scrapes stop when this is aborted. */
  readonly lastSignal: AbortSignal;
  /** Aborted when the last second has come: all else has ended, the time is over, or the user wants the file. */
  readonly finale: AbortSignal;
  /** Milliseconds until `signal` is aborted by time. */
  left(): number;
  /** How long the tier after this one waits for it at most. */
  share(tier: Exclude<Tier, 'throughout'>): number;
  /** What stopped it, if anything did. */
  stopped(): CaptureStop['kind'] | undefined;
  /** The user's Ctrl-C. */
  interrupt(): void;
  /** Nothing is left to wait for: the finale begins. */
  finish(): void;
  /** Frees the timers. */
  close(): void;
}

/** A budget of `totalMs` that begins now, or began at `startedAt` (milliseconds): starting the program takes time too. */
export function createBudget(totalMs: number, startedAt = Date.now()): Budget {
  const gone = Math.max(0, Date.now() - startedAt);
  const closing = Math.min(CLOSING.mostMs, totalMs * CLOSING.share);
  const scrapes = Math.min(LAST_SCRAPES.mostMs, totalMs * LAST_SCRAPES.share);
  const collecting = totalMs - closing - scrapes;
  const work = new AbortController();
  const last = new AbortController();
  const finale = new AbortController();
  let kind: CaptureStop['kind'] | undefined;
  const seconds = Math.round(totalMs / 1000);
  const stop = (why: CaptureStop): void => {
    if (work.signal.aborted) return;
    kind ??= why.kind;
    work.abort(why);
    finale.abort(why);
  };
  const deadline = setTimeout(
    () => stop(new CaptureStop('deadline', `the capture's time of ${seconds} s was over`)),
    Math.max(0, collecting - gone),
  );
  const end = setTimeout(
    () => last.abort(new CaptureStop('deadline', `the capture's time of ${seconds} s was over`)),
    Math.max(0, collecting + scrapes - gone),
  );
  return {
    startedAt,
    signal: work.signal,
    lastSignal: last.signal,
    finale: finale.signal,
    left: () => Math.max(0, startedAt + collecting - Date.now()),
    share: (tier) => SHARES[tier] * collecting,
    stopped: () => kind,
    interrupt() {
      const why = new CaptureStop('interrupted', 'the capture was interrupted');
      stop(why);
      // The last scrapes are worth a moment, not the rest of the time.
      setTimeout(() => last.abort(why), 500).unref();
    },
    finish: () => finale.abort(new CaptureStop('finished', 'the capture has ended')),
    close() {
      clearTimeout(deadline);
      clearTimeout(end);
    },
  };
}
