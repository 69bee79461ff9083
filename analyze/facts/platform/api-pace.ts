/** How the API server answered while it was captured: how quickly, what it turned away, and whom. */
import { defineQuery } from '../../store/query.ts';
import type { Need } from '../../checks/check.ts';
import type { Store } from '../../store/store.ts';
import { fields, text } from '../../ingest/read.ts';
import { NOTES } from '../object-rows.ts';
import { dig, parseText } from '../read.ts';

/** The evidence behind `facts.apiPace`. */
export const API_PACE = ['health', 'metrics'] as const satisfies readonly Need[];

/** Requests that flow control turned away between the first and the last look at the counters. */
export interface Rejected {
  readonly flowSchema: string;
  readonly priorityLevel: string;
  /** `queue-full`, `concurrency-limit`, `time-out`, `cancelled`. */
  readonly reason: string;
  readonly count: number;
}

export interface ApiPace {
  /** Answers of 429 that the capture itself got. */
  readonly throttled: number;
  readonly rejected: readonly Rejected[];
  /** Lists, milliseconds to the first header. */
  readonly lists: { readonly count: number; readonly p50: number; readonly p95: number } | undefined;
  /**
   * The same for what the API server answers out of its own memory (discovery, `/version` and the like): the way there and
   * back, and not much else.
   */
  readonly way: number | undefined;
}

interface CountRow {
  readonly scrape: string;
  readonly labels: string;
  readonly value: number;
}
export const REJECTED_METRICS = defineQuery<CountRow>('facts-rejected-metrics', [
  'scrape',
  'labels',
  'value',
]);

export function apiPaceOf(store: Store): ApiPace {
  const manifest = store.all(NOTES).find(({ key }) => key === 'manifest')?.value ?? null;
  const latencies = dig(parseText(manifest), 'latencies');
  const kind = (name: string, field: string): number | undefined => {
    const value = dig(latencies, 'kinds', name, field);
    return typeof value === 'number' ? value : undefined;
  };
  const ways = [kind('discovery', 'p50'), kind('health', 'p50')].filter((ms) => ms !== undefined);
  const [count, p50, p95] = ['count', 'p50', 'p95'].map((field) => kind('list', field));
  const throttled = dig(latencies, 'throttled');
  return {
    throttled: typeof throttled === 'number' ? throttled : 0,
    rejected: rejectedOf(store),
    lists: count === undefined || p50 === undefined || p95 === undefined ? undefined : { count, p50, p95 },
    way: ways.length === 0 ? undefined : Math.min(...ways),
  };
}

/** Counters only rise; one that fell, or was not there at first, began anew with the process. */
function rejectedOf(store: Store): Rejected[] {
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { scrape, labels, value } of store.iterate(REJECTED_METRICS))
    (scrape === 'first' ? first : last).set(labels, value);
  return [...last].flatMap(([labels, value]) => {
    const before = first.get(labels) ?? 0;
    const count = value >= before ? value - before : value;
    if (count <= 0) return [];
    const of = fields(parseText(labels));
    return [
      {
        flowSchema: text(of['flow_schema']) ?? '',
        priorityLevel: text(of['priority_level']) ?? '',
        reason: text(of['reason']) ?? '',
        count,
      },
    ];
  });
}
