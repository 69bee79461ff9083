/** Pods that get no network: sandboxes that cannot be made, a network plugin that is not there. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import type { ConditionRow, EventRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { groupBy } from '../../facts/read.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import { isOfNetwork, isOutOfAddresses, networkFaultOf, reasonIn } from '../../facts/pods/sandbox-words.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/cni',
  layer: 'platform',
  title: 'Node that gives its pods no network',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: [...WORKLOADS, 'list:events'],
  explain: {
    rule:
      'Before a pod can start, the runtime makes its sandbox and the network plugin gives it an address; when that fails the ' +
      'kubelet says FailedCreatePodSandBox and tries again. Found when a pod still waits and was told so lately, when a node ' +
      'says NetworkUnavailable, when its kubelet says that the network plugin is not initialized, or when its pod of a known ' +
      "network plugin (Calico, Cilium, Flannel, the clouds' own, …) has not been Ready for a minute.",
    notConfusedWith: [
      'a pod that got its address at a later try',
      'failures that ended, on a node that has given addresses since',
      'a node that joined within the last minute, whose plugin is still being laid out',
      "sandboxes that the runtime cannot make for reasons of its own (the sandbox's image, a cgroup, a runtime class): pod/not-started",
      'a network plugin whose pod starts, goes, or is on a node that is down itself',
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
    { check: 'pod/unschedulable', sharing: 'object' },
  ],
  run(facts) {
    const failed = waitingPods(facts);
    const plugins = groupBy(facts.pods.all.filter(isPlugin), ({ node }) => node);
    return nodesOf(facts).map((node) =>
      judge(facts, node, {
        waiting: failed.get(node.name) ?? [],
        plugin: isLost(node) ? undefined : plugins.get(node.name)?.find((pod) => isUnready(facts, pod)),
      }),
    );
  },
};
export default check;

/** DaemonSets of network plugins, by the names that their own manifests and the clouds give them. */
const PLUGINS = new Set([
  'anetd',
  'antrea-agent',
  'aws-node',
  'azure-cns',
  'calico-node',
  'canal',
  'cilium',
  'kindnet',
  'kube-flannel',
  'kube-flannel-ds',
  'kube-multus-ds',
  'kube-ovn-cni',
  'kube-router',
  'multus',
  'ovnkube-node',
  'rke2-canal',
  'terway-eniip',
  'weave-net',
]);

function isPlugin({ owner, ended, terminating }: PodFact): boolean {
  return owner?.kind === 'DaemonSet' && PLUGINS.has(owner.name) && !ended && !terminating;
}

function isUnready(facts: Facts, pod: PodFact): boolean {
  return (
    pod.ready !== 'True' && !isStarting(facts, pod) && facts.clock.endedAt - unreadySince(facts, pod) > MINUTE
  );
}

function unreadySince(facts: Facts, pod: PodFact): number {
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
  return turned ?? pod.createdAt ?? 0;
}

/** Nobody hears from it: whatever its pods say is old. */
function isLost({ conditions }: NodeFact): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown');
}

/** What speaks against a node's network, beside its own conditions. */
interface Seen {
  readonly waiting: readonly Waiting[];
  /** The plugin's own pod there, when it is not Ready. */
  readonly plugin: PodFact | undefined;
}

interface Waiting {
  readonly pod: PodFact;
  readonly event: EventRow;
}

/** An Event that goes on is written again every five minutes at least (client-go/tools/record, its spam filter). */
const LATELY = 10 * MINUTE;

/** Pods without an address whose sandbox was refused lately, by node. */
function waitingPods(facts: Facts): Map<string, Waiting[]> {
  const found = new Map<string, Waiting[]>();
  const seen = new Set<number>();
  const served = lastServed(facts);
  for (const event of facts.eventsOf(['FailedCreatePodSandBox']).toReversed()) {
    const pod = facts.pods.named(event.namespace ?? '', event.involved_name ?? '');
    if (
      facts.clock.endedAt - (event.last_at ?? 0) > LATELY ||
      pod?.node === undefined ||
      pod.ended ||
      pod.terminating ||
      pod.phase !== 'Pending' ||
      pod.ip !== undefined ||
      !isOfNetwork(event.message ?? '') ||
      isMended(event, served.get(pod.node), facts.clock.endedAt)
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

/** When the youngest pod with an address was made, by node: the network was there then. */
function lastServed(facts: Facts): ReadonlyMap<string, number> {
  const served = new Map<string, number>();
  for (const { node, ip, hostNetwork, createdAt = 0 } of facts.pods.all) {
    if (node === undefined || ip === undefined || hostNetwork) continue;
    served.set(node, Math.max(served.get(node) ?? 0, createdAt));
  }
  return served;
}

/**
 * The kubelet tries again every quarter of a minute at the most, and each try is an Event until the spam filter (25 in a
 * row) lets one through in five minutes. One that has been silent for longer, on a node where a pod that came later got its
 * address, tells of what is over: the pod only waits for its next try.
 */
function isMended(
  { last_at, count, message }: EventRow,
  served: number | undefined,
  endedAt: number,
): boolean {
  if (served === undefined || last_at === null || served <= last_at || isOutOfAddresses(message ?? ''))
    return false;
  return endedAt - last_at > (count < 20 ? MINUTE : 6 * MINUTE);
}

const NOT_INITIALIZED =
  /cni plugin not initialized|network plugin is not ready|NetworkPluginNotReady|NetworkReady=false/i;

function judge(facts: Facts, node: NodeFact, seen: Seen): Judged {
  const { waiting, plugin } = seen;
  const unavailable = node.conditions.find(
    ({ type, status }) => type === 'NetworkUnavailable' && status === 'True',
  );
  const uninitialized = node.conditions.find(
    ({ type, status, message }) =>
      type === 'Ready' && status !== 'True' && NOT_INITIALIZED.test(message ?? ''),
  );
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  const bad = [unavailable, uninitialized].filter((condition) => condition !== undefined);
  if (young || node.deleting || (waiting.length === 0 && bad.length === 0 && plugin === undefined))
    return {
      outcome: 'pass',
      object: node.ref,
      because: 'no pod of it waits for its sandbox, and its network is said to be there',
    };
  return { outcome: 'fail', finding: findingOf(facts, node, seen, bad) };
}

function findingOf(facts: Facts, node: NodeFact, seen: Seen, bad: readonly ConditionRow[]): CheckFinding {
  const { waiting, plugin } = seen;
  const [first] = waiting;
  const firsts = [
    ...waiting.flatMap(({ event }) => event.first_at ?? event.last_at ?? []),
    ...bad.flatMap(({ last_transition_at }) => last_transition_at ?? []),
    ...(plugin === undefined ? [] : [unreadySince(facts, plugin)]),
  ];
  const daemon = plugin && facts.workloads.top(plugin);
  // A plugin that is unwell leaves what runs as it is: only what comes gets no network.
  const stands = waiting.length > 0 || bad.length > 0;
  return {
    severity: stands ? 'critical' : 'warning',
    confidence: stands ? 'certain' : 'likely',
    object: node.ref,
    summary: `Node ${node.name} ${saidOf(seen, bad)}`,
    detail: [
      oneLine(first?.event.message ?? bad[0]?.message ?? '').slice(0, 800),
      plugin === undefined ? '' : `${nameOf(plugin)} on it is not Ready.`,
    ]
      .filter((text) => text !== '')
      .join(' '),
    evidence: [
      ...waiting.slice(0, 3).map(({ event }) => eventEvidence(facts, event)),
      ...bad.map(({ type, status, reason, message }) =>
        fieldEvidence(facts, node, `status.conditions[type=${type}]`, { status, reason, message }),
      ),
      ...(plugin === undefined
        ? []
        : [fieldEvidence(facts, plugin, 'status.conditions[type=Ready].status', plugin.ready ?? null)]),
    ],
    since: sinceBetween(
      undefined,
      firsts.length === 0 ? facts.clock.startedAt : Math.min(...firsts),
      'the first that is known of it',
    ),
    involves: [
      ...waiting.slice(0, 50).map(({ pod }) => pod.ref),
      ...(plugin === undefined ? [] : [plugin.ref]),
      ...(daemon === undefined ? [] : [daemon.ref]),
    ],
    remedy: {
      summary: networkFaultOf(first?.event.message ?? bad[0]?.message ?? '').remedy,
      confirm: [
        kubectl(undefined, 'describe', 'node', node.name),
        ...[first?.pod, plugin].flatMap((pod) =>
          pod === undefined ? [] : [kubectl(pod.namespace, 'describe', 'pod', pod.name)],
        ),
      ],
      mend: [],
    },
  };
}

function nameOf({ namespace, name }: PodFact): string {
  return `Pod ${namespace}/${name} of the network plugin`;
}

/** What is wrong, after "Node NAME ". */
function saidOf({ waiting, plugin }: Seen, bad: readonly ConditionRow[]): string {
  const message = waiting[0]?.event.message ?? bad[0]?.message ?? '';
  const { means } = networkFaultOf(message);
  const said = `${means === '' ? '' : `${means}: `}${reasonIn(message)}`;
  if (waiting.length > 0) return `gives ${plural(waiting.length, 'pod')} no network: ${said}`;
  if (bad.length > 0) return `gives its pods no network: ${said}`;
  return `has a network plugin that is not Ready${plugin === undefined ? '' : ` (${plugin.namespace}/${plugin.name})`}: new pods may get no network`;
}
