/** Which logs to take first when time or room is short. Pure. */
import type { Focus } from './collector.ts';
import { focusNamespaces } from './focus.ts';
import type { Inventory, PodDigest } from './inventory.ts';
import { DNS_LABEL, DNS_NAMESPACE } from './kinds.ts';

export type LogClass = 'dns' | 'edge' | 'control-plane' | 'unwell' | 'near-unwell' | 'rest';

/** In this order. */
export const LOG_CLASSES: readonly LogClass[] = [
  'dns',
  'edge',
  'control-plane',
  'unwell',
  'near-unwell',
  'rest',
];

/** Between the edge and the control plane. */
const FOCUS_RANK = LOG_CLASSES.indexOf('edge') + 0.01;

/** Images and labels of what stands at a cluster's edge, and of what hands it certificates, addresses and names. */
const EDGE = new RegExp(
  [
    'ingress',
    'gateway',
    'traefik',
    'haproxy',
    'envoy',
    'contour',
    'kong',
    'istio-proxy',
    'istiod',
    'pilot',
    'cert-manager',
    'external-dns',
    'aws-load-balancer-controller',
    'metallb',
    'cloud-controller-manager',
  ].join('|'),
);
const NAME_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app', 'k8s-app', 'component'];

/** The class of one pod's logs. */
export function classOf(
  pod: PodDigest,
  inventory: Pick<Inventory, 'behindUnwell' | 'unwellNamespaces'>,
): LogClass {
  if (pod.namespace === DNS_NAMESPACE && pod.labels[DNS_LABEL.key] === DNS_LABEL.value) return 'dns';
  if (isEdge(pod)) return 'edge';
  if (pod.namespace === 'kube-system') return 'control-plane';
  if (pod.unwell) return 'unwell';
  if (inventory.behindUnwell().has(`${pod.namespace}/${pod.name}`)) return 'near-unwell';
  // A Service without endpoints selects nobody: whom it meant is somewhere beside it.
  return inventory.unwellNamespaces().has(pod.namespace) ? 'near-unwell' : 'rest';
}

/** Whether a pod stands at the cluster's edge, or serves what does. */
export function isEdge(pod: PodDigest): boolean {
  // A sidecar proxy is no edge: the first container is what the pod is for.
  const [image = ''] = pod.images;
  const repository = image.slice(image.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
  return EDGE.test(repository) || NAME_LABELS.some((key) => EDGE.test(pod.labels[key] ?? ''));
}

/** One log to ask for. */
export interface LogTask {
  readonly pod: PodDigest;
  readonly container: string;
  readonly previous: boolean;
  readonly class: LogClass;
}

/** Every log there can be, the most telling first; those of containers that never ran do not exist. */
export function logTasks(
  pods: readonly PodDigest[],
  inventory: Inventory,
  focus?: readonly Focus[],
): LogTask[] {
  const tasks: LogTask[] = [];
  for (const pod of pods) {
    const kind = classOf(pod, inventory);
    for (const container of pod.containers) {
      if (!container.started) continue;
      tasks.push({ pod, container: container.name, previous: false, class: kind });
      if (container.restarted) tasks.push({ pod, container: container.name, previous: true, class: kind });
    }
  }
  const asked = focusNamespaces(focus);
  // What the user asks about comes right behind cluster DNS and the edge, which all of it goes through.
  const rank = (task: LogTask): number => {
    const own = LOG_CLASSES.indexOf(task.class);
    const first = FOCUS_RANK + own / LOG_CLASSES.length;
    return asked.has(task.pod.namespace) ? Math.min(own, first) : own;
  };
  return tasks.sort((a, b) => rank(a) - rank(b));
}
