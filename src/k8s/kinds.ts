/** The words people use for kinds: kubectl's short names, plurals and singulars, for the kinds that most clusters have. */

/** Kind, resource, short names. The rest is found by its own kind or plural. */
const KINDS: ReadonlyArray<readonly [kind: string, plural: string, ...short: string[]]> = [
  ['ConfigMap', 'configmaps', 'cm'],
  ['ControllerRevision', 'controllerrevisions'],
  ['CronJob', 'cronjobs', 'cj'],
  ['CustomResourceDefinition', 'customresourcedefinitions', 'crd', 'crds'],
  ['DaemonSet', 'daemonsets', 'ds'],
  ['Deployment', 'deployments', 'deploy'],
  ['EndpointSlice', 'endpointslices', 'eps'],
  ['Endpoints', 'endpoints', 'ep'],
  ['Event', 'events', 'ev'],
  ['Gateway', 'gateways', 'gtw'],
  ['HTTPRoute', 'httproutes'],
  ['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa'],
  ['Ingress', 'ingresses', 'ing'],
  ['Job', 'jobs'],
  ['Lease', 'leases'],
  ['Namespace', 'namespaces', 'ns'],
  ['NetworkPolicy', 'networkpolicies', 'netpol'],
  ['Node', 'nodes', 'no'],
  ['PersistentVolume', 'persistentvolumes', 'pv'],
  ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc'],
  ['Pod', 'pods', 'po'],
  ['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb'],
  ['ReplicationController', 'replicationcontrollers', 'rc'],
  ['ReplicaSet', 'replicasets', 'rs'],
  ['Secret', 'secrets'],
  ['Service', 'services', 'svc'],
  ['ServiceAccount', 'serviceaccounts', 'sa'],
  ['StatefulSet', 'statefulsets', 'sts'],
];

const BY_WORD = new Map(
  KINDS.flatMap(([kind, ...words]) => [kind.toLowerCase(), ...words].map((word) => [word, kind] as const)),
);

/** `svc`, `services` and `Service` are all `Service`; undefined for a word that is not among the common kinds. */
export function kindOfWord(word: string): string | undefined {
  return BY_WORD.get(word.toLowerCase());
}
