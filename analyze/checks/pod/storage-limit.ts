/** Pods that the kubelet evicts because they hold more on local disk than their own limits allow. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, type Micros } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  nameOf,
  othersServe,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { evictionOf, storageLimitIn, type StorageLimit } from '../../facts/pods/storage-limits.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** An eviction longer ago says nothing of now: what replaced the pod has kept within its limit since. */
const RECENT: Micros = 10 * MINUTE;

const check: Check = {
  id: 'pod/storage-limit',
  layer: 'pod',
  title: 'Pod evicted for more local storage than its own limit',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:events'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'The kubelet measures what a pod writes on local disk (emptyDir volumes, container layers, logs) and evicts it when ' +
      'that is more than the sizeLimit of an emptyDir, the ephemeral-storage limit of a container or those of the whole ' +
      'pod: phase Failed, reason Evicted, with the limit in the message. Found when that was within ten minutes.',
    notConfusedWith: [
      'an eviction because the node runs out of disk or memory: platform/node-pressure',
      'a full PersistentVolume, for which nobody is evicted',
      'an eviction long ago',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#resource-emphemeralstorage-consumption',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/eviction/helpers.go',
    ],
  },
  explains: ['pod/not-ready', 'service/no-endpoints'],
  run(facts) {
    return judgePods(
      facts,
      facts.pods.all.filter(({ terminating }) => !terminating),
      (pod) => evictedFor(facts, pod),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Evicted {
  readonly limit: StorageLimit;
  readonly message: string;
  readonly at: Micros | undefined;
}

function evictedFor(facts: Facts, pod: PodFact): PodAnswer<Evicted> {
  // Of the many that live no body is read.
  const message = pod.ended ? evictionOf(pod, facts.body(pod)) : undefined;
  if (message === undefined) return { fine: 'it was not evicted' };
  const limit = storageLimitIn(message);
  if (limit === undefined) return { fine: 'it was evicted for something else than a limit of its own' };
  const at = evictedAt(facts, pod);
  if (at === undefined || facts.clock.endedAt - at > RECENT)
    return { fine: 'it was evicted more than ten minutes ago, or nobody knows when' };
  return { bad: { limit, message, at } };
}

/** The condition that the kubelet sets with it (DisruptionTarget, TerminationByKubelet), else its Event. */
function evictedAt(facts: Facts, pod: PodFact): Micros | undefined {
  const set = facts.conditions(pod).find(({ type }) => type === 'DisruptionTarget')?.last_transition_at;
  return set ?? eventOf(facts, pod)?.last_at ?? undefined;
}

function eventOf(facts: Facts, pod: PodFact): ReturnType<Facts['events']>[number] | undefined {
  return facts.events(pod.ref).findLast(({ reason }) => reason === 'Evicted');
}

function findingOf(facts: Facts, struck: Struck<Evicted>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const event = eventOf(facts, pod);
  return {
    severity: othersServe(facts, struck) ? 'warning' : 'critical',
    confidence: 'certain',
    object: struck.ref,
    summary: `${nameOf(struck)} is evicted: ${bad.limit.words}`,
    detail: `The kubelet says "${oneLine(bad.message)}". ${affected(struck)}`,
    evidence: [
      ...struck.seen
        .slice(0, 3)
        .flatMap(({ pod: one, bad: { message } }) => [
          fieldEvidence(facts, one, 'status.reason', 'Evicted'),
          fieldEvidence(facts, one, 'status.message', message),
        ]),
      ...(event === undefined ? [] : [eventEvidence(facts, event)]),
    ],
    since: sinceFirst(
      struck,
      struck.seen.map(({ bad: { at } }) => at),
      'the first eviction that is known; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: bad.limit.remedy,
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}
