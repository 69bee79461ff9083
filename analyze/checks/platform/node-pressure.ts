/** A node short of memory, disk or process ids, and what it evicted for that. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceAt, sinceBetween } from '../../facts/evidence.ts';
import type { Facts } from '../../facts/facts.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import type { ConditionRow, EventRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { groupBy } from '../../facts/read.ts';
import { evictionOf, storageLimitIn } from '../../facts/pods/storage-limits.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const PRESSURES = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure']);

const check: Check = {
  id: 'platform/node-pressure',
  layer: 'platform',
  title: 'Node under pressure of memory, disk or process ids',
  role: 'cause',
  needs: ['list:nodes'],
  uses: ['list:pods', 'list:events'],
  explain: {
    rule:
      'A kubelet that runs short sets MemoryPressure, DiskPressure or PIDPressure, taints its node so that pods are kept ' +
      'away, and evicts pods (phase Failed, reason Evicted) until it has room. Found when one of these conditions is True.',
    notConfusedWith: [
      'evictions of a pressure that is over: the condition is False again',
      'pods evicted through the API by a drain, and containers killed at their own limit (OOMKilled)',
      'pods evicted for a limit of their own on local storage: pod/storage-limit',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/',
      'https://kubernetes.io/docs/reference/node/node-status/#condition',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'service/no-endpoints', sharing: 'hosts' },
    { check: 'platform/node-not-ready', sharing: 'object' },
    { check: 'pod/unschedulable', sharing: 'object' },
  ],
  run(facts) {
    const on = groupBy(
      facts.pods.all.filter((pod) => isEvictedForNode(facts, pod)),
      (pod) => pod.node,
    );
    return nodesOf(facts).map((node) => {
      const pressed = node.conditions.filter(({ type, status }) => PRESSURES.has(type) && status === 'True');
      return pressed.length === 0
        ? { outcome: 'pass', object: node.ref, because: 'none of its pressure conditions is True' }
        : ({
            outcome: 'fail',
            finding: findingOf(facts, node, pressed, on.get(node.name) ?? []),
          } satisfies Judged);
    });
  },
};
export default check;

/** One that held more than a limit of its own on local storage was not evicted for its node. */
function isEvictedForNode(facts: Facts, pod: PodFact): boolean {
  // Of the many that live no body is read.
  const message = pod.ended ? evictionOf(pod, facts.body(pod)) : undefined;
  return message !== undefined && storageLimitIn(message) === undefined;
}

function messageOf(facts: Facts, pod: PodFact): string {
  return oneLine(evictionOf(pod, facts.body(pod)) ?? '');
}

/**
 * What the kubelet says of an eviction: which resource was low, and which containers used more of it than they asked for
 * (nodeLowMessageFmt, containerMessageFmt in pkg/kubelet/eviction/helpers.go). One that names a container tells the most; what
 * was only turned away (`Pod was rejected`) the least.
 */
function wordsOf(facts: Facts, evicted: readonly PodFact[]): string {
  const said = evicted.map((pod) => ({ pod, message: messageOf(facts, pod) }));
  const one =
    said.find(({ message }) => message.includes(' was using ')) ??
    said.find(({ message }) => message.includes('low on resource')) ??
    said[0];
  if (one === undefined || one.message === '') return '';
  return ` Of ${one.pod.namespace}/${one.pod.name} the kubelet says "${one.message.slice(0, 300)}".`;
}

function findingOf(
  facts: Facts,
  node: NodeFact,
  pressed: readonly ConditionRow[],
  evicted: readonly PodFact[],
): CheckFinding {
  const turned = pressed.flatMap(({ last_transition_at }) => last_transition_at ?? []);
  const events: EventRow[] = facts
    .events(node.ref)
    .filter(({ reason }) =>
      /^(?:EvictionThresholdMet|NodeHas\w*Pressure|FreeDiskSpaceFailed|ImageGCFailed)$/.test(reason ?? ''),
    );
  const kinds = pressed.map(({ type }) => type).join(' and ');
  return {
    severity: 'critical',
    confidence: 'certain',
    object: node.ref,
    summary: `Node ${node.name} is under ${kinds}${evicted.length === 0 ? '' : `, and ${plural(evicted.length, 'pod')} ${evicted.length === 1 ? 'was' : 'were'} evicted`}`,
    detail: `${oneLine(pressed[0]?.message ?? '')}. New pods are kept away from it.${wordsOf(facts, evicted)}`,
    evidence: [
      ...pressed.map(({ type, status, reason, message }) =>
        fieldEvidence(facts, node, `status.conditions[type=${type}]`, { status, reason, message }),
      ),
      ...evicted.slice(0, 3).map((pod) =>
        fieldEvidence(facts, pod, 'status.reason', 'Evicted', {
          text: messageOf(facts, pod).slice(0, 300),
        }),
      ),
      ...events.slice(-2).map((event) => eventEvidence(facts, event)),
    ],
    since:
      turned.length === 0
        ? sinceBetween(undefined, facts.clock.startedAt, 'it was so when the capture began')
        : sinceAt(Math.min(...turned), 'inferred', 'the transition of the condition'),
    involves: evicted.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary:
        'Find what uses it up (a pod without a limit, logs, images), and free or add what the node lacks.',
      confirm: [kubectl(undefined, 'describe', 'node', node.name)],
      mend: [],
    },
  };
}
