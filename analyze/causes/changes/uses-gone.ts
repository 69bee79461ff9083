/** ConfigMaps, Secrets and claims that a container started with and that the list, which came whole, has no more. */
import { oneLine } from '../../../src/core/text.ts';
import { formatTime, parseTime, type Micros } from '../../../src/core/time.ts';
import { items } from '../../ingest/read.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, refOf } from '../../facts/read.ts';
import { podSpecOf, usesIn, type Use } from '../../facts/users.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

const RESOURCES = {
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  PersistentVolumeClaim: 'persistentvolumeclaims',
} as const;

/** Everything near: what the finding's own pods use. */
const usesGone: ChangeSource = (scene) => {
  const last = new Map<string, Found>();
  for (const pod of scene.pods) {
    for (const use of usesIn(podSpecOf(pod, scene.facts.objects.body(pod)))) {
      const found = goneSince(scene, pod, use);
      const key = `${use.kind}/${pod.namespace}/${use.name}`;
      if (found !== undefined && (last.get(key)?.when ?? 0) < found.when) last.set(key, found);
    }
  }
  return [...last.values()];
};
export default usesGone;

/**
 * The kubelet starts no container without what its environment refers to, and no pod without what its volumes do
 * (pkg/kubelet/kubelet_pods.go makeEnvironmentVariables, pkg/kubelet/volumemanager WaitForAttachAndMount): it was there when
 * one started.
 */
function goneSince(scene: Scene, pod: PodFact, { kind, name, path, optional }: Use): Found | undefined {
  const { facts } = scene;
  if (optional || path.startsWith('imagePullSecrets')) return undefined;
  const resource = RESOURCES[kind];
  if (!facts.coverage.of(resource, pod.namespace).known) return undefined;
  if (facts.objects.find(resource, pod.namespace, name) !== undefined) return undefined;
  const when = startedWith(scene, pod, path);
  if (!within(scene, when)) return undefined;
  return {
    when,
    near: true,
    at: formatTime(when),
    object: refOf('v1', kind, pod.namespace, name),
    summary: oneLine(`${kind} ${name} is gone: Pod ${pod.name} still started with it then`),
    basis: 'inferred',
    source: 'the start of a container that needs it',
  };
}

/** The last start of the container that refers to it; of a volume the first start of any, for it stays mounted. */
function startedWith({ facts }: Scene, pod: PodFact, path: string): Micros | undefined {
  const body = facts.objects.body(pod);
  const [, list = '', index] = /^(containers|initContainers)\[(\d+)\]/.exec(path) ?? [];
  const own = items(dig(body, 'spec', list))[Number(index)]?.['name'];
  const statuses = [
    ...items(dig(body, 'status', 'containerStatuses')),
    ...items(dig(body, 'status', 'initContainerStatuses')),
  ].filter(({ name }) => list === '' || name === own);
  const starts = statuses.flatMap((status) =>
    ['state', 'lastState'].flatMap((state) =>
      ['running', 'terminated'].flatMap((is) => parseTime(dig(status, state, is, 'startedAt')) ?? []),
    ),
  );
  if (starts.length === 0) return undefined;
  return list === '' ? Math.min(...starts) : Math.max(...starts);
}
