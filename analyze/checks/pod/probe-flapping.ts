/** Pods whose readiness comes and goes, or is about to: probe failures again and again while the pod counts as Ready. */
import { plural } from '../../../src/core/text.ts';
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { parseUnhealthy } from '../../facts/probes/kubelet-words.ts';
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
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { specProbes, type SpecProbe } from '../../facts/probes/spec.ts';
import { PROBE_STORY, type Counted } from '../../facts/probes/story.ts';
import { startupAllowance } from '../../facts/probes/readiness.ts';
import { dig } from '../../facts/read.ts';
import { items } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** The kubelet's recorder lets some 25 Events of one pod through, then one in five minutes (client-go, events_cache.go). */
const FRESH = 6 * MINUTE;
/** One failure or two are the noise of any cluster. */
const OFTEN = 3;

const check: Check = {
  id: 'pod/probe-flapping',
  layer: 'pod',
  title: 'Readiness that comes and goes',
  role: 'symptom',
  needs: ['list:pods', 'list:events'],
  uses: [...new Set([...WORKLOADS, ...PROBE_STORY, 'changes' as const])].filter(
    (need) => need !== 'list:pods' && need !== 'list:events',
  ),
  holdsDespite: ['list:pods', 'list:events'],
  explain: {
    rule:
      'Each failed probe is an Unhealthy Event, counted; failureThreshold of them in a row turn Ready to False, and one ' +
      'success turns it back. Found on a pod whose readiness probe failed at least three times lately, after its start-up, ' +
      'and which was Ready in between: requests fail in step with it. The kubelet stops writing Events after some 25 of one ' +
      'pod; its counters (prober_probe_total) go on, and tell by themselves when both failures and successes were added ' +
      'while the capture ran. Advice where the failures never came often enough in a row to turn it: it is near the edge.',
    notConfusedWith: ['failures while the program starts', 'one failure', 'a pod that stays unready'],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/probes/',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go',
    ],
  },
  // One that turns was down by chance when it was looked at.
  explains: ['pod/not-ready'],
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
  /** Counted by the kubelet while the capture ran. */
  readonly during: Counted | undefined;
}

function flaps(facts: Facts, pod: PodFact, events: readonly EventRow[]): PodAnswer<Flaps> {
  const during = comesAndGoes(facts, pod);
  if (events.length === 0 && during === undefined)
    return { fine: 'no probe of it failed as far as Events and counters tell' };
  const { endedAt } = facts.clock;
  const starts = [pod.startedAt, ...facts.troubled(pod).map(({ started_at }) => started_at ?? undefined)];
  const started = Math.max(...starts.map((at) => at ?? 0));
  const since = readySince(facts, pod) ?? 0;
  const allowed = started + startupAllowance(facts, pod);
  // Ready since its start: what failed later is no start any more.
  const settled = since > started ? Math.min(allowed, since) : allowed;
  const down = downSince(facts, pod);
  const turned = down !== undefined || hasTurned(facts, pod, started);
  if (during !== undefined && during.failed >= OFTEN && settled < facts.clock.startedAt)
    return { bad: { events: events.slice(-2), failures: during.failed, turned, during } };
  if (down !== undefined && down <= settled) return { fine: 'it has not been Ready since its start' };
  const from = isFirstSpell(facts, pod) ? Math.max(settled, readySince(facts, pod) ?? 0) : settled;
  const late = events.filter(
    (event) =>
      parseUnhealthy(event.message)?.kind === 'readiness' &&
      (event.last_at ?? 0) > from &&
      endedAt - (event.last_at ?? 0) < FRESH,
  );
  // An Event counts all failures that are alike, those of the start too: of them only the last is known to be late.
  const counted = late.reduce((sum, event) => sum + ((event.first_at ?? 0) > from ? event.count : 1), 0);
  const failures = down === undefined ? counted : counted - mostSince(facts, pod, down);
  if (failures < OFTEN)
    return {
      fine:
        down === undefined
          ? 'its readiness probe failed less than three times lately, after its start'
          : 'it is not Ready, and nothing shows that it came and went',
    };
  return { bad: { events: late, failures, turned, during } };
}

/** Failures and successes of its readiness probe while the capture ran, where there were both. */
function comesAndGoes(facts: Facts, pod: PodFact): Counted | undefined {
  if (!facts.probeFailedDuring(pod)) return undefined;
  return facts
    .probeStory(pod)
    .filter(({ probe }) => probe.kind === 'readiness')
    .flatMap(({ during }) => during ?? [])
    .find(({ failed, succeeded }) => failed > 0 && succeeded > 0);
}

/** A success more or less than one a period. */
const SUCCESS_SLACK = 2;

/**
 * Whether it is Ready for the first time: no more successes were counted than the time since it became so explains. What
 * failed before was a start that took longer than its probes allow for.
 */
function isFirstSpell(facts: Facts, pod: PodFact): boolean {
  const since = readySince(facts, pod);
  if (since === undefined) return false;
  const seconds = (facts.clock.endedAt - since) / SECOND;
  const probes = facts.probeStory(pod).filter(({ probe }) => probe.kind === 'readiness');
  return (
    probes.length > 0 &&
    probes.every(
      ({ probe, counted }) =>
        counted !== undefined && counted.succeeded <= seconds / probe.period + SUCCESS_SLACK,
    )
  );
}

/** Since when it is Ready; undefined while it is not. */
function readySince(facts: Facts, pod: PodFact): number | undefined {
  if (pod.ready !== 'True') return undefined;
  return facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? undefined;
}

function readinessOf(facts: Facts, pod: PodFact): readonly SpecProbe[] {
  return specProbes(facts.body(pod)).filter(({ kind }) => kind === 'readiness');
}

/** When the failures began that make it unready now: failureThreshold of them in a row turned it. Undefined while Ready. */
function downSince(facts: Facts, pod: PodFact): number | undefined {
  if (pod.ready === 'True') return undefined;
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? 0;
  const patience = readinessOf(facts, pod).map(
    ({ failures, period, timeout }) => failures * Math.max(period, timeout) * SECOND,
  );
  return turned - Math.max(0, ...patience);
}

/** How often its probes can have failed since then, one a period: failures beyond these are of an earlier time. */
function mostSince(facts: Facts, pod: PodFact, since: number): number {
  const seconds = (facts.clock.endedAt - since) / SECOND;
  const probes = readinessOf(facts, pod);
  // Nothing tells how often a probe can have failed that is not known.
  if (probes.length === 0) return Infinity;
  return probes.reduce((sum, { period }) => sum + Math.ceil(seconds / period) + 1, 0);
}

/** Ready was False after its start: the condition says when it turned last, watch changes say how often. */
function hasTurned(facts: Facts, pod: PodFact, started: number): boolean {
  const settled = started + startupAllowance(facts, pod);
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

function countEvidence({ ref }: PodFact, { failed, succeeded }: Counted): Evidence {
  return {
    kind: 'metric',
    object: ref,
    text: `prober_probe_total of its readiness probe between both scrapes: ${failed} failed, ${succeeded} successful`,
    value: { failed, succeeded },
  };
}

function findingOf(facts: Facts, struck: Struck<Flaps>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const firsts = bad.events.map(({ first_at }) => first_at).filter((at) => at !== null);
  const last = bad.events.at(-1);
  return {
    ...(bad.turned ? { severity: 'warning' } : { severity: 'advice', role: 'advice' }),
    confidence: bad.turned ? 'certain' : 'likely',
    object: struck.ref,
    summary: bad.turned
      ? `Readiness of ${nameOf(struck)} comes and goes: its probe failed at least ${plural(bad.failures, 'time')}, and it was Ready in between`
      : `The readiness probe of ${nameOf(struck)} fails now and then: at least ${plural(bad.failures, 'time')} so far, not often enough in a row to turn it unready`,
    detail: [
      ...(bad.during === undefined
        ? []
        : [
            `While the capture ran the kubelet counted ${bad.during.failed} failures and ${bad.during.succeeded} successes.`,
          ]),
      affected(struck),
    ].join(' '),
    evidence: [
      ...bad.events.slice(-2).map((event) => eventEvidence(facts, event)),
      ...(bad.during === undefined ? [] : [countEvidence(pod, bad.during)]),
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
