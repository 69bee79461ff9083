/** Pods that were deleted and stay, held by a finalizer, while what made them waits for their name or node. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, SECOND, type Micros } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  nameOf,
  podsThat,
  severityOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import { integer } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** Whoever keeps a finalizer needs a moment to do what it is there for. */
const MOMENT = MINUTE;
/** They make the next pod only when the one before is gone: the name is taken, or the place on the node. */
const WAITING = new Set(['StatefulSet', 'DaemonSet']);

const check: Check = {
  id: 'pod/stuck-terminating',
  layer: 'pod',
  title: 'Deleted pod that a finalizer holds, and whose place is not filled',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:events'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'An object that is deleted stays until metadata.finalizers is empty; whoever put one there takes it away when it is ' +
      'done. A StatefulSet makes the pod of an ordinal, and a DaemonSet that of a node, only when the one before is gone. ' +
      'Found when a pod of theirs has a finalizer a minute after its deletionTimestamp, which has the grace period in it.',
    notConfusedWith: [
      'a pod that ends within its grace period',
      'pods of Deployments, which make others meanwhile, and of Jobs, whose controller takes its finalizer away',
      'a pod without finalizers on a node that is lost: platform/node-not-ready',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/',
      'https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/',
    ],
  },
  explains: ['service/no-endpoints'],
  run: (facts) =>
    judgePods(
      facts,
      facts.pods.all.filter(({ terminating }) => terminating),
      (pod) => heldBy(facts, pod),
      (struck) => findingOf(facts, struck),
    ),
};
export default check;

function heldBy(facts: Facts, pod: PodFact): PodAnswer<readonly string[]> {
  if (!WAITING.has(facts.workloads.top(pod)?.kind ?? ''))
    return { fine: 'what made it does not wait for its end' };
  if (pod.goneBy === undefined || facts.clock.endedAt - pod.goneBy < MOMENT)
    return { fine: 'it is within its grace period, or shortly after' };
  const finalizers = dig(facts.body(pod), 'metadata', 'finalizers');
  const names = Array.isArray(finalizers) ? finalizers.filter((one) => typeof one === 'string') : [];
  return names.length === 0 ? { fine: 'no finalizer holds it' } : { bad: names.map((one) => oneLine(one)) };
}

function findingOf(facts: Facts, struck: Struck<readonly string[]>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  return {
    severity: severityOf(facts, struck),
    confidence: 'certain',
    object: struck.ref,
    summary: `${podsThat(struck, 'was deleted and does', 'were deleted and do')} not go, for the finalizer ${bad.join(', ')}`,
    detail: `${nameOf(struck)} makes no other before it is gone. ${affected(struck)}`,
    evidence: struck.seen
      .slice(0, 3)
      .flatMap((one) => [
        fieldEvidence(facts, one.pod, 'metadata.finalizers', one.bad),
        fieldEvidence(
          facts,
          one.pod,
          'metadata.deletionTimestamp',
          dig(facts.body(one.pod), 'metadata', 'deletionTimestamp'),
        ),
      ]),
    since: sinceBetween(
      Math.min(...struck.seen.map((one) => leftAt(facts, one.pod))),
      Math.min(...struck.seen.flatMap((one) => one.pod.goneBy ?? [])),
      'the first sign of its end; its deletionTimestamp is that of the end of its containers by now',
    ),
    involves: involved(struck),
    remedy: {
      summary:
        'See what should take the finalizer away (the operator or controller whose name it bears), and why it does not. Taking it away by hand skips what it guards.',
      confirm: [kubectl(struck.namespace, 'get', 'pod', pod.name, '-o', 'yaml')],
      mend: [],
    },
  };
}

/**
 * When its end began, with which it left its Services: the kubelet's last delete, once its containers have ended, moves the
 * deletionTimestamp to then. So its Events and its condition are asked too; at the latest its grace period before.
 */
function leftAt(facts: Facts, pod: PodFact): Micros {
  const grace = integer(dig(facts.body(pod), 'spec', 'terminationGracePeriodSeconds')) ?? 30;
  const killed = facts.events(pod.ref).find(({ reason }) => reason === 'Killing')?.first_at;
  const turned = facts.conditions(pod).find(({ type, status }) => type === 'Ready' && status !== 'True');
  return Math.min(
    (pod.goneBy ?? facts.clock.endedAt) - grace * SECOND,
    killed ?? Number.POSITIVE_INFINITY,
    turned?.last_transition_at ?? Number.POSITIVE_INFINITY,
  );
}
