/** How far the server's clock is from ours, from the `Date` headers of its answers. */

export interface ClockSkew {
  /** Server time minus local time. */
  readonly ms: number;
  /** The true value lies within plus or minus this. */
  readonly errorMs: number;
  readonly samples: number;
}

/**
 * Narrows the skew with each answer. A `Date` header D is cut to whole seconds, so the server's clock stood in
 * [D, D+1 s) at some moment between sending (t0) and receiving (t1): the skew lies in (D - t1, D + 1 s - t0).
 */
export function createSkew(): {
  readonly sample: (date: string | undefined, t0: number, t1: number) => void;
  readonly value: () => ClockSkew | undefined;
} {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let samples = 0;
  return {
    sample(date, t0, t1) {
      const server = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isNaN(server)) return;
      samples += 1;
      const from = server - t1;
      const to = server + 1000 - t0;
      if (from > high || to < low) {
        // One of the clocks was set meanwhile: what was known before no longer holds.
        low = from;
        high = to;
      } else {
        low = Math.max(low, from);
        high = Math.min(high, to);
      }
    },
    value() {
      if (samples === 0) return undefined;
      return { ms: Math.round((low + high) / 2), errorMs: Math.ceil((high - low) / 2), samples };
    },
  };
}
