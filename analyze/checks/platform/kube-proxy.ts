/** kube-proxy missing on a node, or failing to write the rules that Services rest on. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, logEvidence, SINCE_UNKNOWN, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { LogRow } from '../../facts/object-rows.ts';
import type { PodFact } from '../../facts/pods.ts';
import { nodesOf, type NodeFact } from '../../facts/nodes.ts';
import { groupBy } from '../../facts/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/kube-proxy',
  layer: 'platform',
  title: 'Node whose Service rules nobody keeps',
  role: 'cause',
  needs: ['list:nodes', 'list:pods'],
  uses: [...WORKLOADS, 'logs'],
  explain: {
    rule:
      'On each node kube-proxy turns Services and EndpointSlices into rules of the kernel; without it, or while its syncs ' +
      'fail, the rules stay as they were. Found where kube-proxy is a DaemonSet of kube-system and its pod of a node with ' +
      'other pods is missing or not Ready, or its log says that syncs fail.',
    notConfusedWith: [
      'clusters whose network plugin replaces kube-proxy, and those where it is no pod: nothing is judged',
      'a node that joined within the last minute',
      'one failed sync, after which others went well',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/networking/virtual-ips/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/iptables/proxier.go',
    ],
  },
  explains: [
    { check: 'pod/not-ready', sharing: 'hosts' },
    { check: 'pod/crash-loop', sharing: 'hosts' },
  ],
  run(facts) {
    const daemon = facts.workloads.named('DaemonSet', 'kube-system', 'kube-proxy');
    if (daemon === undefined || daemon.replicas === 0) return [];
    const proxies = new Map(
      facts.pods
        .in('kube-system')
        .filter(({ owner, ended }) => owner?.kind === 'DaemonSet' && owner.name === 'kube-proxy' && !ended)
        .map((pod) => [pod.node, pod]),
    );
    const on = groupBy(
      facts.pods.all.filter(({ ended, hostNetwork }) => !ended && !hostNetwork),
      (pod) => pod.node,
    );
    // A node that the DaemonSet is not meant for (its selector, a taint) has none, and nobody misses it.
    return nodesOf(facts).flatMap((node) =>
      (on.get(node.name) ?? []).length === 0 ? [] : [judge(facts, node, proxies.get(node.name))],
    );
  },
};
export default check;

/** pkg/proxy: `"Failed to execute iptables-restore"`, `"Sync failed"`, `nftables sync failed`. */
const FAILED =
  /"?sync failed|failed to execute iptables-restore|nftables sync failed|failed to (?:ensure|sync) /i;

function judge(facts: Facts, node: NodeFact, pod: PodFact | undefined): Judged {
  const young = node.createdAt !== undefined && facts.clock.endedAt - node.createdAt < MINUTE;
  const pass: Judged = {
    outcome: 'pass',
    object: node.ref,
    because: 'its kube-proxy is Ready and complains of no sync',
  };
  // A node whose kubelet is silent leaves all its pods not Ready: that is the node, not its kube-proxy.
  const down = node.conditions.some(({ type, status }) => type === 'Ready' && status !== 'True');
  if (young || down || (pod === undefined && node.taints.length > 0)) return pass;
  if (pod === undefined) return { outcome: 'fail', finding: findingOf(facts, node, undefined, []) };
  if (pod.terminating) return pass;
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  if (pod.ready !== 'True')
    return facts.clock.endedAt - Math.max(turned, pod.createdAt ?? 0) < MINUTE
      ? pass
      : { outcome: 'fail', finding: findingOf(facts, node, pod, []) };
  const failed = facts.logTail(pod, 'kube-proxy', false, 50).filter(({ text }) => FAILED.test(text));
  return failed.length < 2 ? pass : { outcome: 'fail', finding: findingOf(facts, node, pod, failed) };
}

function findingOf(
  facts: Facts,
  node: NodeFact,
  pod: PodFact | undefined,
  failed: readonly LogRow[],
): CheckFinding {
  const last = failed.at(-1);
  const turned = pod && facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
  const said =
    pod === undefined
      ? 'has no kube-proxy'
      : last === undefined
        ? 'has a kube-proxy that is not Ready'
        : `has a kube-proxy whose syncs fail: ${oneLine(last.text).slice(0, 200)}`;
  return {
    severity: 'critical',
    confidence: last === undefined ? 'certain' : 'likely',
    object: node.ref,
    summary: `Node ${node.name} ${said}`,
    detail:
      'Its rules for Services stay as they were: pods that came since are not reached from it, and those that went are.',
    evidence:
      pod === undefined
        ? [
            fieldEvidence(facts, node, 'metadata.name', node.name, {
              text: 'no pod of DaemonSet kube-proxy is bound to it',
            }),
          ]
        : [
            fieldEvidence(facts, pod, 'status.conditions[type=Ready].status', pod.ready ?? null),
            ...failed.slice(-3).map((line) => logEvidence(line, pod)),
          ],
    since:
      last === undefined && typeof turned === 'number'
        ? sinceBetween(undefined, turned, 'the transition of the condition Ready')
        : SINCE_UNKNOWN,
    involves: pod === undefined ? [] : [pod.ref],
    remedy: {
      summary: 'Bring its kube-proxy back; its log says what it lacks.',
      confirm: [
        kubectl('kube-system', 'get', 'pods', '-l', 'k8s-app=kube-proxy', '-o', 'wide'),
        ...(pod === undefined ? [] : [kubectl('kube-system', 'logs', pod.name)]),
      ],
      mend: [],
    },
  };
}
