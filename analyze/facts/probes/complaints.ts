/** What the commands of exec probes say when they fail: a program of the pod speaks, as in its log. */
import type { Facts } from '../facts.ts';
import type { ProbeKind } from './kubelet-words.ts';
import type { EventRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { passes, type ProbeStory } from './story.ts';

export interface ProbeComplaint {
  readonly container: string;
  readonly kind: ProbeKind;
  /** The command's output, which the kubelet hands on (up to 10 KiB, pkg/probe/exec). */
  readonly text: string;
  readonly event: EventRow;
}

type Seen = Pick<Facts, 'probeStory' | 'clock' | 'eventsOf'>;

/** The stories of exec probes that fail now; what a liveness probe kills is Ready between two deaths. Needs `PROBE_STORY`. */
export function failingCommands(facts: Seen, pod: PodFact): ProbeStory[] {
  if (pod.ended || !failedProbes(facts).has(`${pod.namespace}/${pod.name}`)) return [];
  return facts
    .probeStory(pod)
    .filter(({ probe }) => probe.type === 'exec' && (probe.kind !== 'readiness' || pod.ready !== 'True'))
    .filter((story) => !passes(story, facts.clock.endedAt))
    .map((story) => ({ ...story, failures: story.failures.filter(({ way }) => way === 'command') }));
}

/** The pods of which an Event tells a failed probe: the story of all others, for which their bodies would be read, has no failure. */
function failedProbes(facts: Pick<Facts, 'eventsOf'>): ReadonlySet<string> {
  const events = facts.eventsOf(['Unhealthy', 'ProbeWarning']);
  const known =
    failed.get(events) ??
    new Set(events.map(({ namespace, involved_name }) => `${namespace}/${involved_name}`));
  failed.set(events, known);
  return known;
}

const failed = new WeakMap<readonly EventRow[], ReadonlySet<string>>();

/** What the commands of exec probes that fail now say, oldest first. Needs `PROBE_STORY`. */
export function probeComplaints(facts: Seen, pod: PodFact): ProbeComplaint[] {
  return failingCommands(facts, pod).flatMap(({ probe, failures }) =>
    failures
      .filter(({ text }) => text.trim() !== '')
      .map(({ text, event }) => ({ container: probe.container, kind: probe.kind, text, event })),
  );
}
