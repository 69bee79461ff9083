/** Pods on a node whose volumes cannot be mounted, or whose containers the kubelet refuses to make. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { isLooping } from '../../facts/pods/looping.ts';
import { missingIn } from '../../facts/pods/missing-config.ts';
import type { EventRow } from '../../facts/object-rows.ts';
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
import type { ContainerRow } from '../../facts/rows.ts';
import { dig } from '../../facts/read.ts';
import { isOfNetwork } from '../../facts/pods/sandbox-words.ts';
import { driversOut } from '../../facts/pods/csi-drivers.ts';
import { rejectedFindings } from '../../facts/pods/rejected-pods.ts';
import { refusalOf, tellingMount } from '../../facts/pods/start-words.ts';
import { fields, items } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'pod/not-started',
  layer: 'pod',
  title: 'Pod that the kubelet refuses, or whose volumes or containers it cannot make',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:events'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A pod that has its node starts when each volume is attached and mounted and the runtime has made each container. ' +
      'Found while a container waits with CreateContainerConfigError, CreateContainerError or another error of making it, or the pod waits in ' +
      'ContainerCreating and its newest Event of the last minutes is FailedMount, FailedAttachVolume, or ' +
      'FailedCreatePodSandBox for a reason that is not its network. The kubelet tries again, at most two minutes apart. ' +
      'A pod that it does not admit (a sysctl that it forbids, a node without room or of ' +
      'other labels by now) has failed before anything of it was made, and its workload makes another: found while the newest ' +
      'of a workload that lacks pods was refused so.',
    notConfusedWith: [
      'a ConfigMap, Secret or key that is not there: pod/config-missing',
      'an image that cannot be pulled: pod/image-pull',
      'a sandbox without network: platform/cni',
      'a mount that failed once while the pod was new',
      'pods left over from a refusal after which others were admitted; pods that a node under pressure or about to stop turns away',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/lifecycle/predicate.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/security_context.go',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/attachdetach/reconciler/reconciler.go',
    ],
  },
  explains: ['pod/not-ready', 'service/no-endpoints', 'service/traffic-policy'],
  run(facts) {
    const troubled = facts.troubledPods();
    return [
      ...rejectedFindings(facts).map((finding): Judged => ({ outcome: 'fail', finding })),
      ...judgePods(
        facts,
        livePods(facts),
        (pod) => (troubled.has(pod.id) ? refusedIn(facts, pod) : { fine: 'its containers have started' }),
        (struck) => findingOf(facts, struck),
      ),
    ];
  },
};
export default check;

interface Refused {
  readonly message: string;
  readonly container: ContainerRow | undefined;
  readonly event: EventRow | undefined;
}

/** pkg/kubelet/kuberuntime/kuberuntime_container.go. What was started and died is in a loop: pod/crash-loop. */
const REFUSED = new Set([
  'CreateContainerConfigError',
  'PreCreateHookError',
  'CreateContainerError',
  'PreStartHookError',
  'RunContainerError',
]);
const SANDBOX = 'FailedCreatePodSandBox';
const MAKING = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume', SANDBOX]);
/** What may still be well: a driver that is just starting, a volume on its way from another node. */
const NEW = MINUTE;
/** The kubelet waits at most two minutes between tries. */
const FRESH = 5 * MINUTE;

function refusedIn(facts: Facts, pod: PodFact): PodAnswer<Refused> {
  const waiting = facts.troubled(pod).filter(({ state }) => state === 'waiting' || state === null);
  const container = waiting.find(
    (one) => REFUSED.has(one.reason ?? '') && !isLooping(one, facts.clock.endedAt),
  );
  if (container !== undefined) {
    const message = container.message ?? container.reason ?? '';
    return isMissing(facts, pod, message)
      ? { fine: 'what it lacks is configuration' }
      : { bad: { message, container, event: undefined } };
  }
  const making = waiting.some(({ reason }) => reason === 'ContainerCreating' || reason === 'PodInitializing');
  if (!making) return { fine: 'no container of it waits to be made' };
  if (hasMounted(facts, pod)) return { fine: 'its volumes are mounted: a container of it has run' };
  const event = tellingMount(
    facts
      .events(pod.ref)
      .filter(
        ({ reason, last_at }) => MAKING.has(reason ?? '') && facts.clock.endedAt - (last_at ?? 0) <= FRESH,
      ),
  );
  if (event === undefined) return { fine: 'no volume or sandbox of it failed lately' };
  const young = pod.startedAt !== undefined && facts.clock.endedAt - pod.startedAt < NEW;
  if (young) return { fine: 'it has only just been given to its node' };
  const message = event.message ?? '';
  if (event.reason === SANDBOX && isOfNetwork(message)) return { fine: 'what it lacks is a network' };
  return isMissing(facts, pod, message)
    ? { fine: 'what it lacks is configuration' }
    : { bad: { message, container: undefined, event } };
}

/** The kubelet makes no container, init containers included, before every volume is mounted (pkg/kubelet, SyncPod). */
function hasMounted(facts: Facts, pod: PodFact): boolean {
  const status = dig(facts.body(pod), 'status');
  return ['initContainerStatuses', 'containerStatuses']
    .flatMap((list) => items(dig(status, list)))
    .some(({ state, lastState }) =>
      [state, lastState].some((one) => {
        const { running, terminated } = fields(one);
        return running !== undefined || terminated !== undefined;
      }),
    );
}

function isMissing(facts: Facts, pod: PodFact, message: string): boolean {
  return missingIn(message, facts.body(pod)) !== undefined;
}

function findingOf(facts: Facts, struck: Struck<Refused>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { message, container, event } = bad;
  const { words, remedy } = refusalOf(message);
  const drivers = driversOut(facts, message, new Set(struck.pods.map(({ node }) => node)));
  const place =
    container === undefined
      ? undefined
      : `status.${container.type === 'app' ? 'containerStatuses' : 'initContainerStatuses'}[${container.name}].state.waiting`;
  return {
    severity: severityOf(facts, struck),
    confidence: 'certain',
    object: struck.ref,
    ...(drivers.length === 0 ? {} : { part: 'csi-driver' }),
    summary: `${nameOf(struck)} cannot start: ${words}`,
    detail: `${container === undefined ? 'The kubelet' : `Container ${container.name}: the kubelet`} says "${oneLine(message).slice(0, 300)}". ${affected(struck)}${
      drivers.length === 0
        ? ''
        : ` What should run the driver there is not Ready: ${drivers
            .slice(0, 3)
            .map(({ namespace, name }) => `${namespace}/${name}`)
            .join(', ')}.`
    }`,
    evidence: [
      ...(place === undefined
        ? []
        : [fieldEvidence(facts, pod, place, { reason: container?.reason, message: container?.message })]),
      ...(event === undefined ? [] : [eventEvidence(facts, event)]),
      ...drivers
        .slice(0, 3)
        .map((one) => fieldEvidence(facts, one, 'status.conditions[type=Ready].status', one.ready ?? null)),
    ],
    since: sinceFirst(
      struck,
      struck.seen.map(({ bad: one, pod: of }) => one.event?.first_at ?? of.startedAt ?? null),
      'the first Event of it, or the start of the pod',
    ),
    involves: [...involved(struck), ...drivers.slice(0, 20).map(({ ref }) => ref)],
    remedy: {
      summary: remedy,
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}
