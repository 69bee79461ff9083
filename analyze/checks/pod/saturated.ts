/** The pods left behind a Service, overwhelmed: throttled, at their memory limit or refusing, while the rest are out; and programs that take no connections. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import { formatBytes } from '../../../src/k8s/quantity.ts';
import { kubectl } from '../../facts/commands.ts';
import { CONTAINER_STORY } from '../../facts/pods/container-story.ts';
import { fieldEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  severityOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import { overloadOf, toldClients, type Overload } from '../../facts/logs/overload.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import { once } from '../../facts/read.ts';
import { podPlace } from '../../facts/probes.ts';
import { unacceptedIn, type Unaccepted } from '../../facts/pods/accept-queue.ts';
import { pathsByPod, wantedPorts } from '../../facts/pods/relevant-ports.ts';
import type { ServicePath } from '../../facts/services.ts';
import { items, fields, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** A quarter of the periods throttled is felt in every answer. */
const THROTTLED = 0.25;
const NEAR_LIMIT = 0.95;

const check: Check = {
  id: 'pod/saturated',
  layer: 'pod',
  title: 'Pods that are overwhelmed, or take no connections',
  role: 'symptom',
  needs: ['list:pods', 'list:services', 'list:discovery.k8s.io/endpointslices'],
  uses: [...new Set([...WORKLOADS, ...CONTAINER_STORY, 'logs' as const, 'probe:sockets' as const])].filter(
    (need) => need !== 'list:pods',
  ),
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'When some pods of a Service are out, the rest get their share and the retries besides. Found when a Service has ' +
      'fewer ready endpoints than pods, and one that is left was throttled in a quarter of its CPU periods while the ' +
      'capture ran, stands at its memory limit, or turns callers away because it is full: its own log says that it has no ' +
      'connection left, its sidecar holds requests back (Envoy’s flag UO), or its clients are told so. And where the capture ' +
      'looked inside twice: the kernel establishes connections by itself and queues them for the program’s `accept()`, so ' +
      'that connects, tcpSocket probes and port-forwards succeed while nobody answers. Found when the same connections ' +
      'waited in both looks, seconds apart, on a port that counts: at least two, or one of a pod that is not Ready. Where ' +
      'none was taken in between, and the pod is not Ready for it, that is the cause.',
    notConfusedWith: [
      'steady high use while all pods are in',
      'a burst that is throttled now and then',
      'one that was full and is not any more',
      'a connection that waits at one moment, as behind any busy program',
      'a program that is still within what its probes allow a start',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run',
      'https://kubernetes.io/docs/concepts/workloads/pods/probes/',
    ],
  },
  explains: [
    { check: 'pod/mesh', sharing: 'object', to: 'symptom' },
    { check: 'pod/mesh', sharing: 'names', to: 'symptom' },
    { check: 'pod/dependency-unreachable', sharing: 'names' },
    { check: 'pod/job-failed', sharing: 'names' },
    { check: 'pod/not-ready', sharing: 'object', from: 'cause' },
    { check: 'pod/crash-loop', sharing: 'object', from: 'cause' },
    { check: 'pod/probe-flapping', sharing: 'object', from: 'cause' },
    { check: 'service/no-endpoints', sharing: 'object', from: 'cause' },
  ],
  run(facts) {
    const live = livePods(facts);
    const looked = new Set(facts.probes.of('sockets').map(({ to }) => to));
    const seen = looked.size === 0 ? [] : live.filter((pod) => looked.has(podPlace(pod)));
    const hung = new Map(seen.flatMap((pod) => leavesWaiting(facts, pod).map((one) => [pod, one] as const)));
    const byPod = pathsByPod(facts.paths);
    const thinned = facts.paths.filter(
      (path) => path.ready.length > 0 && path.ready.length < path.pods.length,
    );
    const told = once(() => toldClients(facts));
    const left = new Set(thinned.flatMap((path) => path.pods.filter(({ ready }) => ready === 'True')));
    const overwhelmed = judgePods(
      facts,
      live.filter((pod) => byPod.has(pod) && !hung.has(pod)),
      (pod) =>
        left.has(pod)
          ? strained(
              facts,
              pod,
              thinned.find(({ pods }) => pods.includes(pod)),
              told,
            )
          : { fine: 'all pods of its Services are in' },
      (struck) => findingOf(facts, struck),
    );
    const hanging = judgePods(
      facts,
      [...hung.keys()],
      (pod) => {
        const bad = hung.get(pod);
        return bad === undefined ? { fine: 'it takes its connections' } : { bad };
      },
      (struck) => tellWaiting(facts, struck),
    );
    return [...hanging, ...overwhelmed];
  },
};
export default check;

/** The port that counts and keeps most connections waiting, of a pod that leaves enough of them. */
function leavesWaiting(facts: Facts, pod: PodFact): readonly Unaccepted[] {
  const queues = unacceptedIn(facts, pod);
  // A program may listen before it is ready to accept: its probes say how long that may take.
  if (queues.length === 0 || isStarting(facts, pod)) return [];
  const wanted = new Set(wantedPorts(facts, pod).map(({ port }) => port));
  const enough = pod.ready === 'True' ? 2 : 1;
  return queues
    .filter(({ port, stuck }) => wanted.has(port) && stuck >= enough)
    .toSorted((a, b) => b.stuck - a.stuck)
    .slice(0, 1);
}

function tellWaiting(facts: Facts, struck: Struck<Unaccepted>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { port, waiting, stuck, seconds, tookNone } = bad;
  const wait = `${plural(waiting, 'connection')} ${waiting === 1 ? 'waits' : 'wait'} on port ${port} of ${pod.name}`;
  return {
    part: 'waiting',
    severity: severityOf(facts, struck),
    confidence: tookNone && stuck > 1 ? 'certain' : 'likely',
    // Whoever is Ready all the same may only be slow: that it breaks something nobody has seen.
    ...(tookNone && struck.seen.every(({ pod: one }) => one.ready !== 'True')
      ? { role: 'cause' as const }
      : {}),
    object: struck.ref,
    summary: tookNone
      ? `${nameOf(struck)} hangs: it takes no connections, ${wait}, and none was accepted in ${seconds} s`
      : `${nameOf(struck)} is overwhelmed: ${wait}, ${stuck} of them for more than ${seconds} s before they are accepted`,
    detail: `The kernel establishes connections by itself and keeps them for the program: a connect, a tcpSocket probe and a port-forward to this port succeed while nobody answers. ${affected(struck)}`,
    evidence: [...bad.evidence],
    since: SINCE_UNKNOWN,
    involves: [
      ...involved(struck),
      ...new Set((pathsByPod(facts.paths).get(pod) ?? []).map(({ service }) => service.ref)),
    ],
    remedy: {
      summary:
        'Find out what the program does instead of accepting: its threads (a dump, if it can make one), its log, its CPU; a restart takes the queue with it.',
      confirm: [
        kubectl(struck.namespace, 'exec', pod.name, '--', 'cat', '/proc/net/tcp', '/proc/net/tcp6'),
        kubectl(struck.namespace, 'logs', pod.name, '--tail=50'),
      ],
      mend: [],
    },
  };
}

interface Strained {
  readonly container: string;
  readonly words: string;
  readonly path: ServicePath | undefined;
  readonly value: unknown;
  /** Where its logs show it. */
  readonly lines?: readonly Evidence[];
}

function strained(
  facts: Facts,
  pod: PodFact,
  path: ServicePath | undefined,
  told: () => ReadonlyMap<string, Overload>,
): PodAnswer<Strained> {
  for (const { name } of items(fields(facts.body(pod)['spec'])['containers'])) {
    const container = text(name) ?? '';
    const { throttled, memoryLimit, memoryUsed, cpuLimitText, memoryLimitText } = facts.containerStory(
      pod,
      container,
    );
    if (throttled !== undefined && throttled >= THROTTLED)
      return {
        bad: {
          container,
          path,
          value: throttled,
          words: `throttled in ${Math.round(throttled * 100)} % of its CPU periods${cpuLimitText === undefined ? '' : ` (limit ${cpuLimitText})`}`,
        },
      };
    if (memoryLimit !== undefined && memoryUsed !== undefined && memoryUsed >= NEAR_LIMIT * memoryLimit)
      return {
        bad: {
          container,
          path,
          value: memoryUsed,
          words: `at ${formatBytes(memoryUsed)} of its memory limit ${memoryLimitText}`,
        },
      };
  }
  const overload = overloadOf(facts, pod) ?? (path && told().get(objectKey(path.service.ref)));
  if (overload !== undefined) {
    const { container, words, evidence } = overload;
    return { bad: { container, path, words, value: undefined, lines: evidence } };
  }
  return { fine: 'neither throttled nor at its memory limit nor full, as far as was measured' };
}

function findingOf(facts: Facts, struck: Struck<Strained>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { path } = bad;
  const what = bad.container === '' ? pod.name : `container ${bad.container} of ${pod.name}`;
  return {
    severity: 'warning',
    confidence: 'likely',
    object: struck.ref,
    summary: `What is left of ${nameOf(struck)} is overwhelmed: ${what} is ${bad.words}${path === undefined ? '' : `, with ${path.ready.length} of ${path.pods.length} pods behind Service ${path.service.name}`}`,
    detail: affected(struck),
    evidence: bad.lines === undefined ? measured(facts, pod, bad) : [...bad.lines],
    since: SINCE_UNKNOWN,
    // Those that are out are part of it: together they leave its callers without an answer.
    involves: [...involved(struck), ...(path === undefined ? [] : [...outOf(path), path.service.ref])],
    remedy: {
      summary: 'Bring the other pods back first; then raise the limit, or the number of replicas.',
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}

function measured(facts: Facts, pod: PodFact, { container, words, value }: Strained): Evidence[] {
  const spec = items(fields(facts.body(pod)['spec'])['containers']).find(({ name }) => name === container);
  return [
    { kind: 'metric', object: pod.ref, text: `${container}: ${words}`, value },
    fieldEvidence(facts, pod, `spec.containers[${container}].resources`, spec?.['resources'] ?? null),
  ];
}

function outOf({ pods }: ServicePath): ObjectRef[] {
  return pods.filter(({ ready, terminating }) => ready !== 'True' && !terminating).map(({ ref }) => ref);
}
