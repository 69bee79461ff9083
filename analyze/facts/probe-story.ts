/** A probe's whole story: what is declared, what the kubelet's Events and counters say, how long answers took. */
import { defineQuery } from '../store/query.ts';
import type { Store } from '../store/store.ts';
import type { Need } from '../checks/check.ts';
import { fields } from '../ingest/read.ts';
import { parseUnhealthy, type ProbeFailure } from './kubelet-words.ts';
import type { ObjectFacts } from './objects.ts';
import type { EventRow } from './object-rows.ts';
import type { PodFact } from './pods.ts';
import { specProbes, type SpecProbe } from './probe-spec.ts';
import { podPlace, type ProbeFact, type ProbeFacts } from './probes.ts';
import { groupBy, once, parseText } from './read.ts';

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

export interface ProbeStory {
  readonly probe: SpecProbe;
  /** Oldest first; an Event counts all that are alike. */
  readonly failures: readonly SeenFailure[];
  /** Results since the kubelet began to probe this container; undefined without its metrics. */
  readonly counted: { readonly failed: number; readonly succeeded: number } | undefined;
  /** Asked by the capture: the same port and path, through the API server. */
  readonly asked: readonly ProbeFact[];
}

interface CountRow {
  readonly scrape: string;
  readonly labels: string;
  readonly value: number;
}
export const PROBER_METRICS = defineQuery<CountRow>('facts-prober-metrics', ['scrape', 'labels', 'value']);

export type ProbeStories = (pod: PodFact, container?: string) => readonly ProbeStory[];

export function probeStories(store: Store, objects: ObjectFacts, probes: ProbeFacts): ProbeStories {
  const counts = once(() => {
    const last = new Map<string, number>();
    for (const { labels, value } of store.iterate(PROBER_METRICS)) {
      const of = fields(parseText(labels));
      const key = [of['namespace'], of['pod'], of['container'], of['probe_type'], of['result']]
        .join('/')
        .toLowerCase();
      last.set(key, Math.max(last.get(key) ?? 0, value));
    }
    return last;
  });
  return (pod, container) => {
    const events = objects
      .events(pod.ref)
      .filter(({ reason }) => reason === 'Unhealthy' || reason === 'ProbeWarning');
    const byContainer = groupBy(events, ({ field_path }) => /\{(.+)\}/.exec(field_path ?? '')?.[1]);
    return specProbes(objects.body(pod))
      .filter((probe) => container === undefined || probe.container === container)
      .map((probe) => {
        const mine = [...(byContainer.get(probe.container) ?? []), ...(byContainer.get(undefined) ?? [])];
        const count = (result: string): number | undefined =>
          counts().get(
            `${pod.namespace}/${pod.name}/${probe.container}/${probe.kind}/${result}`.toLowerCase(),
          );
        const [failed, succeeded] = [count('failed'), count('successful')];
        return {
          probe,
          failures: mine.flatMap((event) => {
            const failure = parseUnhealthy(event.message);
            return failure?.kind === probe.kind ? [{ ...failure, event }] : [];
          }),
          counted:
            failed === undefined && succeeded === undefined
              ? undefined
              : { failed: failed ?? 0, succeeded: succeeded ?? 0 },
          asked:
            probe.port === undefined || probe.type !== 'http'
              ? []
              : probes
                  .to('pod-http', podPlace(pod, probe.port))
                  .filter(({ detail }) => (detail['path'] ?? '/') === probe.path),
        };
      });
  };
}
