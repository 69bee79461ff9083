/** The kinds that every cluster serves in these versions since 1.21: taken before discovery has answered. */
import type { Resource } from './discovery.ts';

function builtin(group: string, version: string, plural: string, kind: string, namespaced = true): Resource {
  return { group, version, plural, kind, namespaced, verbs: ['get', 'list', 'watch'] };
}

export const EVENTS = builtin('', 'v1', 'events', 'Event');
export const PODS = builtin('', 'v1', 'pods', 'Pod');
export const SERVICES = builtin('', 'v1', 'services', 'Service');
export const NODES = builtin('', 'v1', 'nodes', 'Node', false);
export const CONFIG_MAPS = builtin('', 'v1', 'configmaps', 'ConfigMap');
export const ENDPOINT_SLICES = builtin('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const INGRESSES = builtin('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const LEASES = builtin('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const DEPLOYMENTS = builtin('apps', 'v1', 'deployments', 'Deployment');

/** What is asked for where discovery gives no answer. */
export const WITHOUT_DISCOVERY: readonly Resource[] = [
  EVENTS,
  PODS,
  SERVICES,
  NODES,
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  DEPLOYMENTS,
  builtin('', 'v1', 'namespaces', 'Namespace', false),
  builtin('', 'v1', 'secrets', 'Secret'),
  builtin('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  builtin('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  builtin('', 'v1', 'resourcequotas', 'ResourceQuota'),
  builtin('', 'v1', 'limitranges', 'LimitRange'),
  builtin('apps', 'v1', 'replicasets', 'ReplicaSet'),
  builtin('apps', 'v1', 'statefulsets', 'StatefulSet'),
  builtin('apps', 'v1', 'daemonsets', 'DaemonSet'),
  builtin('batch', 'v1', 'jobs', 'Job'),
  builtin('batch', 'v1', 'cronjobs', 'CronJob'),
  builtin('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  INGRESSES,
  builtin('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass', false),
  builtin('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  builtin('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  LEASES,
];

/** `resourceId`s of which a watch runs from their list to the end of the capture, in order of worth. */
export const WATCHED: readonly string[] = [
  'pods',
  'discovery.k8s.io/endpointslices',
  'events',
  'services',
  'nodes',
  'apps/deployments',
  'apps/replicasets',
  'networking.k8s.io/networkpolicies',
  'networking.k8s.io/ingresses',
  'apps/statefulsets',
  'apps/daemonsets',
  'configmaps',
];

/** Served under two names: the second is the same objects again. */
export const SERVED_TWICE: ReadonlySet<string> = new Set(['events.k8s.io/events']);

/** How cluster DNS is labelled by kubeadm and its kin; the label outlived kube-dns itself. */
export const DNS_LABEL = { key: 'k8s-app', value: 'kube-dns' } as const;
export const DNS_NAMESPACE = 'kube-system';
