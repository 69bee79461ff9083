/** How quickly the API server answered while it was captured: by kind of request, from sending it to its first header. */

/** Milliseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface Latencies {
  readonly kinds: Readonly<Record<string, Latency>>;
  /** Answers of 429: flow control turned us away. */
  readonly throttled: number;
  /** Requests that were given up without an answer. */
  readonly unanswered: number;
  readonly slowest: { readonly path: string; readonly ms: number; readonly at: number } | undefined;
}

export interface LatencyTally {
  /** An answer to `path` with its status; undefined when none came in time. Times in milliseconds since the epoch. */
  sample(path: string, status: number | undefined, sentAt: number, answeredAt: number): void;
  value(): Latencies;
}

/** Of each kind; after that every second, fourth, … is kept, so that all of the capture counts. */
const MOST = 2000;

/** An empty tally. */
export function createLatencies(): LatencyTally {
  const kinds = new Map<string, { times: number[]; every: number; seen: number; max: number }>();
  let throttled = 0;
  let unanswered = 0;
  let slowest: Latencies['slowest'];
  return {
    sample(path, status, sentAt, answeredAt) {
      if (status === undefined) {
        unanswered += 1;
        return;
      }
      if (status === 429) throttled += 1;
      const ms = Math.max(0, answeredAt - sentAt);
      const kind = kindOf(path);
      const tally = kinds.get(kind) ?? { times: [], every: 1, seen: 0, max: 0 };
      kinds.set(kind, tally);
      tally.max = Math.max(tally.max, ms);
      if (tally.seen % tally.every === 0) tally.times.push(ms);
      tally.seen += 1;
      if (tally.times.length >= MOST) {
        tally.times = tally.times.filter((_, index) => index % 2 === 0);
        tally.every *= 2;
      }
      if (slowest === undefined || ms > slowest.ms) slowest = { path, ms, at: sentAt };
    },
    value: () => ({
      kinds: Object.fromEntries(
        [...kinds].map(([kind, { times, seen, max }]) => {
          const sorted = times.toSorted((a, b) => a - b);
          return [kind, { count: seen, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max }];
        }),
      ),
      throttled,
      unanswered,
      slowest,
    }),
  };
}

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** What waits for a kubelet or a pod says nothing about the API server: `proxy` and `log` stand apart. */
function kindOf(path: string): string {
  if (/\/proxy(?:\/|$)/.test(path)) return 'proxy';
  if (path.endsWith('/log')) return 'log';
  if (/\/self[a-z]*reviews$/.test(path)) return 'review';
  if (/^\/(?:readyz|livez|healthz|metrics|version)/.test(path)) return 'health';
  if (path === '/api' || path === '/apis' || /^\/apis?\/[^/]+(?:\/[^/]+)?$/.test(path)) {
    return /^\/api\/v1\/./.test(path) ? 'list' : 'discovery';
  }
  return 'list';
}
