/** Kubernetes objects in a few words, as an API server would serve them, for tests of what reads evidence. */
import type { KubeObject } from './evidence.ts';

type Fields = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

/** A time of the day on which the evidence of tests is captured (14:30:00 to 14:30:20, see evidence.ts). */
export function on(clock: string): string {
  return `2026-05-01T${clock}Z`;
}

export interface Common {
  readonly namespace?: string;
  readonly labels?: Labels;
  /** Clock of the creation; default 12:00:00. */
  readonly created?: string;
  /** Clock of the deletion, for what is terminating. */
  readonly deleted?: string;
  readonly annotations?: Labels;
  readonly generation?: number;
  readonly managedFields?: readonly Fields[];
}

function metadata(name: string, more: Common, owner?: Fields): Fields {
  const {
    namespace = 'shop',
    labels,
    created = '12:00:00',
    deleted,
    annotations,
    generation,
    managedFields,
  } = more;
  return {
    name,
    namespace,
    uid: `${namespace}-${name}`,
    creationTimestamp: on(created),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(generation === undefined ? {} : { generation }),
    ...(managedFields === undefined ? {} : { managedFields }),
    ...(deleted === undefined ? {} : { deletionTimestamp: on(deleted) }),
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  };
}

function controller(kind: string, name: string): Fields {
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    name,
    uid: `shop-${name}`,
    controller: true,
  };
}

/** One entry of managedFields over these field paths, each `spec.selector`. */
export function write(manager: string, clock: string, ...paths: readonly string[]): Fields {
  const fieldsV1: Record<string, unknown> = {};
  for (const path of paths) {
    let here = fieldsV1;
    for (const step of path.split('.')) {
      const next = (here[`f:${step}`] ?? {}) as Record<string, unknown>;
      here[`f:${step}`] = next;
      here = next;
    }
  }
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: on(clock),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
}

export function service(
  name: string,
  selector: Labels | undefined,
  more: Common & { readonly spec?: Fields } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name, more),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      ...(selector === undefined ? {} : { selector }),
      ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...more.spec,
    },
  };
}

/** The Service's EndpointSlice; a generation above 1 says that its content changed. */
export function slice(
  of: string,
  endpoints: readonly Fields[],
  more: Common & { readonly ports?: readonly Fields[] } = {},
): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(`${of}-abc12`, {
      generation: 1,
      ...more,
      labels: { 'kubernetes.io/service-name': of },
    }),
    addressType: 'IPv4',
    endpoints,
    ports: more.ports ?? (endpoints.length === 0 ? null : [{ name: '', port: 8080, protocol: 'TCP' }]),
  };
}

export function endpoint(
  pod: string,
  conditions: Fields = { ready: true, serving: true, terminating: false },
): Fields {
  return {
    addresses: ['10.244.0.9'],
    conditions,
    nodeName: 'node-1',
    targetRef: { kind: 'Pod', namespace: 'shop', name: pod },
  };
}

interface Template extends Common {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas?: number;
  /** Labels of the pod template. */
  readonly pods: Labels;
  readonly containers?: readonly Fields[];
}

export function workload(
  name: string,
  { kind = 'Deployment', replicas = 1, pods, containers, ...more }: Template,
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadata(name, more),
    spec: {
      replicas,
      selector: { matchLabels: { name } },
      template: {
        metadata: { labels: { name, ...pods } },
        spec: { containers: containers ?? [{ name: 'app', image: 'app:1' }] },
      },
    },
    status: { replicas },
  };
}

/** A revision of a Deployment; its name is `<of>-<revision>`. */
export function replicaSet(
  of: string,
  revision: number,
  pods: Labels,
  created: string,
  replicas = 0,
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadata(
      `${of}-${revision}`,
      { created, annotations: { 'deployment.kubernetes.io/revision': String(revision) } },
      controller('Deployment', of),
    ),
    spec: {
      replicas,
      selector: { matchLabels: { name: of } },
      template: { metadata: { labels: { name: of, ...pods } } },
    },
    status: { replicas },
  };
}

interface PodGiven extends Common {
  readonly owner?: readonly ['ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job', string];
  readonly phase?: string;
  readonly ready?: boolean;
  /** Clock of the Ready condition's last transition; default: the creation. */
  readonly since?: string;
  readonly reason?: string;
  readonly message?: string;
  /** Of the container `app`: merged into its status. */
  readonly container?: Fields;
  readonly initContainers?: readonly Fields[];
  readonly spec?: Fields;
  readonly app?: Fields;
}

export function pod(name: string, given: PodGiven = {}): KubeObject {
  const { owner, phase = 'Running', ready = true, since, created = '12:00:00' } = given;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, given, owner && controller(...owner)),
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'app:1', ...given.app }], ...given.spec },
    status: {
      phase,
      podIP: '10.244.0.9',
      startTime: on(created),
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: on(since ?? created),
          ...(ready
            ? {}
            : {
                reason: given.reason ?? 'ContainersNotReady',
                message: given.message ?? 'containers with unready status: [app]',
              }),
        },
      ],
      containerStatuses: [
        {
          name: 'app',
          image: 'app:1',
          ready,
          restartCount: 0,
          state: { running: { startedAt: on(created) } },
          ...given.container,
        },
      ],
      ...(given.initContainers === undefined ? {} : { initContainerStatuses: given.initContainers }),
    },
  };
}

/** An Event about an object of namespace shop. */
export function event(
  kind: string,
  name: string,
  reason: string,
  message: string,
  clock: string,
  more: { readonly last?: string; readonly count?: number; readonly type?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: metadata(`${name}.${reason}.${clock}`.toLowerCase().replaceAll(':', ''), { created: clock }),
    involvedObject: {
      apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
      kind,
      namespace: 'shop',
      name,
      uid: `shop-${name}`,
    },
    type: more.type ?? 'Normal',
    reason,
    message,
    count: more.count ?? 1,
    firstTimestamp: on(clock),
    lastTimestamp: on(more.last ?? clock),
    source: { component: 'test' },
  };
}

/** An Ingress whose host `shop.example` leads to a Service, port 80. */
export function ingress(name: string, to: string): KubeObject {
  const backend = { service: { name: to, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadata(name, {}),
    spec: {
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

export function job(name: string, pods: Labels): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(name, {}),
    spec: { template: { metadata: { labels: pods }, spec: { containers: [{ name: 'app' }] } } },
    status: { succeeded: 1 },
  };
}
