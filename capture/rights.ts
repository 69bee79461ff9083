/**
 * Every right that a capture uses, in one table: `inquest rbac` prints it as roles, and preflight.ts asks the cluster for
 * it before anything is taken. A request that needs a right which is not here is a mistake; the lab proves it.
 */
import { WATCHED } from './kinds.ts';

/** How far a capture goes. Each level includes those of `INCLUDES`. */
export const LEVELS = ['read', 'port-forward', 'kubelet', 'exec', 'debug-pod'] as const;
export type Level = (typeof LEVELS)[number];

const INCLUDES: Readonly<Record<Level, readonly Level[]>> = {
  read: [],
  'port-forward': ['read'],
  kubelet: ['port-forward'],
  exec: ['port-forward'],
  'debug-pod': ['exec'],
};

export interface Right {
  readonly level: Level;
  /**
   * Where it is needed: `namespace` wherever pods of the case run, `cluster` for what lies outside namespaces, `dns` in
   * `kube-system` even when the scope is another namespace.
   */
  readonly scope: 'namespace' | 'cluster' | 'dns';
  /** The API group, empty for the core one. Absent for paths that are no resource. */
  readonly group?: string;
  /** Plurals, `pods/log` for a subresource; or paths such as `/metrics`. */
  readonly on: readonly string[];
  readonly verbs: readonly Verb[];
  /** What is missing without it, as preflight tells it. Without words it is not asked for. */
  readonly words?: string;
  /** Printed as a role of its own, so that it can be left out. */
  readonly apart?: 'secrets';
  /** Every user who has logged in may do it, unless the cluster's own default roles were taken away. */
  readonly usual?: true;
}
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch';

const list = ['list'] as const;
const get = ['get'] as const;
/** A WebSocket opens with a GET, which needs `get`; since 1.35 the API server asks for `create` as well. */
const open = ['get', 'create'] as const;

const ASKED: readonly Right[] = [
  { level: 'read', scope: 'namespace', group: '', on: ['events'], verbs: list, words: 'Events' },
  { level: 'read', scope: 'namespace', group: '', on: ['pods'], verbs: list, words: 'pods' },
  { level: 'read', scope: 'namespace', group: '', on: ['pods/log'], verbs: get, words: 'logs' },
  { level: 'read', scope: 'namespace', group: '', on: ['services'], verbs: list, words: 'Services' },
  { level: 'read', scope: 'namespace', group: '', on: ['configmaps'], verbs: list, words: 'ConfigMaps' },
  {
    level: 'read',
    scope: 'namespace',
    group: '',
    on: ['secrets'],
    verbs: list,
    words: 'names and certificates of Secrets',
    apart: 'secrets',
  },
  {
    level: 'read',
    scope: 'namespace',
    group: 'discovery.k8s.io',
    on: ['endpointslices'],
    verbs: list,
    words: 'EndpointSlices',
  },
  {
    level: 'read',
    scope: 'namespace',
    group: 'apps',
    on: ['deployments'],
    verbs: list,
    words: 'Deployments',
  },
  {
    level: 'read',
    scope: 'namespace',
    group: 'networking.k8s.io',
    on: ['networkpolicies'],
    verbs: list,
    words: 'NetworkPolicies',
  },
  { level: 'read', scope: 'cluster', group: '', on: ['nodes'], verbs: list, words: 'nodes' },
  {
    level: 'read',
    scope: 'namespace',
    group: '',
    on: ['pods/proxy', 'services/proxy'],
    verbs: get,
    words: 'answers of pods and Services through the API server',
  },
  { level: 'read', scope: 'dns', group: '', on: ['pods/proxy'], verbs: get, words: 'metrics of CoreDNS' },
  { level: 'read', scope: 'cluster', on: ['/metrics'], verbs: get, words: 'metrics of the API server' },
  {
    level: 'port-forward',
    scope: 'namespace',
    group: '',
    on: ['pods/portforward'],
    verbs: open,
    words: 'connects by port-forward (get and create pods/portforward)',
  },
  {
    level: 'port-forward',
    scope: 'dns',
    group: '',
    on: ['pods/portforward'],
    verbs: open,
    words: 'questions to each CoreDNS replica (get and create pods/portforward in kube-system)',
  },
  {
    level: 'kubelet',
    scope: 'cluster',
    group: '',
    on: ['nodes/proxy'],
    verbs: get,
    words: 'answers of the kubelets',
  },
  {
    level: 'exec',
    scope: 'namespace',
    group: '',
    on: ['pods/exec'],
    verbs: open,
    words: 'run programs in containers (get and create pods/exec)',
  },
  {
    level: 'debug-pod',
    scope: 'namespace',
    group: '',
    on: ['pods/ephemeralcontainers'],
    verbs: ['patch'],
    words: 'put in ephemeral containers (patch pods/ephemeralcontainers)',
  },
];

/** Kinds of the core group that can be listed; Secrets stand apart. */
const CORE = [
  'endpoints',
  'limitranges',
  'persistentvolumeclaims',
  'podtemplates',
  'replicationcontrollers',
  'resourcequotas',
  'serviceaccounts',
];
const CORE_OUTSIDE = ['componentstatuses', 'namespaces', 'persistentvolumes'];

/** A group's kinds outside namespaces: their plurals, or `*` when all of its kinds lie there. */
export type Groups = Readonly<Record<string, readonly string[] | '*'>>;

/** Groups that Kubernetes serves itself: nothing in them is secret, so all their kinds are listed. */
export const OWN_GROUPS: Groups = {
  'admissionregistration.k8s.io': '*',
  'apiextensions.k8s.io': '*',
  'apiregistration.k8s.io': '*',
  apps: [],
  autoscaling: [],
  batch: [],
  'certificates.k8s.io': ['certificatesigningrequests', 'clustertrustbundles'],
  'coordination.k8s.io': [],
  'discovery.k8s.io': [],
  'flowcontrol.apiserver.k8s.io': '*',
  'internal.apiserver.k8s.io': '*',
  'metrics.k8s.io': ['nodes'],
  'networking.k8s.io': ['ingressclasses', 'ipaddresses', 'servicecidrs'],
  'node.k8s.io': '*',
  policy: [],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles'],
  'resource.k8s.io': ['deviceclasses', 'devicetaintrules', 'resourcepoolstatusrequests', 'resourceslices'],
  'scheduling.k8s.io': ['priorityclasses'],
  'storage.k8s.io': [
    'csidrivers',
    'csinodes',
    'storageclasses',
    'volumeattachments',
    'volumeattributesclasses',
  ],
  'storagemigration.k8s.io': '*',
};

/** Groups of custom resources that cases are decided by, where the cluster has them. */
export const KNOWN_GROUPS: Groups = {
  'acme.cert-manager.io': [],
  'cert-manager.io': ['clusterissuers'],
  'cilium.io': ['ciliumclusterwidenetworkpolicies', 'ciliumidentities', 'ciliumnodes'],
  'crd.projectcalico.org': ['felixconfigurations', 'globalnetworkpolicies', 'globalnetworksets', 'ippools'],
  'elbv2.k8s.aws': ['ingressclassparams'],
  'externaldns.k8s.io': [],
  'gateway.networking.k8s.io': ['gatewayclasses'],
  'keda.sh': ['clustertriggerauthentications'],
  'linkerd.io': [],
  'metallb.io': [],
  'networking.gke.io': [],
  'networking.istio.io': [],
  'policy.linkerd.io': [],
  'policy.networking.k8s.io': '*',
  'projectcalico.org': ['globalnetworkpolicies', 'globalnetworksets', 'ippools'],
  'projectcontour.io': [],
  'security.istio.io': [],
  'traefik.io': [],
};

/** Served, but nothing of them is taken: reviews are no objects, and Events are listed from the core group. */
export const UNLISTED_GROUPS: readonly string[] = [
  'authentication.k8s.io',
  'authorization.k8s.io',
  'events.k8s.io',
];

/** What `system:discovery`, `system:public-info-viewer` and `system:basic-user` give to everybody. */
const USUAL: readonly Right[] = [
  {
    level: 'read',
    scope: 'cluster',
    on: ['/api', '/api/*', '/apis', '/apis/*', '/livez', '/readyz', '/version'],
    verbs: get,
    usual: true,
  },
  {
    level: 'read',
    scope: 'cluster',
    group: 'authorization.k8s.io',
    on: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    verbs: ['create'],
    usual: true,
  },
  {
    level: 'read',
    scope: 'cluster',
    group: 'authentication.k8s.io',
    on: ['selfsubjectreviews'],
    verbs: ['create'],
    usual: true,
  },
];

/** With `-n`, cluster DNS lies outside the scope; paths.ts and logs.ts take it all the same. */
const DNS: readonly Right[] = [
  {
    level: 'read',
    scope: 'dns',
    group: '',
    on: ['configmaps', 'events', 'pods', 'services'],
    verbs: ['list', 'watch'],
  },
  { level: 'read', scope: 'dns', group: 'apps', on: ['deployments'], verbs: ['list', 'watch'] },
  {
    level: 'read',
    scope: 'dns',
    group: 'discovery.k8s.io',
    on: ['endpointslices'],
    verbs: ['list', 'watch'],
  },
  { level: 'read', scope: 'dns', group: 'coordination.k8s.io', on: ['leases'], verbs: list },
  { level: 'read', scope: 'dns', group: '', on: ['pods/log'], verbs: get },
];

/** Watches run on what WATCHED names, and on nothing else. */
function watches(): Right[] {
  return WATCHED.map((id) => {
    const slash = id.indexOf('/');
    const resource = id.slice(slash + 1);
    return {
      level: 'read',
      scope: resource === 'nodes' ? 'cluster' : 'namespace',
      group: slash < 0 ? '' : id.slice(0, slash),
      on: [resource],
      verbs: ['watch'],
    } as const;
  });
}

/** Every right of every level; `groups` are groups of custom resources. */
export function rights(groups: Groups = KNOWN_GROUPS): readonly Right[] {
  return [
    ...ASKED,
    { level: 'read', scope: 'namespace', group: '', on: CORE, verbs: list },
    { level: 'read', scope: 'cluster', group: '', on: CORE_OUTSIDE, verbs: list },
    ...Object.entries({ ...groups, ...OWN_GROUPS }).flatMap(([group, outside]) => wholeGroup(group, outside)),
    ...watches(),
    ...DNS,
    ...USUAL,
  ];
}

function wholeGroup(group: string, outside: readonly string[] | '*'): Right[] {
  const right = (scope: 'namespace' | 'cluster', on: readonly string[]): Right[] =>
    on.length === 0 ? [] : [{ level: 'read', scope, group, on, verbs: list }];
  if (outside === '*') return right('cluster', ['*']);
  return [...right('namespace', ['*']), ...right('cluster', outside)];
}

/** These levels and all that they include, in the order of LEVELS. */
export function withIncluded(levels: readonly Level[]): readonly Level[] {
  const all = new Set<Level>();
  const add = (level: Level): void => {
    all.add(level);
    for (const included of INCLUDES[level]) add(included);
  };
  for (const level of ['read' as const, ...levels]) add(level);
  return LEVELS.filter((level) => all.has(level));
}

/** What preflight asks: the rights with words, of these levels. */
export function askedRights(levels: readonly Level[]): ReadonlyArray<Right & { readonly words: string }> {
  return ASKED.filter(
    (right): right is Right & { readonly words: string } =>
      levels.includes(right.level) && right.words !== undefined,
  );
}
