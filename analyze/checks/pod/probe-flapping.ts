/** Pods whose readiness comes and goes, or is about to: probe failures again and again while the pod counts as Ready. */
import { plural } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { parseUnhealthy } from '../../facts/kubelet-words.ts';
import type { EventRow } from '../../facts/object-rows.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { startupAllowance } from '../../facts/readiness.ts';
import { dig } from '../../facts/read.ts';
import { items } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const FRESH = 5 * MINUTE;
/** One failure or two are the noise of any cluster. */
const OFTEN = 3;

const check: Check = {
  id: 'pod/probe-flapping',
  layer: 'pod',
  title: 'Readiness that comes and goes',
  role: 'symptom',
  needs: ['list:pods', 'list:events'],
  uses: [...WORKLOADS, 'changes'],
  holdsDespite: ['list:pods', 'list:events'],
  explain: {
    rule:
      'Each failed probe is an Unhealthy Event, counted; failureThreshold of them in a row turn Ready to False, and one ' +
      'success turns it back. Found on a pod that is Ready while its readiness probe failed at least three times lately, ' +
      'after its start-up: it turns, or is near the edge. Requests fail in step with it.',
    notConfusedWith: ['failures while the program starts', 'one failure', 'a pod that stays unready'],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/probes/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go',
    ],
  },
  explains: [],
  run(facts) {
    const byPod = Map.groupBy(
      facts.eventsOf(['Unhealthy']),
      (event) => `${event.namespace}/${event.involved_name}`,
    );
    return judgePods(
      facts,
      livePods(facts).filter(({ phase }) => phase === 'Running'),
      (pod) => flaps(facts, pod, byPod.get(`${pod.namespace}/${pod.name}`) ?? []),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Flaps {
  readonly events: readonly EventRow[];
  readonly failures: number;
  readonly turned: boolean;
}

function flaps(facts: Facts, pod: PodFact, events: readonly EventRow[]): PodAnswer<Flaps> {
  if (events.length === 0) return { fine: 'no probe of it failed as far as Events tell' };
  if (pod.ready !== 'True') return { fine: 'it is not Ready: no coming and going' };
  const { endedAt } = facts.clock;
  const starts = [pod.startedAt, ...facts.troubled(pod).map(({ started_at }) => started_at ?? undefined)];
  const started = Math.max(...starts.map((at) => at ?? 0));
  const settled = started + startupAllowance(facts, pod);
  const late = events.filter(
    (event) =>
      parseUnhealthy(event.message)?.kind === 'readiness' &&
      (event.last_at ?? 0) > settled &&
      endedAt - (event.last_at ?? 0) < FRESH,
  );
  const failures = late.reduce((sum, event) => sum + event.count, 0);
  if (failures < OFTEN)
    return { fine: 'its readiness probe failed less than three times lately, after its start' };
  return { bad: { events: late, failures, turned: hasTurned(facts, pod, settled) } };
}

/** Ready was False after its start: the condition says when it turned last, watch changes say how often. */
function hasTurned(facts: Facts, pod: PodFact, settled: number): boolean {
  const last = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  if (last > settled) return true;
  return facts
    .changes(pod)
    .some(({ object }) =>
      items(dig(object, 'status', 'conditions')).some(
        ({ type, status }) => type === 'Ready' && status === 'False',
      ),
    );
}

function findingOf(facts: Facts, struck: Struck<Flaps>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const firsts = bad.events.map(({ first_at }) => first_at).filter((at) => at !== null);
  const last = bad.events.at(-1);
  return {
    severity: 'warning',
    confidence: bad.turned ? 'certain' : 'likely',
    object: struck.ref,
    summary: bad.turned
      ? `Readiness of ${nameOf(struck)} comes and goes: its probe failed ${plural(bad.failures, 'time')}, and it is Ready again`
      : `The readiness probe of ${nameOf(struck)} fails now and then: ${plural(bad.failures, 'time')} so far, not often enough in a row to turn it unready`,
    detail: affected(struck),
    evidence: [
      ...bad.events.slice(-2).map((event) => eventEvidence(facts, event)),
      fieldEvidence(facts, pod, 'status.conditions[Ready]', {
        status: pod.ready,
        lastTransitionTime: facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at,
      }),
    ],
    since: sinceBetween(
      undefined,
      firsts.length === 0 ? (last?.last_at ?? undefined) : Math.min(...firsts),
      'the first Event of the failed probe',
    ),
    involves: involved(struck),
    remedy: {
      summary: 'Find what makes it slow or unwell at times; then give the probe time enough for that.',
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}
