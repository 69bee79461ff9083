/** Nodes, pods and namespaces that come and go, in good order. */
import type { EvidenceGiven, KubeObject } from '../evidence.ts';
import { event, seriesEvent } from './cluster.ts';
import { at, node, object, turned, type Fields, type Labels } from './objects.ts';
import { beside } from './operators.ts';
import { daemonSet, pod } from './pods.ts';

/** Linux alone, and none of the nodes that EKS runs itself: what EKS's kube-proxy asks for, beside tolerating everything. */
const LINUX = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
              {
                key: 'eks.amazonaws.com/compute-type',
                operator: 'NotIn',
                values: ['fargate', 'auto', 'hybrid'],
              },
            ],
          },
        ],
      },
    },
  },
  tolerations: [{ operator: 'Exists' }],
};

/** Windows nodes, tainted and not, and one of Auto Mode: kube-proxy is no pod there. */
export const windows = (): EvidenceGiven =>
  beside(
    `
node win-1 kubernetes.io/os=windows node.kubernetes.io/windows-build=10.0.20348
node win-2 kubernetes.io/os=windows node.kubernetes.io/windows-build=10.0.20348 taint:os=windows:NoSchedule
node auto-1 eks.amazonaws.com/compute-type=auto
deploy legacy/iis @3,4,5 app=iis :80
service legacy/iis app=iis :80
`,
    daemonSet('kube-system/kube-proxy', {
      on: ['node-1', 'node-2'],
      host: true,
      labels: { 'k8s-app': 'kube-proxy' },
      spec: LINUX,
    }),
  );

const UNFIT =
  '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.';

/** A pod that no node takes yet, with a scheduler's word. */
export function pending(
  path: string,
  labels: Labels,
  owner: string,
  created = '14:20:00',
  message = UNFIT,
): KubeObject {
  const made = pod(path, {
    node: '',
    created,
    labels,
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner },
  });
  return {
    ...made,
    status: {
      phase: 'Pending',
      qosClass: 'Burstable',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message,
          lastTransitionTime: at(created),
        },
      ],
    },
  };
}

/** Karpenter and the cluster autoscaler at work: nodes join, are put aside and go, pods wait for one that is being made. */
export const scaling = (): EvidenceGiven =>
  beside(
    `
node ca-empty taint:DeletionCandidateOfClusterAutoscaler=1777640000:PreferNoSchedule
deploy shop/burst @1,2 app=burst :8080
service shop/burst app=burst :8080
service batch/train app=train :8080
lease kube-system/cluster-autoscaler
lease kube-system/karpenter-leader-election
`,
    [
      ...node('ca-going', {
        taints: [
          { key: 'ToBeDeletedByClusterAutoscaler', value: '1777645000', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
        ],
        spec: { unschedulable: true },
      }),
      ...node('kp-new', {
        metadata: { creationTimestamp: at('14:29:40'), finalizers: ['karpenter.sh/termination'] },
        taints: [
          { key: 'karpenter.sh/unregistered', effect: 'NoExecute' },
          { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
        ],
        conditions: [
          turned(
            'Ready',
            'False',
            'KubeletNotReady',
            '14:29:41',
            'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
          ),
        ],
      }),
      ...node('kp-old', {
        metadata: { finalizers: ['karpenter.sh/termination'], deletionTimestamp: at('14:28:00') },
        taints: [{ key: 'karpenter.sh/disrupted', effect: 'NoSchedule' }],
      }),
      object('karpenter.sh/v1', 'NodeClaim', 'default-abc12', {
        status: { nodeName: 'kp-new', conditions: [turned('Launched', 'True', 'Launched', '14:29:20')] },
      }),
      pending('shop/burst-5d9c7f6b8-new1', { app: 'burst' }, 'burst-5d9c7f6b8', '14:28:50'),
      seriesEvent('Pod shop/burst-5d9c7f6b8-new1', 'FailedScheduling', UNFIT, 'default-scheduler'),
      event(
        'Pod shop/burst-5d9c7f6b8-new1',
        'TriggeredScaleUp',
        'pod triggered scale-up: [{eks-ng-1-3ac5 2->3 (max: 10)}]',
        { first: '14:29:00', last: '14:29:00', count: 1, by: 'cluster-autoscaler', normal: true },
      ),
      // New work for which Karpenter makes a node: nothing of it runs yet.
      pending('batch/train-5d9c7f6b8-new1', { app: 'train' }, 'train-5d9c7f6b8', '14:27:50'),
      event(
        'Pod batch/train-5d9c7f6b8-new1',
        'Nominated',
        'Pod should schedule on: nodeclaim/default-abc12',
        { first: '14:28:00', last: '14:29:40', count: 2, by: 'karpenter', normal: true },
      ),
    ],
  );

const SHUT = 'Pod was terminated in response to imminent node shutdown.';

/** A pod that its kubelet ended because the node shuts down (pkg/kubelet/nodeshutdown). */
export function endedByShutdown(path: string, on: string, labels: Labels, owner: string): KubeObject {
  const ended = { exitCode: 137, reason: 'Error', startedAt: at('08:00:00'), finishedAt: at('14:26:05') };
  const made = pod(path, {
    node: on,
    labels,
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner },
    conditions: [
      turned('Ready', 'False', 'PodFailed', '14:26:05'),
      turned('DisruptionTarget', 'True', 'TerminationByKubelet', '14:26:00', SHUT),
    ],
  });
  const status: Fields = {
    ...(made['status'] as object),
    phase: 'Failed',
    reason: 'Terminated',
    message: SHUT,
    containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state: { terminated: ended } }],
  };
  return { ...made, status };
}

/** A node whose kubelet shuts down, as for a spot machine that is taken back. */
export const shuttingDown = (name: string): KubeObject[] =>
  node(name, {
    lease: '14:26:20',
    taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }],
    conditions: [turned('Ready', 'False', 'KubeletNotReady', '14:26:00', 'node is shutting down')],
  });

/** A spot machine is taken back: its pods came up elsewhere. */
export const spot = (): EvidenceGiven =>
  beside('', [
    ...shuttingDown('spot-1'),
    endedByShutdown('shop/api-5d9c7f6b8-gone', 'spot-1', { app: 'api' }, 'api-5d9c7f6b8'),
    event('Node spot-1', 'NodeNotReady', 'Node spot-1 status is now: NodeNotReady', {
      first: '14:26:00',
      last: '14:26:00',
      count: 1,
      by: 'node-controller',
      normal: true,
    }),
  ]);

const GOING =
  'pods "web-5d9c7f6b8-q" is forbidden: unable to create new content in namespace pr-12 because it is being terminated';

/** A preview environment that is being taken away: its namespace goes, and within it some things are gone before others. */
export const previews = (): EvidenceGiven =>
  beside(
    `
service pr-12/web app=web :80
service pr-12/api app=api :80
`,
    [
      object('v1', 'Namespace', 'pr-12', {
        metadata: { deletionTimestamp: at('14:29:00') },
        spec: { finalizers: ['kubernetes'] },
        status: {
          phase: 'Terminating',
          conditions: [turned('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', '14:29:10')],
        },
      }),
      object('discovery.k8s.io/v1', 'EndpointSlice', 'pr-12/api-x', {
        metadata: {
          generation: 5,
          labels: {
            'kubernetes.io/service-name': 'api',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
        },
        addressType: 'IPv4',
        endpoints: [],
        ports: null,
      }),
      object('networking.k8s.io/v1', 'Ingress', 'pr-12/web', {
        spec: {
          rules: [
            {
              host: 'pr-12.example',
              http: {
                paths: [
                  {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: 'api', port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      }),
      object('apps/v1', 'ReplicaSet', 'pr-12/web-5d9c7f6b8', {
        spec: { replicas: 1, template: { metadata: { labels: { app: 'web' } } } },
        status: {
          replicas: 0,
          conditions: [turned('ReplicaFailure', 'True', 'FailedCreate', '14:29:05', GOING)],
        },
      }),
      event('ReplicaSet pr-12/web-5d9c7f6b8', 'FailedCreate', `Error creating: ${GOING}`, {
        first: '14:29:05',
        last: '14:29:30',
        by: 'replicaset-controller',
      }),
    ],
  );
