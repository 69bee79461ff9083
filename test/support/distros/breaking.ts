/** How a healthy cluster of these is broken: pods that wait, die or are refused, and what their kubelet and controllers say. */
import type { EvidenceGiven, KubeObject } from '../evidence.ts';
import { changed, cluster, event, keyOf } from './cluster.ts';
import { at, object, turned, type Fields } from './objects.ts';

export interface Broken {
  readonly cluster: () => EvidenceGiven;
  /** `Kind namespace/name…` → a merge patch, or null to take it away. */
  readonly change?: Readonly<Record<string, Fields | null>>;
  readonly add?: readonly KubeObject[];
  readonly logs?: EvidenceGiven['logs'];
  /** The first root, or where nothing is a cause the first unexplained symptom. */
  readonly root: string;
  /** In its summary or detail. */
  readonly says?: RegExp;
}

const isDerived = ({ kind, metadata }: KubeObject): boolean =>
  kind === 'EndpointSlice' &&
  (metadata as { labels: Fields }).labels['endpointslice.kubernetes.io/managed-by'] ===
    'endpointslice-controller.k8s.io';

/** The healthy cluster with these changes; its slices follow, and those that had endpoints say by their generation that they had. */
export function broken({ cluster: made, change = {}, add = [], logs = [] }: Broken): EvidenceGiven {
  const given = made();
  const before = given.objects ?? [];
  const had = new Set(
    before.filter((one) => isDerived(one) && (one['endpoints'] as unknown[]).length > 0).map(keyOf),
  );
  const bare = before.filter((one) => !isDerived(one) && !keyOf(one).endsWith(' default/kubernetes'));
  const objects = cluster(changed([...bare, ...add], change)).map((one) =>
    had.has(keyOf(one)) ? changed([one], { [keyOf(one)]: { metadata: { generation: 6 } } }) : [one],
  );
  return { ...given, objects: objects.flat(), logs: [...(given.logs ?? []), ...logs] };
}

const unready = (since: string, reason: string, message?: string): readonly Fields[] => [
  turned('Initialized', 'True', '', since),
  turned('Ready', 'False', reason, since, message ?? 'containers with unready status: [main]'),
  turned('ContainersReady', 'False', reason, since, message ?? 'containers with unready status: [main]'),
  turned('PodScheduled', 'True', '', since),
];

/** What replaces a pod's status while its container waits: before it has started, it has no address. */
export function waits(
  reason: string,
  message?: string,
  more: { since?: string; name?: string } = {},
): Fields {
  const { since = '14:20:00', name = 'main' } = more;
  return {
    metadata: { creationTimestamp: at(since) },
    status: {
      phase: 'Pending',
      conditions: unready(since, 'ContainersNotReady'),
      startTime: at(since),
      ...(reason === 'ContainerCreating' ? { podIP: null, podIPs: null } : {}),
      containerStatuses: [
        {
          name,
          ready: false,
          started: false,
          restartCount: 0,
          state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
        },
      ],
    },
  };
}

/** A container that dies each time: how the last run ended. */
export function dies(ended: Fields, more: { name?: string; restarts?: number; init?: boolean } = {}): Fields {
  const { name = 'main', restarts = 7, init = false } = more;
  const said = `back-off 5m0s restarting failed container=${name} pod=x_y(uid)`;
  const status = {
    name,
    ready: false,
    started: false,
    restartCount: restarts,
    state: { waiting: { reason: 'CrashLoopBackOff', message: said } },
    lastState: { terminated: { startedAt: at('14:27:50'), finishedAt: at('14:28:00'), ...ended } },
  };
  const waiting = {
    name: 'main',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'PodInitializing' } },
  };
  return {
    status: {
      phase: init ? 'Pending' : 'Running',
      conditions: unready('14:12:00', 'ContainersNotReady'),
      ...(init
        ? { initContainerStatuses: [status], containerStatuses: [waiting] }
        : { containerStatuses: [status] }),
    },
  };
}

/** A pod that runs and is not Ready since then. */
export function unreadySince(since: string, reason = 'ContainersNotReady', message?: string): Fields {
  return {
    status: {
      conditions: unready(since, reason, message),
      containerStatuses: [
        {
          name: 'main',
          ready: reason !== 'ContainersNotReady',
          started: true,
          restartCount: 0,
          state: { running: { startedAt: at('08:00:00') } },
        },
      ],
    },
  };
}

/** A pod that the kubelet refused, or ended: phase Failed, a reason and no container. */
export function fails(reason: string, message: string, created = '14:29:00'): Fields {
  return {
    metadata: { creationTimestamp: at(created) },
    status: {
      phase: 'Failed',
      reason,
      message,
      podIP: null,
      podIPs: null,
      containerStatuses: null,
      conditions: [],
      startTime: at(created),
    },
  };
}

/** The Event of a sandbox that the network plugin of a node could not give an address. */
export function sandbox(
  pod: string,
  said: string,
  runtime: 'containerd' | 'cri-o' = 'containerd',
): KubeObject {
  const id = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
  const name = pod.replace(/^.*\//, '');
  const frame =
    runtime === 'containerd'
      ? `failed to setup network for sandbox "${id}": ${said}`
      : `failed to create pod network sandbox k8s_${name}_shop_0(${id}): error adding pod shop_${name} to CNI network "multus-cni-network": ${said}`;
  return event(
    `Pod ${pod}`,
    'FailedCreatePodSandBox',
    `Failed to create pod sandbox: rpc error: code = Unknown desc = ${frame}`,
  );
}

/** A node that nobody hears from any more. */
export const LOST: Fields = {
  spec: {
    taints: [
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
    ],
  },
  status: {
    conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) =>
      turned(type, 'Unknown', 'NodeStatusUnknown', '14:21:00', 'Kubelet stopped posting node status.'),
    ),
  },
};

/** The pods of the shop's `api`, by which most clusters are struck, and their Deployment as a prefix of all its pods. */
export const API = 'Pod shop/api-';
export const FIRST = 'shop/api-5d9c7f6b8-bx7k2';
export const SECOND = 'shop/api-5d9c7f6b8-cx7k2';

/** An Event about each of the two. */
export function onBoth(...args: [string, string, Parameters<typeof event>[3]?]): KubeObject[] {
  return [FIRST, SECOND].map((name) => event(`Pod ${name}`, ...args));
}

/** A pod that no node takes, in the words of a scheduler. */
export function noNode(message: string, since = '14:10:00'): Fields {
  return {
    spec: { nodeName: null },
    metadata: { creationTimestamp: at(since) },
    status: {
      phase: 'Pending',
      podIP: null,
      podIPs: null,
      startTime: null,
      containerStatuses: null,
      conditions: [turned('PodScheduled', 'False', 'Unschedulable', since, message)],
    },
  };
}

/** A ReplicaSet whose pods the API server refuses, and its Deployment: the pods are taken away. */
export function refuses(said: string, since = '14:15:00'): Pick<Broken, 'change' | 'add'> {
  const none = { replicas: 0, readyReplicas: 0 };
  return {
    change: {
      [API]: null,
      'ReplicaSet shop/api': {
        status: { ...none, conditions: [turned('ReplicaFailure', 'True', 'FailedCreate', since, said)] },
      },
      'Deployment shop/api': { status: none },
    },
    add: [
      event('ReplicaSet shop/api-5d9c7f6b8', 'FailedCreate', `Error creating: ${said}`, {
        first: since,
        by: 'replicaset-controller',
      }),
    ],
  };
}

/** An Ingress through which the world asks for a Service. */
export function asked(path: string, port: number): KubeObject {
  const [namespace = '', name = ''] = path.split('/');
  const backend = { service: { name, port: { number: port } } };
  return object('networking.k8s.io/v1', 'Ingress', `${namespace}/to-${name}`, {
    spec: {
      rules: [{ host: `${name}.example`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  });
}
