/** A cluster of any size as plain objects, for measuring the checks: all of it healthy, or a share of its Services broken. */
import type { EvidenceGiven, KubeObject } from '../support/evidence.ts';

export interface ClusterSize {
  readonly pods: number;
  /** Every so-manieth application has a fault; 0: none has. */
  readonly brokenEvery: number;
}

const PODS_EACH = 20;
const OLD_REVISIONS = 10;
const APPS_EACH_NAMESPACE = 25;
const at = (minutesAgo: number): string =>
  new Date(Date.parse('2026-05-01T14:30:00Z') - minutesAgo * 60_000).toISOString().replace('.000', '');

/** What is wrong with an application. */
const FAULTS = [
  'selector',
  'crash',
  'unready',
  'image',
  'target-port',
  'zero',
  'client',
  'unschedulable',
  'loopback',
  'protocol',
] as const;
type Fault = (typeof FAULTS)[number] | undefined;

interface App {
  readonly index: number;
  readonly name: string;
  readonly namespace: string;
  readonly fault: Fault;
  readonly nodes: number;
}

export function clusterOf({ pods, brokenEvery }: ClusterSize): EvidenceGiven {
  const count = Math.ceil(pods / PODS_EACH);
  const nodes = Math.max(1, Math.ceil(pods / 100));
  const apps = Array.from({ length: count }, (_, index): App => ({
    index,
    name: `app-${index}`,
    namespace: `team-${Math.floor(index / APPS_EACH_NAMESPACE)}`,
    fault:
      brokenEvery > 0 && index % brokenEvery === 0
        ? FAULTS[Math.floor(index / brokenEvery) % FAULTS.length]
        : undefined,
    nodes,
  }));
  return {
    objects: [
      ...Array.from({ length: nodes }, (_, index) => node(index)).flat(),
      ...apps.flatMap((app) => [...appObjects(app), ...podsOf(app)]),
    ],
    logs: apps
      .filter(({ fault }) => fault === 'crash' || fault === 'client')
      .flatMap((app) =>
        names(app).map((pod) => ({
          namespace: app.namespace,
          pod,
          container: 'main',
          text: Array.from(
            { length: 50 },
            (_, line) =>
              `${at(0)} ERROR attempt ${line}: dial tcp: lookup app-${app.index}x on 10.96.0.10:53: no such host\n`,
          ).join(''),
        })),
      ),
    probes: probesOf(apps),
  };
}

function metadata(name: string, namespace: string | undefined, more: object = {}): object {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: `${namespace ?? ''}-${name}`,
    resourceVersion: '1000',
    creationTimestamp: at(600),
    ...more,
  };
}

function node(index: number): KubeObject[] {
  const name = `node-${index}`;
  return [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: metadata(name, undefined, { labels: { 'kubernetes.io/hostname': name } }),
      spec: { podCIDR: `10.${index}.0.0/24` },
      status: {
        conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
          type,
          status: type === 'Ready' ? 'True' : 'False',
          lastHeartbeatTime: at(1),
          lastTransitionTime: at(600),
        })),
        nodeInfo: { kubeletVersion: 'v1.36.3' },
      },
    },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: metadata(name, 'kube-node-lease'),
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: at(0) },
    },
  ];
}

function names({ index, fault }: App): string[] {
  return fault === 'zero'
    ? []
    : Array.from(
        { length: PODS_EACH },
        (_, nth) => `app-${index}-5d9f8b6c5-${nth.toString(36).padStart(5, 'x')}`,
      );
}

const addressOf = (index: number, nth: number): string =>
  `10.${(index * PODS_EACH + nth) >> 16}.${((index * PODS_EACH + nth) >> 8) & 255}.${(index * PODS_EACH + nth) & 255}`;

function templateOf(app: App): object {
  const { index, name, fault } = app;
  const peers = [index + 1, index + 7].map((peer) => ({
    name: `PEER_${peer - index}`,
    value: `http://app-${peer}.team-${Math.floor(peer / APPS_EACH_NAMESPACE)}.svc.cluster.local:80/`,
  }));
  const wrong = fault === 'client' ? [{ name: 'ORDERS', value: `http://app-${index}x:80/` }] : [];
  return {
    metadata: { labels: labelsOf(app) },
    spec: {
      containers: [
        {
          name: 'main',
          image: `registry.internal/${name}:1.4.2`,
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env: [...peers, ...wrong],
          readinessProbe: {
            httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            failureThreshold: 3,
          },
          resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
  };
}

function labelsOf({ name, namespace, fault }: App): Readonly<Record<string, string>> {
  return {
    app: fault === 'selector' ? `${name}-v2` : name,
    'app.kubernetes.io/part-of': namespace,
    'pod-template-hash': '5d9f8b6c5',
  };
}

function appObjects(app: App): KubeObject[] {
  const { name, namespace, index, fault } = app;
  const replicas = fault === 'zero' ? 0 : PODS_EACH;
  const ready =
    fault === undefined ||
    !['selector', 'crash', 'unready', 'image', 'target-port', 'zero', 'unschedulable'].includes(fault);
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name,
    uid: `${namespace}-${name}`,
    controller: true,
  };
  const revision = (nth: number): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadata(nth === 0 ? `${name}-5d9f8b6c5` : `${name}-old${nth}`, namespace, {
      ownerReferences: [owner],
      annotations: { 'deployment.kubernetes.io/revision': String(OLD_REVISIONS + 1 - nth) },
    }),
    spec: {
      replicas: nth === 0 ? replicas : 0,
      selector: { matchLabels: { app: name } },
      template: templateOf(app),
    },
    status: { replicas: nth === 0 ? replicas : 0 },
  });
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(name, namespace),
      spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(app) },
      status: { replicas },
    },
    ...Array.from({ length: OLD_REVISIONS + 1 }, (_, nth) => revision(nth)),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(name, namespace),
      spec: {
        type: 'ClusterIP',
        clusterIP: `10.96.${(index >> 8) & 255}.${index & 255}`,
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        selector: { app: name },
        ports: [
          { name: 'http', port: 80, targetPort: fault === 'target-port' ? 'htpp' : 'http', protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: metadata(`${name}-abcde`, namespace, {
        generation: 40,
        labels: {
          'kubernetes.io/service-name': name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      }),
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints:
        fault === 'selector' || fault === 'target-port'
          ? []
          : names(app).map((pod, nth) => ({
              addresses: [addressOf(index, nth)],
              conditions: { ready, serving: ready, terminating: false },
              nodeName: `node-${(index * PODS_EACH + nth) % app.nodes}`,
              targetRef: { kind: 'Pod', namespace, name: pod },
            })),
    },
  ];
}

const WAITING: Partial<Record<NonNullable<Fault>, object>> = {
  crash: {
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=main' },
  },
  image: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
};

function podsOf(app: App): KubeObject[] {
  const { index, namespace, fault } = app;
  const bad = fault === 'crash' || fault === 'image' || fault === 'unready' || fault === 'unschedulable';
  const state = (fault && WAITING[fault]) ?? { running: { startedAt: at(600) } };
  return names(app).flatMap((name, nth) => [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadata(name, namespace, {
        labels: labelsOf(app),
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: `app-${index}-5d9f8b6c5`,
            uid: 'x',
            controller: true,
          },
        ],
      }),
      spec: {
        ...(templateOf(app) as { spec: object }).spec,
        ...(fault === 'unschedulable' ? {} : { nodeName: `node-${(index * PODS_EACH + nth) % app.nodes}` }),
      },
      status: {
        phase: fault === 'unschedulable' || fault === 'image' ? 'Pending' : 'Running',
        podIP: addressOf(index, nth),
        podIPs: [{ ip: addressOf(index, nth) }],
        startTime: at(600),
        conditions: [
          ...(fault === 'unschedulable'
            ? [
                {
                  type: 'PodScheduled',
                  status: 'False',
                  reason: 'Unschedulable',
                  message: '0/500 nodes are available: 500 Insufficient cpu.',
                  lastTransitionTime: at(20),
                },
              ]
            : []),
          { type: 'Ready', status: bad ? 'False' : 'True', lastTransitionTime: at(bad ? 20 : 600) },
        ],
        containerStatuses: [
          {
            name: 'main',
            ready: !bad,
            restartCount: fault === 'crash' ? 9 : 0,
            image: 'x',
            state,
            lastState:
              fault === 'crash'
                ? { terminated: { exitCode: 1, reason: 'Error', startedAt: at(2), finishedAt: at(1) } }
                : {},
          },
        ],
      },
    },
    ...eventsOf(app, name),
  ]);
}

function eventsOf({ fault, namespace }: App, pod: string): KubeObject[] {
  const said =
    fault === 'crash'
      ? ['BackOff', 'Back-off restarting failed container main in pod']
      : fault === 'image'
        ? ['Failed', 'Failed to pull image "registry.internal/x:1.4.2": not found']
        : fault === 'unready'
          ? ['Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503']
          : fault === 'unschedulable'
            ? ['FailedScheduling', '0/500 nodes are available: 500 Insufficient cpu.']
            : undefined;
  if (said === undefined) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: metadata(`${pod}.1`, namespace),
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name: pod,
        fieldPath: 'spec.containers{main}',
      },
      type: 'Warning',
      reason: said[0],
      message: said[1],
      count: 40,
      firstTimestamp: at(20),
      lastTimestamp: at(1),
      source: { component: 'kubelet' },
    },
  ];
}

/** As with `--allow-exec`: the socket tables of the pods of what is broken, and of one pod in fifty of the rest. */
function probesOf(apps: readonly App[]): NonNullable<EvidenceGiven['probes']> {
  const sockets = apps.flatMap((app) =>
    app.fault === undefined && app.index % 50 !== 1
      ? []
      : names(app)
          .slice(0, app.fault === undefined ? 1 : PODS_EACH)
          .map((name) => ({
            at: at(0),
            from: `pod/${app.namespace}/${name}`,
            to: `pod/${app.namespace}/${name}`,
            outcome: 'ok' as const,
            ms: 12,
            detail: {
              container: 'main',
              way: 'cat',
              listening: [
                {
                  protocol: app.fault === 'protocol' ? 'udp' : 'tcp',
                  family: 4,
                  address: app.fault === 'loopback' ? '127.0.0.1' : '0.0.0.0',
                  port: 8080,
                },
              ],
            },
          })),
  );
  return { sockets };
}
