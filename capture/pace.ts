/** How many requests a second: a token bucket, so that a cluster of thousands of logs is asked no faster than kubectl asks. */
import { setTimeout as sleep } from 'node:timers/promises';

/** As of kubectl: 50 a second (`genericclioptions` sets QPS 50), after a burst that a small cluster fits into. */
export const PACE = { perSecond: 50, burst: 100 } as const;

/** Resolves when another request may be sent; at once, too, when `signal` is aborted: the request itself says why then. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** A full bucket. */
export function createPace({ perSecond, burst }: { perSecond: number; burst: number } = PACE): Pace {
  let tokens = burst;
  let at = performance.now();
  return async (signal) => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - at) / 1000) * perSecond);
    at = now;
    // Below zero it is owed: each one waits for all who came before it.
    tokens -= 1;
    if (tokens >= 0) return;
    await sleep((-tokens / perSecond) * 1000, undefined, { signal, ref: false }).catch(() => undefined);
  };
}
