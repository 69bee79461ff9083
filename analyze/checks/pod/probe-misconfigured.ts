/** Probes that fail for what they ask, not for what the program is: wrong port, path, scheme, time-out, command. */
import { MINUTE, type Micros } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  severityOf,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { faultOf } from '../../facts/probes/faults.ts';
import type { ProbeFault } from '../../facts/probes/probe-fault.ts';
import { secondsToUnready, slowStart } from '../../facts/probes/slow-faults.ts';
import { CONTAINER_STORY } from '../../facts/pods/container-story.ts';
import { PROBE_STORY, type ProbeStory, type SeenFailure } from '../../facts/probes/story.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** A failure longer ago says nothing of now. */
const FRESH = 10 * MINUTE;

const check: Check = {
  id: 'pod/probe-misconfigured',
  layer: 'pod',
  title: 'Probe that cannot pass, whatever the program does',
  role: 'cause',
  needs: ['list:pods', 'list:events'],
  uses: [
    ...new Set([
      ...WORKLOADS,
      ...LISTENERS,
      ...PROBE_STORY,
      ...CONTAINER_STORY,
      'list:services' as const,
      'list:discovery.k8s.io/endpointslices' as const,
      'logs' as const,
    ]),
  ].filter((need) => need !== 'list:pods' && need !== 'list:events'),
  holdsDespite: ['list:pods', 'list:events'],
  explain: {
    rule:
      'A probe is sent from the node to the pod’s address, one at a time, and fails when no answer comes within ' +
      'timeoutSeconds (default 1); failureThreshold failures in a row (default 3) make a pod unready or, for liveness and ' +
      'startup, restart the container. Found when the way it fails shows that the probe is wrong: a port nobody listens ' +
      'on while the program answers on another, a path that is not there or wants credentials, HTTP against TLS, a ' +
      'time-out shorter than the measured answer, a liveness probe that kills a slow starter, a readiness probe that ' +
      'hangs on something else, a protocol that the port does not speak, a command that is not there. A time-out longer than ' +
      'the period is legal. Of what is too slow it is told where a CPU limit throttles the container. A liveness command that cannot be run restarts nothing: that is advice.',
    notConfusedWith: [
      'a program that is down: its own port refuses too',
      'a program that answers 500 or 503: it says itself that it is unwell',
      'a program bound to localhost or to another port than declared',
      'failures at start-up only',
      'a probe that has passed in this life of the pod: what it asks is right',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/probes/',
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/prober.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/probe/http/http.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/probe/grpc/grpc.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/prober/worker.go',
    ],
  },
  explains: ['pod/not-ready', 'pod/crash-loop', 'pod/probe-flapping', 'service/no-endpoints'],
  run(facts) {
    const unhealthy = new Set(
      facts.eventsOf(['Unhealthy']).map(({ namespace, involved_name }) => `${namespace}/${involved_name}`),
    );
    return judgePods(
      facts,
      livePods(facts),
      (pod) =>
        unhealthy.has(`${pod.namespace}/${pod.name}`)
          ? misconfigured(facts, pod)
          : { fine: 'no probe of it failed as far as Events tell' },
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Wrong {
  readonly story: ProbeStory;
  readonly fault: ProbeFault;
}

function misconfigured(facts: Facts, pod: PodFact): PodAnswer<Wrong> {
  const stories = facts.probeStory(pod);
  const { endedAt } = facts.clock;
  const failing = stories.filter(({ failures }) =>
    failures.some(({ event }) => endedAt - (event.last_at ?? 0) < FRESH),
  );
  if (failing.length === 0) return { fine: 'no probe of it failed within ten minutes' };
  for (const story of failing) {
    const slow = slowStart(facts, pod, story, stories);
    const last = telling(story, endedAt);
    const own = last === undefined ? undefined : faultOf(facts, pod, story, last, stories);
    // A wrong port or path kills a quick starter just as well: what is wrong in itself comes first.
    const fault = own ?? slow;
    if (fault === undefined || (isOver(pod, story) && fault.idle !== true)) continue;
    return { bad: { story, fault } };
  }
  return { fine: 'its probes fail in a way that speaks of the program, or passed since' };
}

/** Answers that tell the protocol. */
const PROTOCOL = new Set(['http2', 'protocol', 'tls']);

/**
 * The latest failure that told the protocol, else the latest: a server that is spoken to in another closes at once, and
 * whether its answer, a reset or net/http's `readLoopPeekFailLocked` is seen then is chance.
 */
function telling({ failures }: ProbeStory, endedAt: Micros): SeenFailure | undefined {
  return (
    failures.findLast(({ way, event }) => PROTOCOL.has(way) && endedAt - (event.last_at ?? 0) < FRESH) ??
    failures.at(-1)
  );
}

/** A readiness or startup probe that failed at the start and passes now. */
function isOver(pod: PodFact, { probe }: ProbeStory): boolean {
  return pod.ready === 'True' && (probe.kind !== 'liveness' || pod.restarts === 0);
}

function findingOf(facts: Facts, struck: Struck<Wrong>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { probe, failures } = bad.story;
  const events = failures.map(({ event }) => event);
  const slowed = slowedBy(facts, pod, bad);
  return {
    severity: bad.fault.idle === true ? 'advice' : severityOf(facts, struck),
    confidence: bad.fault.confidence,
    ...(bad.fault.idle === true ? { role: 'advice' } : {}),
    object: struck.ref,
    // What hangs follows from what it waits for; every other fault is the probe's own.
    ...(bad.fault.kind === 'hangs' ? { part: 'hangs' } : {}),
    ...(isSilent(facts, pod, bad) ? { role: 'symptom' as const } : {}),
    summary: `The ${probe.kind} probe of ${nameOf(struck)} ${bad.fault.words}${slowed === undefined ? '' : `: ${slowed.words}`}`,
    detail: `${timing(bad.story)} ${affected(struck)}`,
    evidence: [
      fieldEvidence(facts, pod, probe.at, specOf(bad.story)),
      ...events.slice(-2).map((event) => eventEvidence(facts, event)),
      ...bad.fault.evidence,
      ...(slowed?.evidence ?? []),
    ],
    since: sinceFirst(
      struck,
      events.map(({ first_at }) => first_at),
      'the first Event of the failed probe; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: slowed === undefined ? bad.fault.remedy : `${slowed.remedy} ${bad.fault.remedy}`,
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}

/** A quarter of the periods throttled is felt in every answer; of all its life it is to be half, which no busy start makes up. */
const THROTTLED = 0.25;
const THROTTLED_EVER = 0.5;
const SLOW = new Set<ProbeFault['kind']>(['timeout', 'hangs', 'slow-start']);

/** What is too slow for its probe may be so for its CPU limit: the command of an exec probe runs within that, too. */
function slowedBy(
  facts: Facts,
  pod: PodFact,
  { fault, story: { probe } }: Wrong,
):
  | { readonly words: string; readonly remedy: string; readonly evidence: CheckFinding['evidence'] }
  | undefined {
  if (!SLOW.has(fault.kind)) return undefined;
  const { throttled, throttledEver = 0, cpuLimitText } = facts.containerStory(pod, probe.container);
  const share = throttled ?? throttledEver;
  const least = throttled === undefined ? THROTTLED_EVER : THROTTLED;
  if (share < least || cpuLimitText === undefined) return undefined;
  return {
    words: `its container is throttled in ${Math.round(share * 100)} % of its CPU periods (limit ${cpuLimitText})`,
    remedy: `Raise its CPU limit of ${cpuLimitText} first, which slows all that it does.`,
    evidence: [
      fieldEvidence(facts, pod, `spec.containers[${probe.container}].resources.limits.cpu`, cpuLimitText),
    ],
  };
}

/** A probe that hangs waits for something; where no line of the program's log came, nobody can say that it does not. */
function isSilent(facts: Facts, pod: PodFact, { fault, story }: Wrong): boolean {
  return fault.kind === 'hangs' && facts.logTail(pod, story.probe.container, false, 1).length === 0;
}

function timing(story: ProbeStory): string {
  const { probe, counted } = story;
  const effect = probe.kind === 'readiness' ? 'taken out of its Services' : 'restarted';
  return [
    `It is ${effect} ${secondsToUnready(story)} s after the first failure (failureThreshold ${probe.failures}, periodSeconds ${probe.period}, timeoutSeconds ${probe.timeout}).`,
    ...(probe.timeout > probe.period
      ? [
          'timeoutSeconds is longer than periodSeconds: probes run one at a time, so it is asked less often than it seems.',
        ]
      : []),
    ...(counted === undefined
      ? []
      : [`The kubelet counted ${counted.failed} failures and ${counted.succeeded} successes.`]),
  ].join(' ');
}

function specOf({ probe }: ProbeStory): Readonly<Record<string, unknown>> {
  return {
    type: probe.type,
    ...(probe.port === undefined ? {} : { port: probe.port }),
    ...(probe.portName === undefined ? {} : { portName: probe.portName }),
    ...(probe.type === 'http' ? { path: probe.path, scheme: probe.scheme } : {}),
    ...(probe.type === 'exec' ? { command: probe.command } : {}),
    timeoutSeconds: probe.timeout,
    periodSeconds: probe.period,
    failureThreshold: probe.failures,
    initialDelaySeconds: probe.initialDelay,
  };
}
