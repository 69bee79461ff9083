/** A node whose kubelet does not report, or reports that it is not well. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { MINUTE, SECOND, formatTime } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceAt, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  isDrained,
  isShutDownUnmissed,
  leaseOf,
  nodesOf,
  type LeaseFact,
  type NodeFact,
} from '../../facts/nodes.ts';
import { NODE_LEASES } from '../../facts/logs/database.ts';
import type { ConditionRow } from '../../facts/object-rows.ts';
import { groupBy } from '../../facts/read.ts';
import type { PodFact } from '../../facts/pods.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/node-not-ready',
  layer: 'platform',
  title: 'Node that is not Ready, or has fallen silent',
  role: 'cause',
  needs: ['list:nodes'],
  uses: [...WORKLOADS, 'list:coordination.k8s.io/leases', 'list:events', 'list:pods', 'health'],
  explain: {
    rule:
      'A kubelet renews its Lease in kube-node-lease every ten seconds or so; once it is silent for longer than the node ' +
      'controller grants (50 s, 40 s before 1.32) Ready turns Unknown, and its endpoints are taken out only then. Found when ' +
      'Ready is False or Unknown, or the Lease was older than its own leaseDurationSeconds when it was listed, by the ' +
      "cluster's clock.",
    notConfusedWith: [
      'a node cordoned on purpose: it takes no new pods and goes on serving',
      'a node that joined within the last minute, or is being deleted',
      'a node that was cordoned and drained before it was switched off: nothing but DaemonSets is left on it',
      'a node that was shut down in good order (a spot machine taken back), and whose pods are Ready elsewhere',
      'nodes without a kubelet of their own (virtual-kubelet), which may have no Lease',
      'Leases that nobody can renew because the API server does not reach etcd: platform/control-plane',
      'a Lease that was listed long before the capture ended',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/node/node-status/#condition',
      'https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'service/no-endpoints', sharing: 'hosts' },
    { check: 'platform/cni', sharing: 'object' },
    { check: 'pod/unschedulable', sharing: 'object' },
  ],
  run(facts) {
    const on = groupBy(facts.pods.all, (pod) => pod.node);
    return nodesOf(facts).map((node) => judge(facts, node, on.get(node.name) ?? []));
  },
};
export default check;

const MARGIN = 2 * SECOND;

function judge(facts: Facts, node: NodeFact, pods: readonly PodFact[]): Judged {
  const ready = node.conditions.find(({ type }) => type === 'Ready');
  const lease = leaseOf(facts, NODE_LEASES, node.name);
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  const silent = lease?.age !== undefined && lease.age > lease.duration + MARGIN;
  const down = ready !== undefined && ready.status !== 'True';
  const pass = (because: string): Judged => ({ outcome: 'pass', object: node.ref, because });
  if (young || node.deleting) return pass('it has just joined, or is going');
  if (!silent && !down)
    return pass(node.cordoned ? 'it is cordoned, and Ready' : 'it is Ready and renews its Lease');
  if (isDrained(node, pods)) return pass('it was cordoned and drained before');
  if (isShutDownUnmissed(facts, node, pods)) return pass('it was shut down, and its pods are elsewhere');
  return { outcome: 'fail', finding: findingOf(facts, node, ready, silent ? lease : undefined, lease, pods) };
}

/** Workloads first, each with its pods; what is meant to be on every node comes last. */
function hostedBy(facts: Facts, pods: readonly PodFact[]): string {
  const living = pods.filter(({ ended }) => !ended);
  const groups = groupBy(living, (pod) => {
    const { kind, namespace = '', name } = (facts.workloads.top(pod) ?? pod).ref;
    return `${kind} ${namespace}/${name}`;
  });
  const names = [...groups]
    .toSorted(([a], [b]) => Number(a.startsWith('DaemonSet ')) - Number(b.startsWith('DaemonSet ')))
    .map(([name, { length }]) => (length === 1 ? name : `${name} (${length})`));
  const shown = names.slice(0, 6).join(', ');
  const more = names.length > 6 ? ` and ${names.length - 6} more` : '';
  return `${plural(living.length, 'pod')} ${living.length === 1 ? 'is' : 'are'} bound to it${shown === '' ? '' : `: ${shown}${more}`}.`;
}

/** What the node controller has set in motion: pods sent away after their toleration (300 s by default) go only with the kubelet. */
function evictedFrom(pods: readonly PodFact[]): string {
  const leaving = pods.filter(({ terminating, ended }) => terminating && !ended);
  return leaving.length === 0
    ? ''
    : ` ${plural(leaving.length, 'pod')} ${leaving.length === 1 ? 'was' : 'were'} told to go and ${leaving.length === 1 ? 'stays' : 'stay'} Terminating until the kubelet is back or the node is deleted.`;
}

const NODE_TAINTS = /^node\.kubernetes\.io\/(?:not-ready|unreachable|out-of-service)$/;

function findingOf(
  facts: Facts,
  node: NodeFact,
  ready: ConditionRow | undefined,
  silent: LeaseFact | undefined,
  lease: LeaseFact | undefined,
  pods: readonly PodFact[],
): CheckFinding {
  const down = ready !== undefined && ready.status !== 'True';
  const turned = ready?.last_transition_at ?? undefined;
  const events = facts
    .events(node.ref)
    .filter(({ reason }) => /^Node(?:NotReady|Unreachable)|^KubeletNotReady/.test(reason ?? ''));
  const said = down
    ? `Ready is ${ready.status}: ${oneLine(ready.message ?? ready.reason ?? '').slice(0, 200)}`
    : `its kubelet last renewed its Lease ${silent === undefined ? '' : `${Math.round((silent.age ?? 0) / SECOND)} s before it was listed, and grants ${silent.duration / SECOND} s`}`;
  return {
    severity: 'critical',
    confidence: down ? 'certain' : 'likely',
    object: node.ref,
    summary: `Node ${node.name} ${down ? 'is not Ready' : 'has fallen silent'}: ${said}`,
    detail: `${hostedBy(facts, pods)}${evictedFrom(pods)}${down ? '' : ' Until Ready turns Unknown its endpoints stay in use.'}`,
    evidence: [
      ...(ready === undefined
        ? []
        : [
            fieldEvidence(facts, node, 'status.conditions[type=Ready]', {
              status: ready.status,
              reason: ready.reason,
              message: ready.message,
            }),
          ]),
      ...(lease === undefined
        ? []
        : [
            fieldEvidence(facts, lease.object, 'spec.renewTime', formatTime(lease.renewedAt)),
            fieldEvidence(facts, lease.object, 'spec.leaseDurationSeconds', lease.duration / SECOND),
          ]),
      ...node.taints
        .filter((key) => NODE_TAINTS.test(key))
        .slice(0, 2)
        .map((key) => fieldEvidence(facts, node, 'spec.taints[].key', key)),
      ...events.slice(-1).map((event) => eventEvidence(facts, event)),
    ],
    // What the node did last bounds it below: its Lease was renewed then.
    since:
      silent !== undefined
        ? sinceBetween(
            silent.renewedAt,
            down ? turned : silent.renewedAt + silent.duration,
            'the last renewal of its Lease',
          )
        : turned === undefined
          ? sinceBetween(undefined, facts.clock.startedAt, 'it was so when the capture began')
          : sinceAt(turned, 'inferred', 'the transition of the condition Ready'),
    involves: [],
    remedy: {
      summary: 'See whether the machine, its kubelet, its container runtime and its network are up.',
      confirm: [kubectl(undefined, 'describe', 'node', node.name)],
      mend: [],
    },
  };
}
