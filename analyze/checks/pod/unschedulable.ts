/** Pods that no node takes, with the scheduler's message split into its reasons and each node looked at. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { matchesSet } from '../../../src/k8s/labels.ts';
import { CLAIMS, unboundClaims } from '../../facts/pods/claims.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { ConditionRow } from '../../facts/object-rows.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  podsThat,
  severityOf,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isScaleUp, sayOfNodes } from '../../facts/pods/new-nodes.ts';
import { waitsForItself, type SelfWait } from '../../facts/pods/surge.ts';
import { preemptionOf, type Preemption } from '../../facts/pods/preempted.ts';
import { awaitedClaims } from '../../facts/pods/unscheduled.ts';
import { parseUnfit, type Unfit } from '../../facts/pods/scheduler-words.ts';
import { barredNodes, heldNodes, nodeByNode } from '../../facts/pods/unfit-nodes.ts';
import { fields, integer, items, text, type Fields } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/**
 * The reasons of PodScheduled False (pkg/scheduler/schedule_one.go), and how old one must be. A pod that was made a moment ago
 * may wait for what is just being made: a volume, a node's label. An error, of a plugin or of binding, may be gone at the next
 * try.
 */
const SETTLED: Readonly<Record<string, number>> = { Unschedulable: 5 * SECOND, SchedulerError: MINUTE };

const check: Check = {
  id: 'pod/unschedulable',
  layer: 'pod',
  title: 'Pod that no node takes',
  role: 'cause',
  needs: ['list:pods'],
  uses: [
    ...WORKLOADS,
    ...CLAIMS,
    'list:events',
    'list:nodes',
    'list:services',
    'list:discovery.k8s.io/endpointslices',
  ],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'The scheduler sets condition PodScheduled to False with reason Unschedulable when no node passes its filters, and ' +
      'says how many nodes each filter sent away, and what preemption would bring. It tries again when something changes. ' +
      'While it waits for a volume to be made on the node that it has chosen, only the claim says so. ' +
      'A pod of lower priority may have lost its place to one of higher: the Event Preempted of the victim names it. ' +
      'A scheduler other than the default one may set no condition, and say so by the Event FailedScheduling alone. ' +
      'With reason SchedulerError it failed itself, for a minute or longer: a volume, for one, was not made within ten minutes.',
    notConfusedWith: [
      'a pod for which an autoscaler is making a node, for five minutes at most, while no Service has lost its endpoints',
      'a pod with scheduling gates: it is held back on purpose',
      'a pod bound to a node whose kubelet does not start it',
      'a pod of negative priority behind no Service, which waits for room on purpose: it keeps room for others',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/',
      'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/',
      'https://kubernetes.io/docs/tasks/administer-cluster/node-overprovisioning/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/types.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/preemption/executor.go',
    ],
  },
  explains: ['pod/not-ready', 'service/no-endpoints'],
  run(facts) {
    return judgePods(
      facts,
      livePods(facts),
      (pod) => unfitOf(facts, pod),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

function unfitOf(facts: Facts, pod: PodFact): PodAnswer<ConditionRow> {
  if (pod.phase !== 'Pending' || pod.node !== undefined) return { fine: 'it has a node' };
  const condition = facts.conditions(pod).find(({ type }) => type === 'PodScheduled');
  if (condition === undefined) return turnedAwayByEvent(facts, pod) ?? waitsForVolume(facts, pod);
  const least = condition.status === 'False' ? SETTLED[condition.reason ?? ''] : undefined;
  if (least === undefined) return { fine: 'the scheduler has not turned it away' };
  const age = facts.clock.endedAt - (condition.last_transition_at ?? 0);
  if (age < least) return { fine: 'it was turned away only this moment' };
  if (keepsRoom(facts, pod, condition))
    return { fine: 'its priority is negative and no Service selects it: it waits for room on purpose' };
  return isScaleUp(facts, pod) ? { fine: 'a node is being made for it' } : { bad: condition };
}

/** Placeholders, which any other pod may push out, fill what is free: that nothing is free is no fault of theirs. */
function keepsRoom(facts: Facts, pod: PodFact, { message }: ConditionRow): boolean {
  const priority = integer(fields(facts.body(pod)['spec'])['priority']) ?? 0;
  return (
    priority < 0 &&
    parseUnfit(message ?? '').reasons.some(({ kind }) => kind === 'resources' || kind === 'pods') &&
    facts.coverage('services', pod.namespace).known &&
    !facts.services
      .in(pod.namespace)
      .some(({ selector }) => selector !== undefined && matchesSet(selector, pod.labels))
  );
}

/** Schedulers other than Kubernetes' own (Fargate's, for one, which does not try again) say by an Event alone that they have no place. */
function turnedAwayByEvent(facts: Facts, pod: PodFact): PodAnswer<ConditionRow> | undefined {
  const told = facts.events(pod.ref).findLast(({ reason }) => reason === 'FailedScheduling');
  const at = told?.first_at ?? told?.last_at ?? undefined;
  if (told === undefined || at === undefined || facts.clock.endedAt - at < MINUTE) return undefined;
  return {
    bad: {
      type: 'PodScheduled',
      status: 'absent',
      reason: null,
      message: told.message,
      last_transition_at: at,
    },
  };
}

/** A node is chosen and says so on the claim only; what makes volumes takes seconds, a minute or two at most. */
const MAKING = 3 * MINUTE;

function waitsForVolume(facts: Facts, pod: PodFact): PodAnswer<ConditionRow> {
  const age = facts.clock.endedAt - (pod.createdAt ?? facts.clock.endedAt);
  if (age < MAKING || awaitedClaims(facts, pod).length === 0)
    return { fine: 'the scheduler has not turned it away' };
  return {
    bad: {
      type: 'PodScheduled',
      status: 'absent',
      reason: null,
      message: 'a node is chosen, and a volume is still to be made there',
      last_transition_at: pod.createdAt ?? null,
    },
  };
}

function findingOf(facts: Facts, struck: Struck<ConditionRow>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const unfit = parseUnfit(bad.message ?? '');
  const body = facts.body(pod);
  const events = facts
    .events(pod.ref)
    .filter(({ reason }) => /^(?:FailedScheduling|NotTriggerScaleUp|FailedScaleUp)$/.test(reason ?? ''));
  const nodes = nodeByNode(facts, body, unfit);
  const barred = barredNodes(facts, body, unfit);
  const claims = unboundClaims(facts, struck.namespace, body);
  const lost = preemptionOf(facts, pod);
  const itself = ownPlace(facts, pod, unfit);
  const waits = claims[0] === undefined ? '' : ` (${claims[0].words})`;
  return {
    severity: severityOf(facts, struck),
    confidence: 'certain',
    object: struck.ref,
    summary:
      bad.reason === 'Unschedulable'
        ? `${podsThat(struck, 'finds', 'find')} no node${lost === undefined ? '' : ` since it was preempted by ${lost.words}`}: ${reasonsOf(unfit, bad)}${waits}`
        : `${podsThat(struck, 'is', 'are')} not bound to a node: ${reasonsOf(unfit, bad)}${waits}`,
    detail: [
      ...claims.map(({ words }) => `${words}.`),
      ...nodes,
      ...(unfit.preemption === undefined ? [] : [`Preemption: ${oneLine(unfit.preemption)}`]),
      sayOfNodes(facts, pod),
      ...(itself === undefined ? [] : [itself.words]),
      affected(struck),
    ]
      .filter((words) => words !== '')
      .join(' '),
    evidence: [
      ...struck.seen.slice(0, 3).map(({ pod: one, bad: condition }) =>
        fieldEvidence(facts, one, 'status.conditions[PodScheduled]', {
          status: condition.status,
          reason: condition.reason,
          message: condition.message,
        }),
      ),
      ...claims.slice(0, 2).flatMap(({ evidence }) => evidence),
      ...(lost === undefined ? [] : lost.evidence),
      ...(itself === undefined ? [] : itself.evidence),
      ...wanted(body).map(([path, value]) => fieldEvidence(facts, pod, path, value)),
      ...barred.slice(0, 3).map(({ node, path, value }) => fieldEvidence(facts, node, path, value)),
      ...events.slice(-2).map((event) => eventEvidence(facts, event)),
    ],
    since: sinceFirst(
      struck,
      struck.seen.map(({ bad: condition }) => condition.last_transition_at),
      'transition of the condition PodScheduled',
    ),
    involves: [...involved(struck), ...heldNodes(facts, body, unfit)],
    remedy: {
      summary: itself?.remedy.summary ?? remedyOf(unfit, lost),
      confirm: [
        kubectl(struck.namespace, 'describe', 'pod', pod.name),
        ...(lost === undefined
          ? [kubectl(undefined, 'describe', 'nodes')]
          : [
              kubectl(undefined, 'describe', 'node', lost.node),
              kubectl(lost.by.namespace, 'describe', 'pod', lost.by.name),
            ]),
      ],
      mend: itself?.remedy.mend ?? barred.slice(0, 3).map(({ mend }) => mend),
    },
  };
}

/** What the pod waits for may be held by its own workload: a host port, the distance from its like, a volume for one pod alone. */
function ownPlace(facts: Facts, pod: PodFact, { reasons }: Unfit): SelfWait | undefined {
  const own = reasons.some(
    ({ kind, text: said }) =>
      kind === 'ports' || /anti-affinity/.test(said) || /ReadWriteOncePod|already in-use/.test(said),
  );
  return own ? waitsForItself(facts, facts.workloads.top(pod)) : undefined;
}

function reasonsOf(unfit: Unfit, condition: ConditionRow): string {
  if (unfit.reasons.length === 0) return oneLine(condition.message ?? 'no reason given').slice(0, 200);
  const of = unfit.nodes === undefined ? '' : ` of ${unfit.nodes}`;
  return unfit.reasons
    .map(({ count, text: said }) => (count === undefined ? said : `${count}${of} ${said}`))
    .join('; ')
    .slice(0, 300);
}

const REMEDIES: Readonly<Record<Unfit['reasons'][number]['kind'], string>> = {
  resources: 'Ask for less, or add nodes that have it.',
  pods: 'The nodes hold as many pods as they may: add nodes or raise maxPods.',
  taint: 'Tolerate the taint, or remove it from the nodes that are meant.',
  affinity: 'Correct the nodeSelector or node affinity, or label the nodes that are meant.',
  'pod-affinity': 'Relax the (anti-)affinity between pods, or add nodes.',
  spread: 'Relax the topology spread constraint, or add nodes in the zone that lacks them.',
  volume: 'Look at the claim: it must exist, be bound, and be reachable from a node that fits.',
  ports: 'The host port is taken on every node: free it or choose another.',
  cordoned: 'Uncordon a node.',
  claims:
    'Look at the ResourceClaim and its DeviceClass: a device that fits must be free on a node, and its driver run there.',
  'no-nodes': 'The cluster has no node: add some.',
  other: 'Read what the scheduler says of each node.',
};

function remedyOf(unfit: Unfit, lost: Preemption | undefined): string {
  if (lost !== undefined)
    return 'Give its pods a PriorityClass that is not below that of what preempts them, let that ask for less, or add nodes.';
  return (
    [...new Set(unfit.reasons.map(({ kind }) => REMEDIES[kind]))].slice(0, 3).join(' ') || REMEDIES.other
  );
}

/** What the pod asks of a node. */
function wanted(pod: Fields): Array<[string, unknown]> {
  const spec = fields(pod['spec']);
  const requests = items(spec['containers']).map(({ name, resources }): [string, unknown] => [
    `spec.containers[${text(name) ?? ''}].resources.requests`,
    fields(resources)['requests'],
  ]);
  return [
    ['spec.nodeSelector', spec['nodeSelector']] as [string, unknown],
    ['spec.affinity.nodeAffinity', fields(spec['affinity'])['nodeAffinity']] as [string, unknown],
    ...requests,
  ].filter(([, value]) => value !== undefined && value !== null);
}
