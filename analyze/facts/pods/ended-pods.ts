/** Services whose only pods have ended: bare pods, which nobody makes anew. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { parseTime } from '../../../src/core/time.ts';
import { formatSet } from '../../../src/k8s/labels.ts';
import { items, text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { dependentsOf, hadEndpoints } from '../services/backing.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, sinceAt, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/**
 * Bare pods of the Service that are Succeeded or Failed, where these are all it takes and it is missed; none otherwise.
 * EndpointSlices leave pods of these phases out (pkg/controller/util/endpointslice: ShouldPodBeInEndpoints).
 */
export function endedBehind(facts: Facts, service: ServiceFact): readonly PodFact[] {
  const pods = facts.pods.select(service.namespace, service.selector);
  const bare = pods.every(({ ended, owner }) => ended && owner === undefined);
  const missed = hadEndpoints(facts, service) || dependentsOf(facts, service).length > 0;
  return bare && missed ? pods : [];
}

interface End {
  readonly at: number | undefined;
  readonly words: string;
}

function endOf(facts: Facts, pod: PodFact): End {
  const states = items(dig(facts.body(pod), 'status', 'containerStatuses')).map((one) =>
    dig(one, 'state', 'terminated'),
  );
  const times = states.flatMap((state) => parseTime(dig(state, 'finishedAt')) ?? []);
  const [state] = states;
  const code = dig(state, 'exitCode');
  const reason = text(dig(state, 'reason')) ?? pod.reason ?? pod.phase ?? 'ended';
  return {
    at: times.length === 0 ? undefined : Math.max(...times),
    words: `${pod.name}: ${oneLine(reason)}${typeof code === 'number' ? `, exit code ${code}` : ''}`,
  };
}

export function endedFinding(facts: Facts, service: ServiceFact, pods: readonly PodFact[]): CheckFinding {
  const { namespace, name } = service;
  const ends = pods.map((pod) => endOf(facts, pod));
  const times = ends.flatMap(({ at }) => at ?? []);
  return {
    severity: dependentsOf(facts, service).length > 0 ? 'critical' : 'warning',
    confidence: 'certain',
    object: service.ref,
    part: 'ended',
    summary: `All that the selector of Service ${namespace}/${name} takes ${pods.length === 1 ? 'is a pod that has' : `are ${plural(pods.length, 'pod')} that have`} ended (${ends
      .slice(0, 3)
      .map(({ words }) => words)
      .join('; ')})`,
    detail: `The selector is ${formatSet(service.selector ?? {})}. A pod that has ended serves nobody, and of a bare pod nothing makes another.`,
    evidence: [
      fieldEvidence(facts, service, 'spec.selector', service.selector),
      ...pods.slice(0, 3).map((pod) => fieldEvidence(facts, pod, 'status.phase', pod.phase)),
    ],
    since:
      times.length === 0
        ? SINCE_UNKNOWN
        : sinceAt(Math.max(...times), 'observed', 'the last of its pods ended'),
    involves: pods.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary: 'Let a Deployment (or StatefulSet) make the pods: it makes others when they end.',
      confirm: [kubectl(namespace, 'get', 'pods', '-l', formatSet(service.selector ?? {}))],
      mend: [],
    },
  };
}
