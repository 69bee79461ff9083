/** Workloads with their revision and their pods, in the exact form in which an API server serves them. */
import type { KubeObject } from '../evidence.ts';
import { addressOf, at, object, turned, type Fields, type Labels } from './objects.ts';

export interface PodSpec {
  readonly labels?: Labels;
  readonly owner?: Fields;
  readonly node?: string;
  readonly host?: boolean;
  readonly created?: string;
  readonly annotations?: Labels;
  /** The ports of the container that bears the name of the workload. */
  readonly ports?: readonly Fields[];
  readonly containers?: readonly Fields[];
  readonly initContainers?: readonly Fields[];
  readonly spec?: Fields;
  /** Merged over what a Ready pod says of itself. */
  readonly status?: Fields;
  readonly conditions?: readonly Fields[];
  readonly metadata?: Fields;
}

export function pod(path: string, given: PodSpec = {}): KubeObject {
  const { created = '08:00:00', conditions = [], node: on = 'node-1' } = given;
  const containers = given.containers ?? [
    {
      name: 'main',
      image: 'registry.example/main:1',
      ...(given.ports === undefined ? {} : { ports: given.ports }),
    },
  ];
  const ip = given.host === true ? '192.168.0.10' : addressOf(path);
  const usual = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
    .filter((type) => !conditions.some((one) => one['type'] === type))
    .map((type) => ({ type, status: 'True', lastTransitionTime: at(created), lastProbeTime: null }));
  const statusOf = ({ name, image, restartPolicy }: Fields, init: boolean): Fields => ({
    name,
    image,
    ready: true,
    restartCount: 0,
    started: !init || restartPolicy === 'Always',
    state:
      init && restartPolicy !== 'Always'
        ? {
            terminated: { exitCode: 0, reason: 'Completed', startedAt: at(created), finishedAt: at(created) },
          }
        : { running: { startedAt: at(created) } },
  });
  return object('v1', 'Pod', path, {
    metadata: {
      creationTimestamp: at(created),
      ...(given.labels === undefined ? {} : { labels: given.labels }),
      ...(given.annotations === undefined ? {} : { annotations: given.annotations }),
      ...(given.owner === undefined
        ? {}
        : { ownerReferences: [{ controller: true, blockOwnerDeletion: true, uid: 'u', ...given.owner }] }),
      ...given.metadata,
    },
    spec: {
      ...(on === '' ? {} : { nodeName: on }),
      ...(given.host === true ? { hostNetwork: true } : {}),
      schedulerName: 'default-scheduler',
      containers,
      ...(given.initContainers === undefined ? {} : { initContainers: given.initContainers }),
      ...given.spec,
    },
    status: {
      phase: 'Running',
      conditions: [...usual, ...conditions],
      hostIP: '192.168.0.10',
      podIP: ip,
      podIPs: [{ ip }],
      startTime: at(created),
      containerStatuses: containers.map((one) => statusOf(one, false)),
      ...(given.initContainers === undefined
        ? {}
        : { initContainerStatuses: given.initContainers.map((one) => statusOf(one, true)) }),
      ...given.status,
    },
  });
}

export interface Made extends Omit<PodSpec, 'owner' | 'node'> {
  /** One pod for each: a DaemonSet's nodes, or where the replicas stand. */
  readonly on?: readonly string[];
  readonly labels?: Labels;
  /** Metadata of the workload itself. */
  readonly own?: Fields;
}

function templateOf(labels: Labels, { containers, ports, initContainers, spec }: Made): Fields {
  return {
    metadata: { labels },
    spec: {
      containers: containers ?? [
        { name: 'main', image: 'registry.example/main:1', ...(ports === undefined ? {} : { ports }) },
      ],
      ...(initContainers === undefined ? {} : { initContainers }),
      ...spec,
    },
  };
}

const labelsOf = (path: string, given: Made): Labels => given.labels ?? { app: path.split('/')[1] ?? path };

/** A Deployment with its ReplicaSet and its pods; `on: []` is one at zero. */
export function deployment(path: string, given: Made = {}): KubeObject[] {
  const labels = labelsOf(path, given);
  const { on = ['node-1'] } = given;
  const hashed = { ...labels, 'pod-template-hash': '5d9c7f6b8' };
  const set = `${path}-5d9c7f6b8`;
  const name = path.split('/')[1];
  const status = {
    replicas: on.length,
    readyReplicas: on.length,
    availableReplicas: on.length,
    updatedReplicas: on.length,
    observedGeneration: 1,
  };
  return [
    object('apps/v1', 'Deployment', path, {
      metadata: { generation: 1, ...given.own },
      spec: { replicas: on.length, selector: { matchLabels: labels }, template: templateOf(labels, given) },
      status: {
        ...status,
        conditions: [
          turned('Available', 'True', 'MinimumReplicasAvailable'),
          turned('Progressing', 'True', 'NewReplicaSetAvailable'),
        ],
      },
    }),
    object('apps/v1', 'ReplicaSet', set, {
      metadata: {
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: 'u', controller: true }],
      },
      spec: { replicas: on.length, selector: { matchLabels: hashed }, template: templateOf(hashed, given) },
      status,
    }),
    ...on.map((one, index) =>
      pod(`${set}-${'bcdfg'[index] ?? index}x7k2`, {
        ...given,
        labels: hashed,
        node: one,
        owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.split('/')[1] },
      }),
    ),
  ];
}

/** A DaemonSet with a pod on each of its nodes. */
export function daemonSet(path: string, given: Made = {}): KubeObject[] {
  const labels = labelsOf(path, given);
  const { on = ['node-1'] } = given;
  const count = on.length;
  return [
    object('apps/v1', 'DaemonSet', path, {
      metadata: { ...given.own },
      spec: { selector: { matchLabels: labels }, template: templateOf(labels, given) },
      status: {
        desiredNumberScheduled: count,
        currentNumberScheduled: count,
        numberReady: count,
        numberAvailable: count,
        updatedNumberScheduled: count,
        numberMisscheduled: 0,
      },
    }),
    ...on.map((one, index) =>
      pod(`${path}-${'bcdfg'[index] ?? index}p4zt`, {
        ...given,
        labels: { ...labels, 'controller-revision-hash': '7c9f', 'pod-template-generation': '1' },
        node: one,
        owner: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: path.split('/')[1] },
      }),
    ),
  ];
}

export function statefulSet(path: string, given: Made = {}): KubeObject[] {
  const labels = labelsOf(path, given);
  const { on = ['node-1'] } = given;
  return [
    object('apps/v1', 'StatefulSet', path, {
      metadata: { ...given.own },
      spec: {
        replicas: on.length,
        serviceName: path.split('/')[1],
        selector: { matchLabels: labels },
        template: templateOf(labels, given),
      },
      status: { replicas: on.length, readyReplicas: on.length },
    }),
    ...on.map((one, index) =>
      pod(`${path}-${index}`, {
        ...given,
        labels: {
          ...labels,
          'apps.kubernetes.io/pod-index': String(index),
          'statefulset.kubernetes.io/pod-name': `${path.split('/')[1]}-${index}`,
        },
        node: one,
        owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: path.split('/')[1] },
      }),
    ),
  ];
}

/** The mirror pod of a static one: owned by its Node, annotated by the kubelet. */
export function staticPod(path: string, on: string, given: PodSpec = {}): KubeObject {
  return pod(`${path}-${on}`, {
    ...given,
    node: on,
    host: true,
    owner: { apiVersion: 'v1', kind: 'Node', name: on },
    annotations: {
      'kubernetes.io/config.source': 'file',
      'kubernetes.io/config.mirror': 'abc',
      ...given.annotations,
    },
  });
}
