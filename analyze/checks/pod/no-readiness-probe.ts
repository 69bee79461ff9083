/** Pods that serve a Service, restart, and have no readiness probe: requests reach them before they can answer. */
import { HOUR } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { specProbes } from '../../facts/probe-spec.ts';
import { pathsByPod } from '../../facts/relevant-ports.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const check: Check = {
  id: 'pod/no-readiness-probe',
  layer: 'pod',
  title: 'Service without a readiness probe behind it',
  role: 'advice',
  needs: ['list:pods', 'list:services', 'list:discovery.k8s.io/endpointslices'],
  uses: [...WORKLOADS],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'Without a readiness probe a container counts as ready from the moment it runs, so that a Service sends to it while ' +
      'it still starts. Advised where such a pod serves a Service and has restarted within the last hour; no failure by itself.',
    notConfusedWith: ['a pod that no Service selects', 'a pod that has never restarted'],
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/probes/'],
  },
  explains: [],
  run(facts) {
    const troubled = facts.troubledPods();
    const serving = pathsByPod(facts.paths);
    return judgePods(
      facts,
      livePods(facts).filter((pod) => serving.has(pod)),
      (pod) => (troubled.has(pod.id) ? unprobed(facts, pod) : { fine: 'it runs and has not restarted' }),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

function unprobed(facts: Facts, pod: PodFact): PodAnswer<ContainerRow> {
  const restarted = facts
    .troubled(pod)
    .find(
      (one) =>
        one.type !== 'init' &&
        (one.restarts ?? 0) > 0 &&
        facts.clock.endedAt - (one.last_finished_at ?? 0) < HOUR,
    );
  if (restarted === undefined) return { fine: 'it has not restarted within the hour' };
  const probed = specProbes(facts.body(pod)).some(
    ({ kind, container }) => kind === 'readiness' && container === restarted.name,
  );
  return probed ? { fine: `container ${restarted.name} has a readiness probe` } : { bad: restarted };
}

function findingOf(facts: Facts, struck: Struck<ContainerRow>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const services = [...new Set((pathsByPod(facts.paths).get(pod) ?? []).map(({ service }) => service.name))];
  return {
    severity: 'advice',
    confidence: 'certain',
    object: struck.ref,
    summary: `${nameOf(struck)} serves ${services.map((name) => `Service ${name}`).join(', ')} without a readiness probe, and restarts`,
    detail: `Each restart of container ${bad.name} is sent requests before it can answer. ${affected(struck)}`,
    evidence: [
      fieldEvidence(facts, pod, `spec.containers[${bad.name}].readinessProbe`, null),
      fieldEvidence(facts, pod, `status.containerStatuses[${bad.name}].restartCount`, bad.restarts),
    ],
    since: SINCE_UNKNOWN,
    involves: involved(struck),
    remedy: {
      summary: 'Give the container a readiness probe that asks what clients ask.',
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}
