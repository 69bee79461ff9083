/** kube-proxy missing on a node, or failing to write the rules that Services rest on. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, parseTime } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, logEvidence, SINCE_UNKNOWN, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  healthFile,
  proxyHealth,
  proxyPods,
  replacementOf,
  type ProxyHealth,
} from '../../facts/kube-proxy.ts';
import type { LogRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import { groupBy } from '../../facts/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/kube-proxy',
  layer: 'platform',
  title: 'Node whose Service rules nobody keeps',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: [...WORKLOADS, 'logs', 'nodes', 'list:configmaps'],
  explain: {
    rule:
      'On each node kube-proxy turns Services and EndpointSlices into rules of the kernel; without it, or while its syncs ' +
      'fail, the rules stay as they were. Found on a node with other pods, where the DaemonSet kube-proxy has no pod or one ' +
      'that is not Ready, where its log says that syncs fail, where its own health (port 10256) says that it has stopped ' +
      'syncing, or where nobody answers there while kube-proxy of other nodes does.',
    notConfusedWith: [
      'clusters whose network plugin replaces kube-proxy',
      'a node that joined within the last minute, or that is down itself',
      'one failed sync, after which others went well',
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
    const daemon = facts.workloads.named('DaemonSet', 'kube-system', 'kube-proxy');
    const meant = daemon !== undefined && daemon.replicas !== 0;
    const nodes = nodesOf(facts).map((node) => ({ node, health: proxyHealth(facts, node.name) }));
    const answering = nodes.some(({ health }) => health !== undefined && health.said !== 'refused');
    const on = groupBy(
      facts.pods.all.filter(({ ended, hostNetwork }) => !ended && !hostNetwork),
      (pod) => pod.node,
    );
    return nodes
      .filter(({ node }) => (on.get(node.name) ?? []).length > 0)
      .map(({ node, health }) =>
        judge(facts, { node, pod: pods.get(node.name)?.[0], health, meant, answering }),
      );
  },
};
export default check;

interface Seen {
  readonly node: NodeFact;
  readonly pod: PodFact | undefined;
  readonly health: ProxyHealth | undefined;
  /** A DaemonSet makes one for every node. */
  readonly meant: boolean;
  /** kube-proxy answers on some node. */
  readonly answering: boolean;
}

/** pkg/proxy: `"Failed to execute iptables-restore"`, `"Sync failed"`, `nftables sync failed`. */
const FAILED =
  /"?sync failed|failed to execute iptables-restore|nftables sync failed|failed to (?:ensure|sync) /i;

function judge(facts: Facts, seen: Seen): Judged {
  const { node, pod, health } = seen;
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  // A node whose kubelet is silent leaves all its pods not Ready: that is the node, not its kube-proxy.
  if (young || node.deleting || isDown(node) || pod?.terminating === true) return passOf(node);
  if (health?.said === 'unhealthy') return failOf(facts, seen);
  const failed =
    pod === undefined
      ? []
      : facts.logTail(pod, 'kube-proxy', false, 50).filter(({ text }) => FAILED.test(text));
  if (failed.length >= 2) return failOf(facts, seen, failed);
  if (health?.said === 'healthy') return passOf(node);
  return pod === undefined ? judgeAbsent(facts, seen) : judgePod(facts, seen, pod);
}

function judgePod(facts: Facts, seen: Seen, pod: PodFact): Judged {
  if (pod.ready === 'True') return passOf(seen.node);
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  const lately = facts.clock.endedAt - Math.max(turned, pod.createdAt ?? 0) < MINUTE;
  return lately ? passOf(seen.node) : failOf(facts, seen);
}

/** A node without a pod of kube-proxy, which did not say that it is well. */
function judgeAbsent(facts: Facts, seen: Seen): Judged {
  const { node, health, meant, answering } = seen;
  // A node that the DaemonSet is not meant for (its selector, a taint) has none, and nobody misses it.
  if (meant) return node.taints.length > 0 ? passOf(node) : failOf(facts, seen);
  if (health?.said === 'refused' && answering) return failOf(facts, seen);
  const detail =
    health === undefined
      ? `kube-proxy is no pod on ${node.name}, and its health there was not captured`
      : 'kube-proxy is no pod, and answers on no node: something else may do its work';
  return { outcome: 'unknown', object: node.ref, because: 'not-captured:kube-proxy', detail };
}

function passOf({ ref }: NodeFact): Judged {
  return { outcome: 'pass', object: ref, because: 'its kube-proxy is well and complains of no sync' };
}

function failOf(facts: Facts, seen: Seen, failed: readonly LogRow[] = []): Judged {
  return { outcome: 'fail', finding: findingOf(facts, seen, failed) };
}

function isDown({ conditions }: NodeFact): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status !== 'True');
}

/** What is wrong, after "Node NAME ". */
function saidOf({ pod, health }: Seen, failed: readonly LogRow[]): string {
  const last = failed.at(-1);
  if (health?.said === 'unhealthy')
    return `has a kube-proxy that has not synced its rules since ${health.lastUpdated ?? 'long'}, by its own word`;
  if (last !== undefined) return `has a kube-proxy whose syncs fail: ${oneLine(last.text).slice(0, 200)}`;
  if (pod !== undefined) return 'has a kube-proxy that is not Ready';
  return health?.said === 'refused'
    ? 'has no kube-proxy: nobody answers on its port 10256, as kube-proxy of other nodes does'
    : 'has no kube-proxy';
}

function evidenceOf(facts: Facts, { node, pod, health }: Seen, failed: readonly LogRow[]): Evidence[] {
  const asked: Evidence[] =
    health === undefined || health.said === 'healthy'
      ? []
      : [{ kind: 'probe', text: `kube-proxy healthz: ${health.text}`, file: healthFile(node.name), line: 1 }];
  if (pod === undefined)
    return [
      ...asked,
      fieldEvidence(facts, node, 'metadata.name', node.name, { text: 'no pod of kube-proxy is bound to it' }),
    ];
  return [
    ...asked,
    fieldEvidence(facts, pod, 'status.conditions[type=Ready].status', pod.ready ?? null),
    ...failed.slice(-3).map((line) => logEvidence(line, pod)),
  ];
}

function findingOf(facts: Facts, seen: Seen, failed: readonly LogRow[]): CheckFinding {
  const { node, pod, health } = seen;
  const last = failed.at(-1);
  const turned = pod && facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
  const updated = health?.said === 'unhealthy' ? parseTime(health.lastUpdated) : undefined;
  const guessed = last !== undefined || (pod === undefined && health?.said === 'refused');
  return {
    severity: 'critical',
    confidence: guessed && health?.said !== 'unhealthy' ? 'likely' : 'certain',
    object: node.ref,
    summary: `Node ${node.name} ${saidOf(seen, failed)}`,
    detail:
      'Its rules for Services stay as they were: pods that came since are not reached from it, and those that went are still tried.',
    evidence: evidenceOf(facts, seen, failed),
    since:
      updated !== undefined
        ? sinceBetween(updated, facts.clock.startedAt, 'its last good sync, by its own word')
        : last === undefined && typeof turned === 'number' && pod?.ready !== 'True'
          ? sinceBetween(undefined, turned, 'the transition of the condition Ready')
          : SINCE_UNKNOWN,
    involves: pod === undefined ? [] : [pod.ref],
    remedy: {
      summary: 'Bring its kube-proxy back; its log says what it lacks.',
      confirm: [
        ...(pod === undefined && !seen.meant
          ? [kubectl(undefined, 'get', '--raw', `/api/v1/nodes/${node.name}:10256/proxy/healthz`)]
          : [kubectl('kube-system', 'get', 'pods', '-l', 'k8s-app=kube-proxy', '-o', 'wide')]),
        ...(pod === undefined ? [] : [kubectl('kube-system', 'logs', pod.name)]),
      ],
      mend: [],
    },
  };
}
