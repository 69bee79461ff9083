/** What must be seen of a fault before it is captured: states, since no machine is as quick as another. */
import { field, items, text, type Kube, type KubeObject } from '../kube.ts';
import type { PodFault, State } from './fault.ts';

async function podsIn(kube: Kube, namespace: string): Promise<KubeObject[]> {
  const pods = await kube.list({ kind: 'Pod', namespace });
  return pods.filter((pod) => field(pod, 'metadata.deletionTimestamp') === undefined);
}

function containersOf(pod: KubeObject): unknown[] {
  return [...items(pod, 'status.initContainerStatuses'), ...items(pod, 'status.containerStatuses')];
}

/** Some container of some pod is so. */
export function someContainer(holds: (container: unknown) => boolean): State {
  return async (kube, namespace) =>
    (await podsIn(kube, namespace)).some((pod) => containersOf(pod).some((one) => holds(one)));
}

/** Every pod is so, and there is one. */
export function everyPod(holds: (pod: KubeObject) => boolean): State {
  return async (kube, namespace) => {
    const pods = await podsIn(kube, namespace);
    return pods.length > 0 && pods.every((pod) => holds(pod));
  };
}

/** Some pod is so. */
export function somePod(holds: (pod: KubeObject) => boolean): State {
  return async (kube, namespace) => (await podsIn(kube, namespace)).some((pod) => holds(pod));
}

/** All of these. */
export function all(...states: readonly State[]): State {
  return async (kube, namespace) => {
    for (const state of states) if (!(await state(kube, namespace))) return false;
    return true;
  };
}

/** Events of this reason, counted together, whose message matches. */
export function said(reason: string, count = 1, pattern = /^/): State {
  return async (kube, namespace) => {
    const events = await kube.list({ kind: 'Event', namespace, fieldSelector: `reason=${reason}` });
    const seen = events.filter((event) => pattern.test(text(event, 'message')));
    return seen.reduce((sum, event) => sum + Number(field(event, 'count') ?? 1), 0) >= count;
  };
}

/** The log of a container of the pod of this workload has so many lines that match. */
export function logged(pattern: RegExp, count = 1, app = 'web', container = 'app'): State {
  return async (kube, namespace) => {
    const [pod] = await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${app}` });
    if (pod === undefined) return false;
    const log = await kube.logs(namespace, pod.metadata.name, { container });
    return log.split('\n').filter((line) => pattern.test(line)).length >= count;
  };
}

export function conditionOf(object: KubeObject, type: string): string | undefined {
  const found = items(object, 'status.conditions').find((one) => text(one, 'type') === type);
  return text(found, 'status');
}

const isReady = (pod: KubeObject): boolean =>
  conditionOf(pod, 'Ready') === 'True' || field(pod, 'status.phase') === 'Succeeded';

export const ready: State = everyPod(isReady);
export const running: State = everyPod((pod) => field(pod, 'status.phase') === 'Running');
export const restarted = (times: number): State =>
  someContainer((one) => Number(field(one, 'restartCount') ?? 0) >= times);
/** Some container has ended and is not begun again. */
export const terminated: State = someContainer(
  (one) => text(one, 'name') === 'app' && field(one, 'state.terminated') !== undefined,
);
export const waitsFor = (...reasons: readonly string[]): State =>
  someContainer((one) => reasons.includes(text(one, 'state.waiting.reason')));
const killedForMemory: State = someContainer(
  (one) =>
    text(one, 'lastState.terminated.reason') === 'OOMKilled' ||
    text(one, 'state.terminated.reason') === 'OOMKilled',
);

const BY_ROOT: Readonly<Record<string, State>> = {
  'pod/crash-loop': restarted(2),
  'pod/oom-killed': all(killedForMemory, restarted(1)),
  'pod/image-pull': waitsFor('ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'),
  'pod/config-missing': async (kube, namespace) =>
    (await waitsFor('CreateContainerConfigError')(kube, namespace)) ||
    (await said('FailedMount')(kube, namespace)),
  'pod/unschedulable': somePod((pod) => conditionOf(pod, 'PodScheduled') === 'False'),
  'pod/probe-misconfigured': said('Unhealthy', 2),
  'pod/probe-flapping': said('Unhealthy', 4),
};

/** What a fault is waited for by: its own state, its root's, or that its pods run; ready where nothing is to be found. */
export function stateOf({ state, roots = [], unexplained = [], advice = [] }: PodFault): State {
  if (state !== undefined) return state;
  const checks = [...roots, ...unexplained].map((key) => key.slice(0, key.indexOf(':')));
  const known = checks.flatMap((check) => BY_ROOT[check] ?? []);
  if (known.length > 0) return all(...known);
  return roots.length + unexplained.length + advice.length === 0 ? ready : running;
}
