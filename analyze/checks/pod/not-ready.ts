/** Pods that run and are not Ready, and why: a probe, a readiness gate, a sidecar, a container that is down. */
import { oneLine } from '../../../src/core/text.ts';
import { formatTime } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceAt, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { podsPutAside } from '../../facts/nodes.ts';
import { podsThat } from '../../facts/pods/pod-findings.ts';
import { byWorkload, groupRefOf, type PodGroup } from '../../facts/pods/pod-groups.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import type { CheckFinding, Since } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'pod/not-ready',
  layer: 'pod',
  title: 'Running pod that is not Ready',
  role: 'symptom',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:events', 'list:nodes'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A pod is Ready when all its containers are and every readiness gate is True (condition Ready, with the reasons ' +
      'ContainersNotReady and ReadinessGatesNotReady); only then do EndpointSlices list it as ready. Found when a pod is ' +
      'Running with Ready not True for longer than its own probes allow a fresh start.',
    notConfusedWith: [
      'a pod that is being deleted, in a rollout or otherwise',
      "a DaemonSet's pod on a node that was drained and switched off",
      'a pod of a Job that is done',
      'a pod so young that its probes may still fail',
    ],
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-status'],
  },
  explains: [
    'service/no-endpoints',
    'service/traffic-policy',
    // A Service that publishes addresses that are not ready is never empty, and sends to them all the same.
    { check: 'pod/dependency-unreachable', sharing: 'names' },
  ],
  run(facts) {
    const aside = podsPutAside(facts);
    const judged = facts.pods.all.filter(
      (pod) => pod.phase === 'Running' && !pod.terminating && !aside.has(pod),
    );
    const bad = judged.filter((pod) => isNotReady(facts, pod));
    const wrong = new Set(bad);
    return [
      ...byWorkload(facts, bad).map((group): Judged => ({
        outcome: 'fail',
        finding: findingOf(facts, group),
      })),
      ...judged
        .filter((pod) => !wrong.has(pod))
        .map((pod): Judged => ({
          outcome: 'pass',
          object: pod.ref,
          because:
            pod.ready === 'True'
              ? 'its condition Ready is True'
              : 'it is still starting, or has done its job',
        })),
    ];
  },
};
export default check;

interface Unready {
  readonly reason: string;
  readonly message: string;
  readonly since: number | undefined;
}

function readyCondition(facts: Facts, pod: PodFact): Unready | undefined {
  const condition = facts.conditions(pod).find(({ type }) => type === 'Ready');
  if (condition === undefined) return undefined;
  return {
    reason: condition.reason ?? '',
    message: condition.message ?? '',
    since: condition.last_transition_at ?? undefined,
  };
}

function isNotReady(facts: Facts, pod: PodFact): boolean {
  if (pod.ready === undefined || pod.ready === 'True' || hasDoneItsJob(facts, pod)) return false;
  return !isStarting(facts, pod);
}

/** A Job's container has ended well, and another (a proxy beside it, say) keeps the pod running: nobody waits for Ready. */
function hasDoneItsJob(facts: Facts, pod: PodFact): boolean {
  const unready = facts.troubled(pod).filter(({ ready, type }) => ready !== 1 && type !== 'init');
  return (
    pod.owner?.kind === 'Job' &&
    unready.length > 0 &&
    unready.every(({ state, exit_code }) => state === 'terminated' && exit_code === 0)
  );
}

function findingOf(facts: Facts, group: PodGroup): CheckFinding {
  const { ref, namespace, pods } = group;
  const stories = pods.map((pod) => ({ pod, condition: readyCondition(facts, pod) }));
  const first = stories[0];
  if (first === undefined) throw new Error('a finding needs a pod');
  const why = whyOf(facts, first.pod, first.condition);
  const unhealthy = facts
    .events(first.pod.ref)
    .filter((event) => event.reason === 'Unhealthy' || event.reason === 'ProbeError');
  const whole = facts.pods.in(namespace).filter((pod) => isSibling(facts, pod, ref)).length;
  return {
    severity: pods.length >= whole ? 'critical' : 'warning',
    confidence: 'certain',
    object: ref,
    summary: `${podsThat(group, 'runs and is', 'run and are')} not Ready: ${why}`,
    detail: stories
      .slice(0, 5)
      .map(
        ({ pod, condition }) =>
          `${pod.name}: ${whyOf(facts, pod, condition)}${condition?.since === undefined ? '' : `, since ${formatTime(condition.since)}`}.`,
      )
      .join(' '),
    evidence: [
      ...stories.slice(0, 5).map(({ pod, condition }) =>
        fieldEvidence(facts, pod, 'status.conditions[Ready]', {
          status: pod.ready,
          reason: condition?.reason,
          message: condition?.message,
        }),
      ),
      ...unhealthy.slice(-2).map((event) => eventEvidence(facts, event)),
    ],
    since: sinceOf(stories.map(({ condition }) => condition?.since)),
    involves: pods.slice(0, 50).map((pod) => pod.ref),
    remedy: {
      summary:
        'Find out why it is not Ready; the probe says what it asked, the log what the container was doing.',
      confirm: [kubectl(namespace, 'describe', 'pod', first.pod.name)],
      mend: [],
    },
  };
}

function isSibling(facts: Facts, pod: PodFact, ref: PodGroup['ref']): boolean {
  if (pod.ended || pod.terminating) return false;
  const own = groupRefOf(facts, pod);
  return own.kind === ref.kind && own.name === ref.name;
}

/** Why, from the nearest cause there is: containers that are down, the probe's last words, the gate, the condition. */
function whyOf(facts: Facts, pod: PodFact, condition: Unready | undefined): string {
  const containers = facts.troubled(pod).filter((one) => one.ready !== 1 && one.type !== 'init');
  const down = containers.filter((one) => one.state !== 'running');
  if (down.length > 0) {
    return down
      .map(
        (one) =>
          `${one.type === 'sidecar' ? 'sidecar' : 'container'} ${one.name} is ${one.state ?? 'not started'}${one.reason === null ? '' : ` (${oneLine(one.reason)})`}`,
      )
      .join(', ');
  }
  if (condition?.reason === 'ReadinessGatesNotReady') return `readiness gate: ${oneLine(condition.message)}`;
  const probe = facts
    .events(pod.ref)
    .findLast(
      ({ message, field_path: path }) =>
        (message ?? '').startsWith('Readiness probe') && containers.some(({ name }) => isOf(path, name)),
    );
  if (probe !== undefined) return oneLine(probe.message ?? '').slice(0, 200);
  if (containers.length > 0) {
    return `${containers.map((one) => `${one.type === 'sidecar' ? 'sidecar' : 'container'} ${one.name}`).join(', ')} ${containers.length === 1 ? 'fails its' : 'fail their'} readiness probe`;
  }
  return oneLine(condition?.message ?? '') || 'no reason given';
}

/** Whether an Event is about this container: `spec.containers{app}`, `spec.initContainers{proxy}`. Some name none. */
function isOf(path: string | null, container: string): boolean {
  return path === null || path === '' || path.endsWith(`{${container}}`);
}

/** The first pod to turn unready dates the finding; the condition's transition is the kubelet's own word. */
function sinceOf(times: ReadonlyArray<number | undefined>): Since {
  const known = times.filter((at) => at !== undefined);
  if (known.length === 0) return SINCE_UNKNOWN;
  return sinceAt(Math.min(...known), 'inferred', 'transition of the condition Ready');
}
