/** A capture from its first to its last second: tiers in the order of perishability, gaps kept, the file closed in time. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Writable } from 'node:stream';
import {
  FORMAT,
  headerSchema,
  type BundleHeader,
  type CollectorRecord,
  type Gap,
  type Manifest,
} from '../src/bundle/format.ts';
import { bundleName } from '../src/bundle/names.ts';
import { createRedactor, type RedactionMode } from '../src/bundle/redaction/redactor.ts';
import { createBundleWriter, type BundleSummary, type BundleWriter } from '../src/bundle/writer.ts';
import { packageVersion } from '../src/core/package-info.ts';
import { formatTime, now } from '../src/core/time.ts';
import { type Budget, TIERS, type Tier } from './budget.ts';
import type { Connection } from './client.ts';
import type { Capture, Collector, Scope } from './collector.ts';
import { collectors as collectorRegistry } from './collectors/registry.ts';
import type { ApiClient } from './http.ts';
import { createInventory } from './inventory.ts';
import { createLists } from './lists.ts';
import type { Preflight } from './preflight.ts';
import { probes } from './probes/registry.ts';
import { asCollector } from './probe-runner.ts';
import { sharedResources } from './resources.ts';
import { createRoom, type Room } from './room.ts';
import { runCollector } from './run-collector.ts';
import { createServerMemory } from './server-memory.ts';

export interface CaptureOptions {
  readonly connection: Connection;
  readonly api: ApiClient;
  readonly scope: Scope;
  readonly budget: Budget;
  readonly timeoutMs: number;
  readonly preflight: Preflight;
  /** The file is no larger; 200 MB unless told. */
  readonly maxBytes?: number | undefined;
  /** Collectors and probes that are left out. */
  readonly without?: ReadonlySet<string> | undefined;
  readonly redaction: RedactionMode;
  /** The file, from the name that the bundle has inside; or a stream. */
  readonly output: { readonly file: (name: string) => string } | { readonly stream: Writable };
  /** Told when the file is open. */
  readonly opened?: ((live: CaptureLive) => void) | undefined;
  /** Told when a collector begins and ends. */
  readonly progress: (event: CaptureProgress) => void;
  /** Told before anything is put into the cluster. */
  readonly warn?: ((line: string) => void) | undefined;
}

/** A capture whose file is open. */
export interface CaptureLive {
  /** The file that is being written; undefined for a stream. */
  readonly partial: string | undefined;
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** So far: requests sent, bytes that came over the wire, bytes of the file. */
  stats(): { readonly requests: number; readonly bytes: number; readonly written: number };
}

export interface CaptureProgress {
  readonly collector: Collector;
  /** Absent while it runs. */
  readonly record?: CollectorRecord;
}

export interface CaptureResult {
  readonly header: BundleHeader;
  readonly summary: BundleSummary;
  readonly end: Manifest['end'];
  readonly gaps: readonly Gap[];
  readonly collectors: readonly CollectorRecord[];
  readonly requests: { readonly count: number; readonly bytes: number };
  /** How many values each rule replaced. */
  readonly redactions: Readonly<Record<string, number>>;
}

/** Of the file, compressed, unless told. */
export const MAX_BYTES = 200e6;

/** At a time, for the whole capture: what an API server that struggles can bear. */
const CONCURRENCY = { lists: 6, logs: 6, others: 4 } as const;

/** However quick the rest is, changes and counters are looked at for so long. */
const OBSERVE = { mostMs: 3000, share: 0.1 } as const;

/**
 * Takes everything there is to take in the time of the budget and closes the file. Never throws for what the cluster
 * does; @throws UserError when the output cannot be written.
 */
export async function capture(options: CaptureOptions): Promise<CaptureResult> {
  const units = [...collectorRegistry, ...probes.map(asCollector)].filter(
    ({ id, tier }) => options.without?.has(id) !== true && options.without?.has(tier) !== true,
  );
  const redactor = createRedactor({ mode: options.redaction });
  // Addresses may hold passwords, names of users what their maker liked.
  const header = headerSchema.parse(redactor.document(headerOf(options, units)));
  const writer = await createBundleWriter({
    header,
    ...('file' in options.output
      ? { file: options.output.file(bundleName(header)) }
      : { stream: options.output.stream }),
  });
  const records: CollectorRecord[] = [];
  options.opened?.({
    partial: writer.partial,
    startedAt: options.budget.startedAt,
    timeoutMs: options.timeoutMs,
    stats: () => ({
      requests: options.api.counts.count,
      bytes: options.api.counts.bytes,
      written: writer.progress().written,
    }),
  });
  const room = createRoom(writer, options.maxBytes ?? MAX_BYTES);
  try {
    const shared = sharedBy(options, redactor, room);
    await runTiers(options, units, shared, (unit) => runCollector(unit, shared, writer, room), records);
    return await closed(options, header, writer, records, redactor);
  } catch (error) {
    await writer.abandon({ keep: true });
    throw error;
  } finally {
    options.budget.close();
  }
}

function sharedBy(options: CaptureOptions, redactor: Capture['redactor'], room: Room): Capture {
  const { api, scope, budget, connection } = options;
  return {
    api,
    scope,
    budget,
    redactor,
    room,
    inventory: createInventory({ mentions: scope.allowExec === true }),
    lists: createLists(),
    memory: createServerMemory(),
    queues: {
      lists: new PQueue({ concurrency: CONCURRENCY.lists }),
      logs: new PQueue({ concurrency: CONCURRENCY.logs }),
      others: new PQueue({ concurrency: CONCURRENCY.others }),
    },
    homeNamespace: connection.context.namespace ?? 'default',
    warn: (line) => options.warn?.(line),
    resources: sharedResources(),
  };
}

/** Each tier waits for the one before it, but no longer than that one's share of the time. */
async function runTiers(
  options: CaptureOptions,
  units: readonly Collector[],
  shared: Capture,
  run: (unit: Collector) => Promise<CollectorRecord>,
  records: CollectorRecord[],
): Promise<void> {
  const { budget, progress } = options;
  const start = (tier: Tier): Array<Promise<void>> =>
    units
      .filter((unit) => unit.tier === tier)
      .map((collector) => {
        progress({ collector });
        const running = run(collector).then((record) => {
          records.push(record);
          progress({ collector, record });
        });
        // Who waits for it hears of a bundle that cannot be written; nobody may be waiting just then.
        running.catch(() => undefined);
        return running;
      });
  const throughout = start('throughout');
  const foreground: Array<Promise<void>> = [];
  for (const tier of TIERS) {
    if (tier === 'throughout') continue;
    const running = start(tier);
    foreground.push(...running);
    await Promise.race([Promise.all(running), pause(budget.share(tier), budget.signal)]);
  }
  await Promise.all(foreground);
  // Two scrapes in one second are no rate, and a watch of one sees nothing.
  const observe = Math.min(OBSERVE.mostMs, options.timeoutMs * OBSERVE.share);
  await pause(budget.startedAt + observe - Date.now(), budget.signal);
  budget.finish();
  await Promise.all(throughout);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Never what keeps the process alive: the budget's own timers do while there is time.
  await sleep(Math.max(0, ms), undefined, { signal, ref: false }).catch(() => undefined);
}

async function closed(
  options: CaptureOptions,
  header: BundleHeader,
  writer: BundleWriter,
  records: readonly CollectorRecord[],
  redactor: Capture['redactor'],
): Promise<CaptureResult> {
  const redactions = redactor.counts;
  const stopped = options.budget.stopped();
  const end = stopped === 'interrupted' || stopped === 'deadline' ? stopped : 'complete';
  const gaps: Gap[] = [
    ...new Map(records.flatMap((record) => record.gaps).map((gap) => [gap.key, gap])).values(),
  ];
  const clockSkew = options.api.skew();
  const requests = { ...options.api.counts };
  const summary = await writer.finish(
    {
      end,
      endedAt: formatTime(now()),
      collectors: records.map(({ gaps: _gaps, ...record }) => record),
      gaps: [...gaps],
      redactions: { ...redactions },
      ...(clockSkew === undefined ? {} : { clockSkew: { ...clockSkew } }),
      requests,
      latencies: latenciesOf(options.api, redactor),
    },
    { haste: end === 'interrupted' },
  );
  return { header, summary, end, gaps, collectors: records, requests, redactions };
}

function latenciesOf(api: ApiClient, redactor: Capture['redactor']): NonNullable<Manifest['latencies']> {
  const { kinds, throttled, unanswered, slowest } = api.latencies();
  return {
    kinds: Object.fromEntries(Object.entries(kinds).map(([kind, latency]) => [kind, { ...latency }])),
    throttled,
    unanswered,
    ...(slowest === undefined
      ? {}
      : {
          slowest: {
            path: redactor.path(slowest.path),
            ms: slowest.ms,
            at: formatTime(slowest.at * 1000, 3),
          },
        }),
  };
}

function headerOf(options: CaptureOptions, units: readonly Collector[]): BundleHeader {
  const { connection, scope, timeoutMs, preflight } = options;
  const { contextName, clusterName } = connection.context;
  return {
    format: FORMAT,
    id: randomUUID(),
    tool: { name: 'inquest', version: packageVersion() },
    cluster: {
      name: clusterName,
      context: contextName,
      server: connection.server.href.replace(/\/$/, ''),
      ...(preflight.user === undefined ? {} : { user: preflight.user }),
      ...(preflight.version === undefined ? {} : { version: preflight.version }),
    },
    scope: {
      ...(scope.namespaces === undefined ? {} : { namespaces: [...scope.namespaces] }),
      ...(scope.selector === undefined ? {} : { selector: scope.selector.text }),
      ...(scope.focus === undefined || scope.focus.length === 0
        ? {}
        : { focus: scope.focus.map((one) => ({ ...one })) }),
      sinceSeconds: scope.sinceSeconds,
      timeoutSeconds: timeoutMs / 1000,
    },
    startedAt: formatTime(options.budget.startedAt * 1000, 3),
    redaction: { mode: options.redaction },
    collectors: units.map(({ id }) => id),
  };
}
