/** What the commands of exec probes say when they fail: a program of the pod speaks, as in its log. */
import type { Facts } from '../facts.ts';
import type { ProbeKind } from './kubelet-words.ts';
import type { EventRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { passes } from './story.ts';

export interface ProbeComplaint {
  readonly container: string;
  readonly kind: ProbeKind;
  /** The command's output, which the kubelet hands on (up to 10 KiB, pkg/probe/exec). */
  readonly text: string;
  readonly event: EventRow;
}

/** Of exec probes that fail now, oldest first; what a liveness probe kills is Ready between two deaths. Needs `PROBE_STORY`. */
export function probeComplaints(facts: Pick<Facts, 'probeStory' | 'clock'>, pod: PodFact): ProbeComplaint[] {
  if (pod.ended) return [];
  return facts
    .probeStory(pod)
    .filter(({ probe }) => probe.type === 'exec' && (probe.kind !== 'readiness' || pod.ready !== 'True'))
    .filter((story) => !passes(story, facts.clock.endedAt))
    .flatMap(({ probe, failures }) =>
      failures
        .filter(({ way, text }) => way === 'command' && text.trim() !== '')
        .map(({ text, event }) => ({ container: probe.container, kind: probe.kind, text, event })),
    );
}
