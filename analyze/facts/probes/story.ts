/** A probe's whole story: what is declared, what the kubelet's Events and counters say, how long answers took. */
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { SECOND, type Micros } from '../../../src/core/time.ts';
import type { Need } from '../../checks/check.ts';
import { fields, text } from '../../ingest/read.ts';
import { execWay, parseUnhealthy, type ProbeFailure } from './kubelet-words.ts';
import type { ObjectFacts } from '../objects.ts';
import type { EventRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { specProbes, type SpecProbe } from './spec.ts';
import { podPlace, type ProbeFact, type ProbeFacts } from '../probes.ts';
import { dig, groupBy, once, parseText } from '../read.ts';

/** The evidence behind `facts.probeStory`; spread it into `needs` or `uses`. */
export const PROBE_STORY = [
  'list:pods',
  'list:events',
  'metrics',
  'probe:pod-http',
] as const satisfies readonly Need[];

/** An Unhealthy Event, taken apart. */
export interface SeenFailure extends ProbeFailure {
  readonly event: EventRow;
}

/** Results of one probe. */
export interface Counted {
  readonly failed: number;
  readonly succeeded: number;
}

export interface ProbeStory {
  readonly probe: SpecProbe;
  /** Oldest first; an Event counts all that are alike. */
  readonly failures: readonly SeenFailure[];
  /** Results since the kubelet began to probe this container; undefined without its metrics. */
  readonly counted: Counted | undefined;
  /** Of those, the ones between the capture's first scrape and its last; undefined without both. */
  readonly during: Counted | undefined;
  /** Asked by the capture: the same port and path, through the API server. */
  readonly asked: readonly ProbeFact[];
}

interface CountRow {
  readonly scrape: string;
  readonly labels: string;
  readonly value: number;
}
export const PROBER_METRICS = defineQuery<CountRow>('facts-prober-metrics', ['scrape', 'labels', 'value']);

/** After a probe's last failure so many periods without one mean that it passes: Events come late on a busy node. */
const PERIODS = 4;

/**
 * Whether a probe passes by now: only successes were counted while the capture ran; or it has passed, and as far as Events
 * tell it failed never, or not for some periods.
 *
 * @param now the end of the capture.
 */
export function passes({ probe, failures, counted, during }: ProbeStory, now: Micros): boolean {
  if (during !== undefined && during.failed + during.succeeded > 0) return during.failed === 0;
  if (failures.length === 0) return (counted?.succeeded ?? 1) > 0;
  const last = Math.max(...failures.map(({ event }) => event.last_at ?? now));
  return (counted?.succeeded ?? 0) > 0 && now - last > PERIODS * (probe.period + probe.timeout) * SECOND;
}

export type ProbeStories = (pod: PodFact, container?: string) => readonly ProbeStory[];

export interface ProbeStoryFacts {
  readonly of: ProbeStories;
  /** Whether the kubelet counted a failure of any of its probes while the capture ran: cheaper than its story. */
  failedDuring(pod: PodFact): boolean;
}

export function probeStories(store: Store, objects: ObjectFacts, probes: ProbeFacts): ProbeStoryFacts {
  const counts = once(() => countsOf(store));
  const failing = once(() => failingPods(counts()));
  const of: ProbeStories = (pod, container) => {
    const events = objects
      .events(pod.ref)
      .filter(({ reason }) => reason === 'Unhealthy' || reason === 'ProbeWarning');
    const byContainer = groupBy(events, ({ field_path }) => /\{(.+)\}/.exec(field_path ?? '')?.[1]);
    return specProbes(objects.body(pod))
      .filter((probe) => container === undefined || probe.container === container)
      .map((probe) => {
        const mine = [...(byContainer.get(probe.container) ?? []), ...(byContainer.get(undefined) ?? [])];
        const uid = text(dig(objects.body(pod), 'metadata', 'uid')) ?? '';
        const { first, last } = counts().get(countKey(pod, uid, probe)) ?? {};
        return {
          probe,
          failures: mine.flatMap((event) => {
            const failure = parseUnhealthy(event.message);
            if (failure?.kind !== probe.kind) return [];
            return [{ ...failure, way: probe.type === 'exec' ? execWay(failure) : failure.way, event }];
          }),
          counted: last ?? first,
          during:
            first === undefined || last === undefined
              ? undefined
              : {
                  failed: Math.max(0, last.failed - first.failed),
                  succeeded: Math.max(0, last.succeeded - first.succeeded),
                },
          asked:
            probe.port === undefined || probe.type !== 'http'
              ? []
              : probes
                  .to('pod-http', podPlace(pod, probe.port))
                  .filter(({ detail }) => (detail['path'] ?? '/') === probe.path),
        };
      });
  };
  return { of, failedDuring: ({ namespace, name }) => failing().has(`${namespace}/${name}`.toLowerCase()) };
}

/** `namespace/pod`, in small letters. */
function failingPods(counts: ReadonlyMap<string, Scrapes>): ReadonlySet<string> {
  const failing = [...counts].filter(
    ([, { first, last }]) => first !== undefined && last !== undefined && last.failed > first.failed,
  );
  return new Set(failing.map(([key]) => key.split('/').slice(0, 2).join('/')));
}

interface Scrapes {
  first?: Counted;
  last?: Counted;
}

function countKey({ namespace, name }: PodFact, uid: string, { container, kind }: SpecProbe): string {
  return `${namespace}/${name}/${uid}/${container}/${kind}`.toLowerCase();
}

/** Both scrapes of each probe: a pod that came back under its old name is another one, told apart by its uid. */
function countsOf(store: Store): Map<string, Scrapes> {
  const counts = new Map<string, Scrapes>();
  for (const { scrape, labels, value } of store.iterate(PROBER_METRICS)) {
    const of = fields(parseText(labels));
    const key = [of['namespace'], of['pod'], of['pod_uid'] ?? '', of['container'], of['probe_type']]
      .join('/')
      .toLowerCase();
    const known = counts.get(key) ?? {};
    counts.set(key, known);
    const which = scrape === 'first' ? 'first' : 'last';
    const before = known[which] ?? { failed: 0, succeeded: 0 };
    known[which] = {
      failed: before.failed + (of['result'] === 'failed' ? value : 0),
      succeeded: before.succeeded + (of['result'] === 'successful' ? value : 0),
    };
  }
  return counts;
}
