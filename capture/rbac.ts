/** The least roles for a capture, out of the table of rights: plain objects, each with what to know before applying it. */
import { DNS_NAMESPACE } from './kinds.ts';
import { type Groups, type Level, type Right, rights, type Verb, withIncluded } from './rights.ts';

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string;
}

export interface RbacOptions {
  readonly levels: readonly Level[];
  /** Roles in these namespaces; none: the whole cluster. */
  readonly namespaces: readonly string[];
  /** Nothing outside these namespaces. */
  readonly namespaceOnly: boolean;
  /** Groups of custom resources. */
  readonly groups: Groups;
  /** One rule for every kind there is, instead of named groups. */
  readonly allKinds: boolean;
  readonly secrets: boolean;
  /** What the roles are called. */
  readonly name: string;
  readonly subjects: readonly Subject[];
}

export interface RbacObject {
  readonly apiVersion: string;
  readonly kind: 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: ReadonlyArray<Subject & { readonly apiGroup?: string }>;
}

export interface RbacDocument {
  /** Sentences, without a mark of comment. */
  readonly comment: readonly string[];
  readonly object: RbacObject;
}

const GROUP = 'rbac.authorization.k8s.io';

/** What each level opens to who holds it, in plain words; said above the role. */
const LEVEL_WORDS: Readonly<Record<Level, readonly string[]>> = {
  read: [
    'get on pods/proxy and services/proxy sends GET requests to any port of any pod: a capture does so only where a probe, a health check or a metrics port declares it.',
  ],
  'port-forward': [
    'get and create on pods/portforward reaches any port of any pod, those on localhost included.',
  ],
  kubelet: [
    'get on nodes/proxy is as good as exec: whoever holds it can run programs in every container of the cluster. A capture only reads by it (health, configuration, pods, metrics, kube-proxy and its health-check node ports); leave it out and these are gaps.',
  ],
  exec: [
    'get and create on pods/exec runs any program in any container. A capture uses it with --allow-exec alone.',
  ],
  'debug-pod': [
    'patch on pods/ephemeralcontainers puts containers into running pods. A capture uses it with --allow-debug-pod alone.',
  ],
};

const SECRETS_WORDS = [
  'Optional: which Secrets there are, their keys and types, and the certificates of TLS Secrets.',
  'RBAC cannot tell metadata from values: who may list Secrets may read them. A capture asks for metadata alone and drops private keys as they come; leave this out and missing Secrets cannot be told from present ones.',
];

/** The roles, and bindings when there are subjects. */
export function rbacDocuments(options: RbacOptions): readonly RbacDocument[] {
  return options.namespaces.length === 0 ? forCluster(options) : forNamespaces(options);
}

function forCluster(options: RbacOptions): RbacDocument[] {
  const table = tableFor(options);
  return [
    ...role(options, {
      name: options.name,
      rules: rulesOf(table.filter(({ apart }) => apart === undefined)),
      comment: [
        ...levelComment(options),
        options.allKinds
          ? 'Every kind there is, Secrets with their values included: RBAC knows no exception from *.'
          : 'Kinds of other groups than these are gaps; `inquest rbac --discover` names those that the cluster serves.',
        usualWords(),
      ],
    }),
    ...secretsRole(options, undefined),
  ];
}

function forNamespaces(options: RbacOptions): RbacDocument[] {
  const table = tableFor(options);
  const within = rulesOf(table.filter(({ scope, apart }) => scope === 'namespace' && apart === undefined));
  const documents = options.namespaces.flatMap((namespace) => [
    ...role(options, {
      name: options.name,
      namespace,
      rules: within,
      comment: [
        ...levelComment(options),
        ...(options.namespaceOnly
          ? [
              'Nothing outside the namespace: nodes, volumes, classes, webhooks, kubelets and cluster DNS are gaps.',
            ]
          : []),
        usualWords(),
      ],
    }),
    ...secretsRole(options, namespace),
  ]);
  if (options.namespaceOnly) return documents;
  const dns = rulesOf(table.filter(({ scope }) => scope === 'dns'));
  const outside = rulesOf(table.filter(({ scope }) => scope === 'cluster'));
  return [
    ...documents,
    ...(options.namespaces.includes(DNS_NAMESPACE)
      ? []
      : role(options, {
          name: `${options.name}-dns`,
          namespace: DNS_NAMESPACE,
          rules: dns,
          comment: [
            'Optional: cluster DNS, and who leads the controllers. Without it no fault of DNS can be told.',
          ],
        })),
    ...role(options, {
      name: `${options.name}-cluster`,
      rules: outside,
      comment: [
        'Optional: what lies outside namespaces: nodes, volumes, classes, webhooks, health of the API server.',
      ],
    }),
  ];
}

function tableFor(options: RbacOptions): Right[] {
  const levels = withIncluded(options.levels);
  const table = rights(options.groups).filter(({ level, usual }) => levels.includes(level) && usual !== true);
  if (!options.allKinds) return table;
  const all: Right = { level: 'read', scope: 'namespace', group: '*', on: ['*'], verbs: ['list'] };
  return [
    all,
    ...table.filter(({ verbs, apart }) => apart === undefined && !verbs.includes('list')),
    ...watched(table),
  ];
}

/** What a table watches, without what it lists. */
function watched(table: readonly Right[]): Right[] {
  return table
    .filter(({ verbs }) => verbs.includes('list') && verbs.includes('watch'))
    .map((right) => ({ ...right, verbs: ['watch'] }));
}

/** Rights as few rules: kinds of a group with the same verbs together, then groups with the same kinds and verbs. */
export function rulesOf(table: readonly Right[]): readonly Rule[] {
  const verbs = new Map<string, Set<Verb>>();
  const groups = new Set<string | undefined>();
  for (const { group, on, verbs: wanted } of table) {
    groups.add(group);
    for (const name of on) {
      const key = JSON.stringify([group ?? null, name]);
      verbs.set(key, new Set([...(verbs.get(key) ?? []), ...wanted]));
    }
  }
  const rules = new Map<string, { groups: string[]; on: string[]; verbs: string[]; paths: boolean }>();
  for (const group of groups) {
    for (const [wanted, on] of byVerbs(verbs, group)) {
      const key = JSON.stringify([group === undefined, wanted, on]);
      const rule = rules.get(key) ?? { groups: [], on, verbs: wanted.split(','), paths: group === undefined };
      rule.groups.push(group ?? '');
      rules.set(key, rule);
    }
  }
  return [...rules.values()].map(({ groups: apiGroups, on, verbs: wanted, paths }) =>
    paths
      ? { nonResourceURLs: on, verbs: wanted }
      : { apiGroups: apiGroups.toSorted(), resources: on, verbs: wanted },
  );
}

/** Kinds of one group by their verbs, `get,list` for example; what `*` of the group gives is not said again. */
function byVerbs(verbs: ReadonlyMap<string, Set<Verb>>, group: string | undefined): Map<string, string[]> {
  const everything = verbs.get(JSON.stringify([group ?? null, '*']));
  const found = new Map<string, string[]>();
  for (const [key, wanted] of verbs) {
    const [of, name]: [string | null, string] = JSON.parse(key);
    if (of !== (group ?? null)) continue;
    const own = [...wanted].filter((verb) => name === '*' || everything?.has(verb) !== true);
    if (own.length === 0) continue;
    const text = own.toSorted().join(',');
    found.set(text, [...(found.get(text) ?? []), name].toSorted());
  }
  return found;
}

function secretsRole(options: RbacOptions, namespace: string | undefined): RbacDocument[] {
  if (!options.secrets || options.allKinds) return [];
  const rules = rulesOf(tableFor(options).filter(({ apart }) => apart === 'secrets'));
  return role(options, { name: `${options.name}-secrets`, namespace, rules, comment: SECRETS_WORDS });
}

function role(
  { subjects }: RbacOptions,
  wanted: {
    readonly name: string;
    readonly namespace?: string | undefined;
    readonly rules: readonly Rule[];
    readonly comment: readonly string[];
  },
): RbacDocument[] {
  const { name, namespace, rules, comment } = wanted;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const apiVersion = `${GROUP}/v1`;
  const made: RbacDocument = { comment, object: { apiVersion, kind, metadata, rules } };
  if (subjects.length === 0) return [made];
  const binding: RbacObject = {
    apiVersion,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata,
    roleRef: { apiGroup: GROUP, kind, name },
    subjects: subjects.map((subject) =>
      subject.kind === 'ServiceAccount' ? subject : { apiGroup: GROUP, ...subject },
    ),
  };
  return [made, { comment: [], object: binding }];
}

function levelComment({ levels }: RbacOptions): string[] {
  const all = withIncluded(levels);
  return [`For inquest capture: ${all.join(', ')}.`, ...all.flatMap((level) => LEVEL_WORDS[level])];
}

function usualWords(): string {
  const usual = rights({})
    .filter((right) => right.usual === true)
    .map(({ verbs, on }) => `${verbs.join(', ')} ${on.join(', ')}`);
  return `Not said here, because every user has it unless it was taken away: ${usual.join('; ')}.`;
}
