/** Nodes, Leases, Services and objects of any kind, in the exact form in which an API server serves them. */
import type { KubeObject } from '../evidence.ts';

export type Fields = Readonly<Record<string, unknown>>;
export type Labels = Readonly<Record<string, string>>;

/** Everything is of the morning unless a test says otherwise: captures of tests are of 14:30. */
export const at = (clock: string): string => `2026-05-01T${clock}Z`;

const metaOf = (path: string, more: Fields = {}): Fields => {
  const [namespace = '', name = ''] = path.includes('/') ? path.split('/') : ['', path];
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    uid: `uid-${path.replace('/', '-')}`,
    creationTimestamp: at('08:00:00'),
    ...more,
  };
};

/** An object of any kind; `path` is `namespace/name`, or a name alone. */
export function object(apiVersion: string, kind: string, path: string, more: Fields = {}): KubeObject {
  const { metadata, ...rest } = more;
  return { apiVersion, kind, metadata: metaOf(path, metadata as Fields | undefined), ...rest };
}

const CONDITIONS: ReadonlyArray<readonly [string, string, string]> = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
  ['Ready', 'True', 'KubeletReady'],
];

export function turned(
  type: string,
  status: string,
  reason: string,
  since = '08:00:10',
  message = reason,
): Fields {
  return { type, status, reason, message, lastTransitionTime: at(since) };
}

/** A Node with its Lease; `conditions` replace those of their type. */
export function node(
  name: string,
  more: {
    labels?: Labels;
    taints?: readonly Fields[];
    conditions?: readonly Fields[];
    spec?: Fields;
    metadata?: Fields;
    lease?: string | null;
  } = {},
): KubeObject[] {
  const own = more.conditions ?? [];
  const usual = CONDITIONS.filter(([type]) => !own.some((one) => one['type'] === type));
  const { lease = '14:29:55' } = more;
  return [
    object('v1', 'Node', name, {
      metadata: {
        labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...more.labels },
        ...more.metadata,
      },
      spec: { ...(more.taints === undefined ? {} : { taints: more.taints }), ...more.spec },
      status: {
        conditions: [...usual.map(([type, status, reason]) => turned(type, status, reason)), ...own],
        allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
        addresses: [{ type: 'Hostname', address: name }],
      },
    }),
    ...(lease === null ? [] : [leaseOf(`kube-node-lease/${name}`, lease, 40, name)]),
  ];
}

export function leaseOf(path: string, renewed: string, seconds = 15, holder = 'holder-1'): KubeObject {
  return object('coordination.k8s.io/v1', 'Lease', path, {
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: seconds,
      renewTime: `2026-05-01T${renewed}.000000Z`,
      leaseTransitions: 1,
    },
  });
}

/** An address of the pod network that is always the same for a name. */
export function addressOf(path: string): string {
  let hash = 7;
  for (const char of path) hash = (hash * 31 + char.charCodeAt(0)) % 65_521;
  return `10.42.${hash >> 8}.${hash & 255}`;
}

/** A Service; of a port only what is not usual is said. */
export function service(
  path: string,
  selector: Labels | undefined,
  ports: ReadonlyArray<Fields | number> = [80],
  spec: Fields = {},
  metadata: Fields = {},
): KubeObject {
  return object('v1', 'Service', path, {
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: addressOf(path).replace('10.42', '10.96'),
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      ...(selector === undefined ? {} : { selector }),
      ports: ports.map((one) => ({
        protocol: 'TCP',
        ...(typeof one === 'number' ? { port: one, targetPort: one } : { targetPort: one['port'], ...one }),
      })),
      ...spec,
    },
    status: { loadBalancer: {} },
  });
}

export const HEADLESS: Fields = { clusterIP: 'None', clusterIPs: ['None'] };
