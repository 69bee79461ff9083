/** kube-proxy missing on a node, or failing to write the rules that Services rest on. */
import { MINUTE } from '../../../src/core/time.ts';
import { deathOf } from '../../facts/pods/deaths.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { proxyDaemon, proxyHealth, proxyPods, replacementOf } from '../../facts/platform/kube-proxy.ts';
import { findingOf, type Failing, type Fault, type Seen } from '../../facts/platform/kube-proxy-findings.ts';
import { failingSyncs, unreadKinds } from '../../facts/platform/kube-proxy-words.ts';
import { isLooping } from '../../facts/pods/looping.ts';
import type { PodFact } from '../../facts/pods.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import { groupBy } from '../../facts/read.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/kube-proxy',
  layer: 'platform',
  title: 'Node whose Service rules nobody keeps',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: [...WORKLOADS, 'list:services', 'logs', 'nodes', 'list:configmaps', 'list:events'],
  explain: {
    rule:
      'On each node kube-proxy turns Services and EndpointSlices into rules of the kernel; without it, or while its syncs ' +
      'fail, the rules stay as they were. Found on a node with other pods, where the DaemonSet kube-proxy has no pod, or one ' +
      'that is not Ready or dies each time it is started, where its log says that syncs fail or that it may not read ' +
      'Services, where its own health (port 10256) says that it has stopped syncing, or where nobody answers there while ' +
      'kube-proxy of other nodes does.',
    notConfusedWith: [
      'clusters whose network plugin replaces kube-proxy',
      'a node that joined within the last minute, or that is down itself',
      'a node that the DaemonSet kube-proxy leaves out by its labels or taints: Windows, Fargate, virtual ones',
      'failed syncs, after which others went well: by its own word, or because it tried again and said no more',
      'syncs of IPv6 that fail where no pod has an IPv6 address',
      'watches that broke while the API server was away',
      'a node that is about to go: its kube-proxy says 503 so that load balancers leave it',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/networking/virtual-ips/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/healthcheck/proxy_health.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/iptables/proxier.go',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'pod/crash-loop', sharing: 'hosts' },
    { check: 'pod/dependency-unreachable', sharing: 'hosts' },
  ],
  run(facts) {
    if (replacementOf(facts) !== undefined) return [];
    const pods = proxyPods(facts);
    const meant = proxyDaemon(facts);
    const nodes = nodesOf(facts).map((node) => ({ node, health: proxyHealth(facts, node.name) }));
    const answering = nodes.some(({ health }) => health !== undefined && health.said !== 'refused');
    const on = groupBy(
      facts.pods.all.filter(({ ended, hostNetwork }) => !ended && !hostNetwork),
      (pod) => pod.node,
    );
    const answers = nodes
      .filter(({ node }) => (on.get(node.name) ?? []).length > 0)
      .map(({ node, health }) =>
        judge(facts, {
          node,
          pod: pods.get(node.name)?.[0],
          health,
          meant: meant?.(facts.body(node)),
          answering,
          families: familiesOf(on.get(node.name) ?? []),
        }),
      );
    const failing = answers.filter((one): one is Failing => !('outcome' in one));
    // What ails several alike has one cause: their configuration, image, rights, or what they all ask.
    return [
      ...answers.filter((one): one is Judged => 'outcome' in one),
      ...[...groupBy(failing, ({ fault }) => fault.words.replaceAll(/\d+/g, '0')).values()].map(
        (group): Judged => ({ outcome: 'fail', finding: findingOf(facts, group) }),
      ),
    ];
  },
};
export default check;

/** Those of the pods' first addresses; IPv4 where none has one yet. */
function familiesOf(pods: readonly PodFact[]): ReadonlySet<string> {
  const families = new Set(
    pods.flatMap(({ ip }) => (ip === undefined ? [] : [ip.includes(':') ? 'IPv6' : 'IPv4'])),
  );
  return families.size === 0 ? new Set(['IPv4']) : families;
}

function judge(facts: Facts, seen: Seen): Judged | Failing {
  const { node, pod, health } = seen;
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  // A node whose kubelet is silent leaves all its pods not Ready: that is the node, not its kube-proxy.
  if (young || node.deleting || isDown(node) || pod?.terminating === true) return passOf(node);
  const fault = pod === undefined ? undefined : faultOfPod(facts, seen, pod);
  if (health?.said === 'unhealthy') {
    const by = `a kube-proxy that has not synced its rules since ${health.lastUpdated ?? 'long'}, by its own word`;
    const more = fault?.lines === undefined ? '' : `: ${fault.words.replace(/^a kube-proxy /, 'one ')}`;
    return { seen, fault: { words: `${by}${more}`, lines: fault?.lines ?? [] } };
  }
  if (fault !== undefined) return { seen, fault };
  if (health?.said === 'healthy' || pod !== undefined) return passOf(node);
  return judgeAbsent(seen);
}

/** How much of its log is read: a failed sync may write the rules that it tried. */
const READ_LINES = 200;

function faultOfPod(facts: Facts, seen: Seen, pod: PodFact): Fault | undefined {
  const { health, answering } = seen;
  const { endedAt } = facts.clock;
  const dead = facts.troubled(pod).find((one) => isLooping(one, endedAt));
  if (dead !== undefined) {
    const { words, lines } = deathOf(facts, pod, dead);
    return { words: `a kube-proxy that dies each time it is started: ${words}`, lines, dead };
  }
  const log = facts.logTail(pod, 'kube-proxy', false, READ_LINES);
  const synced = health === undefined || health.said === 'refused' ? new Map() : health.synced;
  const failing = failingSyncs(log, synced, seen.families, endedAt);
  if (failing !== undefined)
    return {
      words: `a kube-proxy whose syncs fail: ${failing.why}`,
      lines: failing.lines,
      ...(synced.size === 0 ? { confidence: 'likely' } : {}),
    };
  const unread = unreadKinds(log, endedAt, health?.said === 'refused');
  if (unread !== undefined)
    return {
      words: `a kube-proxy that cannot read what its rules are made of: ${unread.why}`,
      lines: unread.lines,
    };
  if (health?.said === 'healthy' || isLately(facts, pod)) return undefined;
  if (pod.ready !== 'True') return { words: 'a kube-proxy that is not Ready' };
  return health?.said === 'refused' && answering
    ? {
        words: 'a kube-proxy that runs, and does not answer on its port 10256 as those of other nodes do',
        confidence: 'likely',
      }
    : undefined;
}

/** Its state has changed within the last minute. */
function isLately(facts: Facts, pod: PodFact): boolean {
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  return facts.clock.endedAt - Math.max(turned, pod.createdAt ?? 0) < MINUTE;
}

/** A node without a pod of kube-proxy, which did not say that it is well. */
function judgeAbsent(seen: Seen): Judged | Failing {
  const { node, health, meant, answering } = seen;
  // Windows nodes, those of Fargate and the virtual ones have none, or one that is no pod.
  if (meant === false)
    return { outcome: 'pass', object: node.ref, because: 'the DaemonSet kube-proxy is not meant for it' };
  if (meant) return { seen, fault: { words: 'no kube-proxy' } };
  if (health?.said === 'refused' && answering)
    return {
      seen,
      fault: {
        words: 'no kube-proxy: nobody answers on its port 10256, as kube-proxy of other nodes does',
        confidence: 'likely',
      },
    };
  const detail =
    health === undefined
      ? `kube-proxy is no pod on ${node.name}, and its health there was not captured`
      : 'kube-proxy is no pod, and answers on no node: something else may do its work';
  return { outcome: 'unknown', object: node.ref, because: 'not-captured:kube-proxy', detail };
}

function passOf({ ref }: NodeFact): Judged {
  return { outcome: 'pass', object: ref, because: 'its kube-proxy is well and complains of no sync' };
}

function isDown({ conditions }: NodeFact): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status !== 'True');
}
