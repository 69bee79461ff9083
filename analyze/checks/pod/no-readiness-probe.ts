/** Pods that serve a Service, restart or roll out, and have no readiness probe: requests reach them before they can answer. */
import { formatTime, HOUR } from '../../../src/core/time.ts';
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
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { specProbes } from '../../facts/probes/spec.ts';
import { pathsByPod } from '../../facts/pods/relevant-ports.ts';
import { fields, items, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
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
      'it still starts. Advised where such a pod serves a Service and has restarted within the last hour, or is of a revision ' +
      'that its Deployment rolled out within it; no failure by itself.',
    notConfusedWith: [
      'a pod that no Service selects',
      'a pod that has never restarted, of a Deployment in its first revision',
    ],
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/probes/'],
  },
  explains: [],
  run(facts) {
    const troubled = facts.troubledPods();
    const serving = pathsByPod(facts.paths);
    return judgePods(
      facts,
      livePods(facts).filter((pod) => serving.has(pod)),
      (pod) => (troubled.has(pod.id) ? restartedIn(facts, pod) : undefined) ?? rolledOut(facts, pod),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

/** Why requests may reach a container too early: it restarted, or its revision is new. */
interface Unprobed {
  readonly container: string;
  readonly words: string;
  readonly evidence: Evidence;
}

function restartedIn(facts: Facts, pod: PodFact): PodAnswer<Unprobed> | undefined {
  const row = facts
    .troubled(pod)
    .find(
      (one) =>
        one.type !== 'init' &&
        (one.restarts ?? 0) > 0 &&
        facts.clock.endedAt - (one.last_finished_at ?? 0) < HOUR,
    );
  if (row === undefined) return undefined;
  if (isProbed(facts, pod, row.name)) return { fine: `container ${row.name} has a readiness probe` };
  const path = `status.containerStatuses[${row.name}].restartCount`;
  const evidence = fieldEvidence(facts, pod, path, row.restarts);
  return { bad: { container: row.name, words: 'and restarts', evidence } };
}

/** Of a new revision, while there was one before: its pods came in while clients were sending. */
function rolledOut(facts: Facts, pod: PodFact): PodAnswer<Unprobed> {
  const fine = {
    fine: 'it has neither restarted nor been rolled out within the hour, or has readiness probes',
  };
  const top = facts.workloads.top(pod);
  if (top?.kind !== 'Deployment') return fine;
  const [newest, before] = facts.workloads.revisions(top);
  if (newest?.createdAt === undefined || before === undefined || newest.name !== pod.owner?.name) return fine;
  if (facts.clock.endedAt - newest.createdAt >= HOUR) return fine;
  const names = items(fields(facts.body(pod)['spec'])['containers']).flatMap(({ name }) => text(name) ?? []);
  const [container] = names;
  if (container === undefined || names.some((name) => isProbed(facts, pod, name))) return fine;
  const evidence = fieldEvidence(facts, newest, 'metadata.creationTimestamp', formatTime(newest.createdAt));
  return { bad: { container, words: `and was rolled out at ${formatTime(newest.createdAt)}`, evidence } };
}

function isProbed(facts: Facts, pod: PodFact, name: string): boolean {
  return specProbes(facts.body(pod)).some(
    ({ kind, container }) => kind === 'readiness' && container === name,
  );
}

function findingOf(facts: Facts, struck: Struck<Unprobed>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const services = [...new Set((pathsByPod(facts.paths).get(pod) ?? []).map(({ service }) => service.name))];
  return {
    severity: 'advice',
    confidence: 'certain',
    object: struck.ref,
    summary: `${nameOf(struck)} serves ${services.map((name) => `Service ${name}`).join(', ')} without a readiness probe, ${bad.words}`,
    detail: `Each new container ${bad.container} is sent requests before it can answer. ${affected(struck)}`,
    evidence: [
      fieldEvidence(facts, pod, `spec.containers[${bad.container}].readinessProbe`, null),
      bad.evidence,
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
