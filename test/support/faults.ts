/** Faults that a test can put together: each breaks a Service of its own, and says which finding must be its root. */
import type { EvidenceGiven, KubeObject } from './evidence.ts';
import { endpoint, event, ingress, on, pod, replicaSet, service, slice, workload } from './kube-objects.ts';
import { condition, lease, node } from './nodes.ts';

export interface Fault {
  readonly objects: readonly KubeObject[];
  readonly logs?: EvidenceGiven['logs'];
  readonly probes?: Readonly<Record<string, readonly object[]>>;
  /** Key of the root. */
  readonly root: string;
  /** Key of the path that it breaks; none where only pods are missing. */
  readonly path: string;
}

/** Every fault by its name, made for a Service called `name`. */
export const FAULTS = {
  'wrong selector': mismatch,
  'scaled to zero': scaledToZero,
  'crash loop': crashLoop,
  'image that cannot be pulled': imagePull,
  'config missing': configMissing,
  'unknown port name': portName,
  'node lost': nodeLost,
  'quota exceeded': quota,
  'webhook without endpoints': webhook,
  'service account missing': noServiceAccount,
  'no network on the node': noNetwork,
  'stale endpoints': stale,
  'no load balancer': noBalancer,
} as const satisfies Readonly<Record<string, (name: string) => Fault>>;
export type FaultName = keyof typeof FAULTS;

const pathOf = (name: string): string => `service/shop/${name}:80`;

/** Pods of a Deployment with one revision. */
function running(name: string, more: Parameters<typeof pod>[1] = {}): KubeObject[] {
  const labels = { app: name };
  return [
    workload(name, { pods: labels }),
    replicaSet(name, 1, labels, '12:00:00', 1),
    pod(`${name}-a`, { labels, owner: ['ReplicaSet', `${name}-1`], ...more }),
  ];
}

function mismatch(name: string): Fault {
  const after = { app: `${name}-v2` };
  return {
    objects: [
      service(name, { app: `${name}-v1` }),
      slice(name, [], { generation: 3 }),
      workload(name, { pods: after }),
      replicaSet(name, 1, { app: `${name}-v1` }, '12:00:00'),
      replicaSet(name, 2, after, '14:00:00', 1),
      pod(`${name}-a`, { labels: after, owner: ['ReplicaSet', `${name}-2`], created: '14:00:00' }),
    ],
    root: `service/selector-mismatch:Service/shop/${name}`,
    path: pathOf(name),
  };
}

function scaledToZero(name: string): Fault {
  const labels = { app: name };
  return {
    objects: [
      service(name, labels),
      slice(name, [], { generation: 3 }),
      workload(name, { pods: labels, replicas: 0 }),
      replicaSet(name, 1, labels, '12:00:00'),
      event(
        'Deployment',
        name,
        'ScalingReplicaSet',
        `Scaled down replica set ${name}-1 from 2 to 0`,
        '14:10:00',
      ),
      ingress(`to-${name}`, name),
    ],
    root: `service/scaled-to-zero:Service/shop/${name}`,
    path: pathOf(name),
  };
}

const DYING = {
  ready: false,
  restartCount: 9,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: {
    terminated: { exitCode: 2, reason: 'Error', startedAt: on('14:27:00'), finishedAt: on('14:28:00') },
  },
};

function crashLoop(name: string): Fault {
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [endpoint(`${name}-a`, { ready: false })], { generation: 3 }),
      ...running(name, { ready: false, since: '14:05:00', container: DYING }),
      event('Pod', `${name}-a`, 'BackOff', 'Back-off restarting failed container app', '14:05:00'),
    ],
    logs: [
      {
        namespace: 'shop',
        pod: `${name}-a`,
        container: 'app',
        previous: true,
        text: `${on('14:28:00')} panic: assignment to entry in nil map\n`,
      },
    ],
    root: `pod/crash-loop:Deployment/shop/${name}`,
    path: pathOf(name),
  };
}

/** A pod on a node that never started, because of what its container waits for. */
function waiting(name: string, reason: string, message: string, app: object = {}): KubeObject[] {
  return [
    service(name, { app: name }),
    slice(name, [endpoint(`${name}-a`, { ready: false })], { generation: 3 }),
    ...running(name, {
      app: app as Record<string, unknown>,
      phase: 'Pending',
      ready: false,
      since: '14:05:00',
      created: '14:05:00',
      container: { ready: false, started: false, state: { waiting: { reason, message } } },
    }),
  ];
}

function imagePull(name: string): Fault {
  const message = `Back-off pulling image "registry.example/${name}:2": ErrImagePull: failed to pull and unpack image "registry.example/${name}:2": failed to resolve reference "registry.example/${name}:2": registry.example/${name}:2: not found`;
  return {
    objects: waiting(name, 'ImagePullBackOff', message, { image: `registry.example/${name}:2` }),
    root: `pod/image-pull:Deployment/shop/${name}`,
    path: pathOf(name),
  };
}

function configMissing(name: string): Fault {
  const envFrom = [{ configMapRef: { name: `of-${name}` } }];
  return {
    objects: waiting(name, 'CreateContainerConfigError', `configmap "of-${name}" not found`, { envFrom }),
    root: `pod/config-missing:Deployment/shop/${name}`,
    path: pathOf(name),
  };
}

function portName(name: string): Fault {
  return {
    objects: [
      service(name, { app: name }, { spec: { ports: [{ port: 80, targetPort: 'http', protocol: 'TCP' }] } }),
      slice(name, [endpoint(`${name}-a`)], { generation: 3, ports: [] }),
      ...running(name, { app: { ports: [{ name: 'web', containerPort: 8080 }] } }),
    ],
    root: `service/target-port:Service/shop/${name}`,
    path: pathOf(name),
  };
}

function nodeLost(name: string): Fault {
  const on = `node-${name}`;
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [endpoint(`${name}-a`, { ready: false })], { generation: 3 }),
      ...running(name, { ready: false, since: '14:10:40', reason: 'NodeNotReady', spec: { nodeName: on } }),
      node(on, [
        condition('Ready', 'Unknown', '14:10:40', {
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        }),
      ]),
      lease(on, '14:09:50'),
    ],
    root: `platform/node-not-ready:Node/${on}`,
    path: pathOf(name),
  };
}

/** A Deployment whose pods are refused. */
function refused(name: string, message: string): KubeObject[] {
  const labels = { app: name };
  return [
    service(name, labels),
    slice(name, [], { generation: 3 }),
    workload(name, { pods: labels }),
    replicaSet(name, 1, labels, '12:00:00', 1),
    event('ReplicaSet', `${name}-1`, 'FailedCreate', `Error creating: ${message}`, '14:20:00', {
      type: 'Warning',
    }),
  ];
}

function quota(name: string): Fault {
  return {
    objects: [
      ...refused(
        name,
        `pods "${name}-1-x" is forbidden: exceeded quota: of-${name}, requested: pods=1, used: pods=4, limited: pods=4`,
      ),
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: `of-${name}`, namespace: 'shop', uid: `q-${name}` },
        spec: { hard: { pods: '4' } },
        status: { hard: { pods: '4' }, used: { pods: '4' } },
      },
    ],
    root: `platform/quota:ResourceQuota/shop/of-${name}`,
    path: pathOf(name),
  };
}

function webhook(name: string): Fault {
  return {
    objects: [
      ...refused(
        name,
        `Internal error occurred: failed calling webhook "${name}.example.com": failed to call webhook: Post "https://gone-${name}.shop.svc:443/?timeout=10s": service "gone-${name}" not found`,
      ),
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: `hook-${name}`, uid: `w-${name}` },
        webhooks: [
          {
            name: `${name}.example.com`,
            clientConfig: { service: { namespace: 'shop', name: `gone-${name}`, port: 443 } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      },
    ],
    root: `platform/webhook:ValidatingWebhookConfiguration/hook-${name}`,
    path: pathOf(name),
  };
}

function noServiceAccount(name: string): Fault {
  return {
    objects: refused(
      name,
      `pods "${name}-1-" is forbidden: error looking up service account shop/of-${name}: serviceaccount "of-${name}" not found`,
    ),
    root: `platform/admission:Deployment/shop/${name}`,
    path: pathOf(name),
  };
}

function noNetwork(name: string): Fault {
  const at = `node-${name}`;
  const [deployment, set] = running(name);
  const made = pod(`${name}-a`, {
    labels: { app: name },
    owner: ['ReplicaSet', `${name}-1`],
    phase: 'Pending',
    spec: { nodeName: at },
  });
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [], { generation: 3 }),
      ...[deployment, set].filter((one) => one !== undefined),
      {
        ...made,
        status: {
          phase: 'Pending',
          conditions: [
            {
              type: 'Ready',
              status: 'False',
              reason: 'ContainersNotReady',
              lastTransitionTime: on('14:10:00'),
            },
          ],
        },
      },
      node(at),
      lease(at, '14:29:58'),
      event(
        'Pod',
        `${name}-a`,
        'FailedCreatePodSandBox',
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c9c": no networks found in /etc/cni/net.d',
        '14:10:00',
        { type: 'Warning', count: 12, last: '14:29:50' },
      ),
    ],
    root: `platform/cni:Node/${at}`,
    path: pathOf(name),
  };
}

function stale(name: string): Fault {
  const kept = slice(name, [endpoint(`${name}-gone`)], { generation: 3 });
  const metadata = kept['metadata'] as { readonly labels: object };
  return {
    objects: [
      service(name, { app: name }),
      {
        ...kept,
        metadata: {
          ...metadata,
          labels: {
            ...metadata.labels,
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
        },
      },
      ...running(name, { since: '14:00:00' }),
    ],
    root: `service/stale-endpoints:Service/shop/${name}`,
    path: pathOf(name),
  };
}

function noBalancer(name: string): Fault {
  return {
    objects: [
      service(name, { app: name }, { spec: { type: 'LoadBalancer' } }),
      slice(name, [endpoint(`${name}-a`)], { generation: 3 }),
      ...running(name),
      event(
        'Service',
        name,
        'SyncLoadBalancerFailed',
        'Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets',
        '14:00:00',
        { type: 'Warning' },
      ),
    ],
    root: `service/wrong-type:Service/shop/${name}#no-address`,
    path: pathOf(name),
  };
}
