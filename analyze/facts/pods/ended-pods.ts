/** Services whose only pods have ended: bare pods, which nobody makes anew, and those of Jobs that are done. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { parseTime } from '../../../src/core/time.ts';
import { formatSet, matchesSet } from '../../../src/k8s/labels.ts';
import { items, text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { complainingOf, dependentsOf, hadEndpoints, servesJobs } from '../services/backing.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, sinceAt, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/**
 * Pods of the Service that are Succeeded or Failed, where these are all it takes, nothing makes others, and it is missed; none
 * otherwise. EndpointSlices leave pods of these phases out (pkg/controller/util/endpointslice: ShouldPodBeInEndpoints).
 * Those of Jobs are meant to end: they count where every Job of the Service is Complete, which makes no pod any more
 * (https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup), no CronJob makes such Jobs,
 * and a client says now that the Service fails it. A Job that has failed is a fault of its own.
 */
export function endedBehind(facts: Facts, service: ServiceFact): readonly PodFact[] {
  const pods = facts.pods.select(service.namespace, service.selector);
  if (pods.length === 0 || !pods.every(({ ended }) => ended)) return [];
  if (pods.every(({ owner }) => owner === undefined) && !servesJobs(facts, service)) {
    const missed = hadEndpoints(facts, service) || dependentsOf(facts, service).length > 0;
    return missed ? pods : [];
  }
  const isOfJob = pods.every(({ owner }) => owner === undefined || owner.kind === 'Job');
  return isOfJob && areDone(facts, service) && complainingOf(facts, service).length > 0 ? pods : [];
}

function areDone(facts: Facts, service: ServiceFact): boolean {
  return facts.workloads
    .in(service.namespace)
    .filter(({ templateLabels }) => matchesSet(service.selector, templateLabels))
    .every(
      (workload) =>
        workload.kind === 'Job' &&
        facts.conditions(workload).some(({ type, status }) => type === 'Complete' && status === 'True'),
    );
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
    detail: `The selector is ${formatSet(service.selector ?? {})}. A pod that has ended serves nobody, and ${pods.every(({ owner }) => owner === undefined) ? 'of a bare pod nothing makes another' : 'a Job that is done makes no other'}.`,
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
