/** Pods that a kubelet refuses to admit: they have failed before anything of them was made, and others follow. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { fields, items, text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { involved, nameOf, severityOf } from './pod-findings.ts';
import { byWorkload, podsOf, type PodGroup } from './pod-groups.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { WorkloadFact } from '../workloads.ts';

/** Told by others: pods that a node under pressure or about to shut down turns away. */
const TOLD_ELSEWHERE = new Set(['Evicted', 'NodeShutdown', 'Terminated', 'Preempting']);
/** A workload makes another pod at once; a DaemonSet waits up to fifteen minutes. */
const FRESH = 15 * MINUTE;
const JOBS = new Set(['Job', 'CronJob']);

/**
 * Whether a kubelet refused the pod at admission: phase Failed with a reason, and no status of a container
 * (rejectPod in pkg/kubelet/kubelet.go).
 */
function isRejected(facts: Facts, pod: PodFact): boolean {
  return (
    pod.phase === 'Failed' &&
    pod.reason !== undefined &&
    !TOLD_ELSEWHERE.has(pod.reason) &&
    items(dig(facts.body(pod), 'status', 'containerStatuses')).length === 0 &&
    (text(dig(facts.body(pod), 'status', 'message')) ?? '').startsWith('Pod ')
  );
}

/** One finding for each workload that lacks pods, and whose pods are refused now: none of it was taken since. */
export function rejectedFindings(facts: Facts): CheckFinding[] {
  const failed = facts.pods.all.filter(({ phase, reason }) => phase === 'Failed' && reason !== undefined);
  return byWorkload(facts, failed).flatMap((group) => {
    const top = group.pods[0] && facts.workloads.top(group.pods[0]);
    if (top === undefined || JOBS.has(top.kind) || top.terminating) return [];
    const [newest] = group.pods.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
    if (newest?.createdAt === undefined || facts.clock.endedAt - newest.createdAt > FRESH) return [];
    if (!isRejected(facts, newest)) return [];
    const running = podsOf(facts, top).filter(
      ({ phase, terminating }) => phase === 'Running' && !terminating,
    );
    const taken = running.some(({ createdAt }) => (createdAt ?? 0) > (newest.createdAt ?? 0));
    const ready = running.filter((pod) => pod.ready === 'True').length;
    if (taken || ready >= (top.replicas ?? 1)) return [];
    const alike = group.pods.filter(({ reason }) => reason === newest.reason);
    return [findingOf(facts, { ...group, pods: alike }, top, newest)];
  });
}

interface Refused {
  readonly words: string;
  readonly remedy: string;
}

/** The kubelet's reasons (pkg/kubelet/sysctl/allowlist.go, pkg/kubelet/lifecycle/predicate.go). */
function wordsFor(reason: string, message: string): Refused {
  const said = oneLine(message.replace(/^Pod (?:was rejected: )?/, '')).slice(0, 200);
  if (reason === 'SysctlForbidden')
    return {
      words: `its node does not allow what securityContext.sysctls sets: ${said}`,
      remedy:
        'Take that sysctl out, or allow it for the kubelets of some nodes (allowedUnsafeSysctls) and keep the pods to those.',
    };
  if (reason.startsWith('OutOf'))
    return {
      words: `its node has no room (${reason}): ${said}`,
      remedy:
        'The scheduler took that node for larger than it is, or was passed by (spec.nodeName): see what runs there, and what the node has to give.',
    };
  if (reason === 'NodeAffinity' || reason === 'TaintToleration')
    return {
      words: `its node does not fit it (${reason}): ${said}`,
      remedy:
        'See whether labels or taints of the node have changed, or whether spec.nodeName passes the scheduler by.',
    };
  return {
    words: `${oneLine(reason)}: ${said}`,
    remedy: 'Read what the kubelet says; its log on that node says more.',
  };
}

function findingOf(facts: Facts, group: PodGroup, top: WorkloadFact, newest: PodFact): CheckFinding {
  const { reason = '' } = newest;
  const message = text(fields(dig(facts.body(newest), 'status'))['message']) ?? '';
  const { words, remedy } = wordsFor(reason, message);
  const waiting = podsOf(facts, top).filter((pod) => !pod.ended && !pod.terminating && pod.ready !== 'True');
  return {
    severity: severityOf(facts, group),
    confidence: 'certain',
    object: group.ref,
    part: 'rejected',
    summary: `The kubelet refuses the pods of ${nameOf(group)}: ${words}`,
    detail: `${plural(group.pods.length, 'pod')} refused so far, the last of them ${newest.name} on ${newest.node ?? 'its node'}; another follows each.`,
    evidence: [
      fieldEvidence(facts, newest, 'status.reason', reason),
      fieldEvidence(facts, newest, 'status.message', oneLine(message).slice(0, 300)),
    ],
    since: sinceBetween(
      top.createdAt,
      Math.min(...group.pods.flatMap(({ createdAt }) => createdAt ?? [])),
      'the oldest refused pod that is still listed, or before: what is over is cleared away',
    ),
    involves: [...waiting.slice(0, 20).map(({ ref }) => ref), ...involved(group).slice(0, 20)],
    remedy: {
      summary: remedy,
      confirm: [kubectl(group.namespace, 'describe', 'pod', newest.name)],
      mend: [],
    },
  };
}
