/** Pods that get no network: sandboxes that cannot be made, a network plugin that is not there. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import type { Facts } from '../../facts/facts.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import type { EventRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/cni',
  layer: 'platform',
  title: 'Node that gives its pods no network',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: ['list:events'],
  explain: {
    rule:
      'Before a pod can start, the runtime makes its sandbox and the network plugin gives it an address; when that fails the ' +
      'kubelet says FailedCreatePodSandBox and tries again. Found when a pod still waits and was told so, when a node says ' +
      'NetworkUnavailable, or when its kubelet says that the network plugin is not initialized.',
    notConfusedWith: [
      'a pod that got its address at a later try',
      'a node that joined within the last minute, whose plugin is still being laid out',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
      'https://kubernetes.io/docs/tasks/administer-cluster/migrating-from-dockershim/troubleshooting-cni-plugin-related-errors/',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'object' },
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'service/no-endpoints', sharing: 'object' },
    { check: 'platform/node-not-ready', sharing: 'object' },
  ],
  run(facts) {
    const failed = waitingPods(facts);
    return nodesOf(facts).map((node) => judge(facts, node, failed.get(node.name) ?? []));
  },
};
export default check;

interface Waiting {
  readonly pod: PodFact;
  readonly event: EventRow;
}

/** Pods without an address whose sandbox was refused, by node. */
function waitingPods(facts: Facts): Map<string, Waiting[]> {
  const found = new Map<string, Waiting[]>();
  const seen = new Set<number>();
  for (const event of facts.eventsOf(['FailedCreatePodSandBox']).toReversed()) {
    const pod = facts.pods.named(event.namespace ?? '', event.involved_name ?? '');
    if (
      pod?.node === undefined ||
      pod.ended ||
      pod.terminating ||
      pod.phase !== 'Pending' ||
      pod.ip !== undefined
    )
      continue;
    if (seen.has(pod.id)) continue;
    seen.add(pod.id);
    const list = found.get(pod.node);
    if (list) list.push({ pod, event });
    else found.set(pod.node, [{ pod, event }]);
  }
  return found;
}

const NOT_INITIALIZED =
  /cni plugin not initialized|network plugin is not ready|NetworkPluginNotReady|NetworkReady=false/i;

function judge(facts: Facts, node: NodeFact, waiting: readonly Waiting[]): Judged {
  const unavailable = node.conditions.find(
    ({ type, status }) => type === 'NetworkUnavailable' && status === 'True',
  );
  const uninitialized = node.conditions.find(
    ({ type, status, message }) =>
      type === 'Ready' && status !== 'True' && NOT_INITIALIZED.test(message ?? ''),
  );
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < 60_000_000;
  const bad = [unavailable, uninitialized].filter((condition) => condition !== undefined);
  if ((waiting.length === 0 && bad.length === 0) || young)
    return {
      outcome: 'pass',
      object: node.ref,
      because: 'no pod of it waits for its sandbox, and its network is said to be there',
    };
  const [first] = waiting;
  const said = first?.event.message ?? bad[0]?.message ?? '';
  const firsts = [
    ...waiting.flatMap(({ event }) => event.first_at ?? event.last_at ?? []),
    ...bad.flatMap(({ last_transition_at }) => last_transition_at ?? []),
  ];
  const finding: CheckFinding = {
    severity: 'critical',
    confidence: 'certain',
    object: node.ref,
    summary: `Node ${node.name} gives ${waiting.length === 0 ? 'its pods' : plural(waiting.length, 'pod')} no network: ${reasonOf(said)}`,
    detail: oneLine(said).slice(0, 800),
    evidence: [
      ...waiting.slice(0, 3).map(({ event }) => eventEvidence(facts, event)),
      ...bad.map(({ type, status, reason, message }) =>
        fieldEvidence(facts, node, `status.conditions[type=${type}]`, { status, reason, message }),
      ),
    ],
    since: sinceBetween(
      undefined,
      firsts.length === 0 ? facts.clock.startedAt : Math.min(...firsts),
      'the first that is known of it',
    ),
    involves: waiting.slice(0, 50).map(({ pod }) => pod.ref),
    remedy: {
      summary:
        'See whether the network plugin runs on the node, and its configuration lies in /etc/cni/net.d.',
      confirm: [
        kubectl(undefined, 'describe', 'node', node.name),
        ...(first === undefined ? [] : [kubectl(first.pod.namespace, 'describe', 'pod', first.pod.name)]),
      ],
      mend: [],
    },
  };
  return { outcome: 'fail', finding };
}

/** The part of the runtime's words that tells: what comes after the sandbox's id. */
function reasonOf(message: string): string {
  const cut =
    /failed to setup network for sandbox "[0-9a-f]+": (.*)/s.exec(message) ??
    /rpc error: code = \w+ desc = (.*)/s.exec(message);
  return oneLine(cut?.[1] ?? message).slice(0, 240);
}
