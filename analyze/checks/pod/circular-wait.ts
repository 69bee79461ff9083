/** Pods that wait for each other, or for what is made only once they are Ready themselves: none of them ever starts. */
import { objectKey } from '../../../src/core/ids.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { waitOf, type Waits } from '../../facts/logs/waits.ts';
import { circlesOf, mayCircle } from '../../facts/pods/circles.ts';
import { livePods } from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { PROBE_STORY } from '../../facts/probes/story.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'pod/circular-wait',
  layer: 'pod',
  title: 'Pods that wait for each other',
  role: 'cause',
  // Whose pods stand behind what a pod waits for only Services tell.
  needs: ['list:pods', 'list:services', 'logs'],
  uses: [...new Set([...WORKLOADS, ...PROBE_STORY, 'list:discovery.k8s.io/endpointslices'] as const)].filter(
    (need) => need !== 'list:pods',
  ),
  explain: {
    rule:
      'A Service answers only once a pod behind it is Ready. Pods that do not start before a Service answers, behind which only ' +
      'pods stand that wait for them in turn, never start: init containers that wait, or programs that die of it. So is a pod ' +
      'of a StatefulSet that is not Ready before it has found a later one, which is made only after it (podManagementPolicy ' +
      'OrderedReady), or a name that is published only once its pod is Ready (publishNotReadyAddresses is not set). Found after a minute.',
    notConfusedWith: [
      'pods that run and complain of each other: what ails them is something else',
      'a program whose last words are of a fault of its own',
      'time-outs: a Service without a ready endpoint refuses',
      'a Service behind which another pod stands',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#understanding-init-containers',
      'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees',
      'https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/',
    ],
  },
  explains: ['pod/dependency-unreachable', 'pod/crash-loop', 'pod/not-ready', 'service/no-endpoints'],
  run(facts) {
    const waits = waitsOf(facts);
    const circles = circlesOf(facts, waits);
    const within = new Set(circles.flatMap(({ involves }) => involves.map(objectKey)));
    return [
      ...circles.map((finding): Judged => ({ outcome: 'fail', finding })),
      ...[...waits.keys()].filter(({ ref }) => !within.has(objectKey(ref))).map(passOf),
    ];
  },
};
export default check;

function passOf({ ref }: PodFact): Judged {
  return { outcome: 'pass', object: ref, because: 'what it waits for does not wait for it' };
}

/** Of pods that live and are not well: who waits for what. */
function waitsOf(facts: Facts): Map<PodFact, Waits> {
  const troubled = facts.troubledPods();
  const waits = new Map<PodFact, Waits>();
  for (const pod of livePods(facts)) {
    const answer = troubled.has(pod.id) && mayCircle(facts, pod) ? waitOf(facts, pod) : undefined;
    if (answer !== undefined && 'bad' in answer) waits.set(pod, answer.bad);
  }
  return waits;
}
