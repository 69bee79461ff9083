/** Clusters of other shapes than the lab's, all well: nothing of them may raise an alarm. */
import { describe, expect, it } from 'vitest';
import type { EvidenceGiven, KubeObject } from '../../support/evidence.ts';
import { verdictOf } from '../../support/judged.ts';
import {
  endpoint,
  event,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../support/kube-objects.ts';
import { condition, lease, node } from '../../support/nodes.ts';

function alarms(given: EvidenceGiven): string[] {
  const verdict = verdictOf(given);
  expect(verdict.errors).toEqual([]);
  return verdict.findings.filter(({ role }) => role !== 'advice').map(({ key }) => key);
}

const WEB = { app: 'web' };

/** A Service with one Ready pod on a node. */
function served(onNode = 'node-1'): KubeObject[] {
  return [
    service('web', WEB),
    slice('web', [endpoint('web-a')], { generation: 3 }),
    workload('web', { pods: WEB }),
    replicaSet('web', 1, WEB, '12:00:00', 1),
    pod('web-a', { labels: WEB, owner: ['ReplicaSet', 'web-1'], spec: { nodeName: onNode } }),
  ];
}

const leaders = (renewed = '14:29:59'): KubeObject[] =>
  ['kube-controller-manager', 'kube-scheduler'].map((name) => lease(name, renewed, 'kube-system', 15));

const well = (name: string, renewed = '14:29:55'): KubeObject[] => [node(name), lease(name, renewed)];

/** A pod of kube-system; a static one is owned by its node. */
function systemPod(name: string, labels: Readonly<Record<string, string>>, daemon?: string): KubeObject {
  const made = pod(name, {
    namespace: 'kube-system',
    labels,
    spec: { hostNetwork: true, nodeName: 'node-1' },
    ...(daemon === undefined ? {} : { owner: ['DaemonSet', daemon] as const }),
  });
  if (daemon !== undefined) return made;
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'node-node-1', controller: true };
  return { ...made, metadata: { ...(made['metadata'] as object), ownerReferences: [owner] } };
}

function daemonSet(name: string): KubeObject {
  return {
    ...workload(name, { kind: 'DaemonSet', namespace: 'kube-system', pods: { 'k8s-app': name } }),
    status: { desiredNumberScheduled: 1, currentNumberScheduled: 1, numberReady: 1 },
  };
}

describe('raises no alarm over', () => {
  it.each<[string, KubeObject[]]>([
    [
      'kubeadm, whose control plane is static pods',
      [
        ...['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((component) =>
          systemPod(`${component}-node-1`, { component, tier: 'control-plane' }),
        ),
        daemonSet('kube-proxy'),
        daemonSet('kube-flannel-ds'),
        systemPod('kube-proxy-x', { 'k8s-app': 'kube-proxy' }, 'kube-proxy'),
        systemPod('kube-flannel-ds-x', { 'k8s-app': 'kube-flannel-ds' }, 'kube-flannel-ds'),
        ...well('node-1'),
        ...leaders(),
      ],
    ],
    ['a managed control plane that shows no Leases of its leaders', well('node-1')],
    [
      'a managed one that shows Leases of its own making',
      [...well('node-1'), lease('cloud-controller-manager', '14:00:00', 'kube-system', 15)],
    ],
    [
      'an API server that has restarted, and left its old identity behind',
      [...well('node-1'), ...leaders(), lease('apiserver-abc', '13:00:00', 'kube-system', 3600)],
    ],
    [
      'a single node that is the control plane too, and tainted so',
      [
        {
          ...node('node-1'),
          spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] },
        },
        lease('node-1', '14:29:55'),
        ...leaders(),
      ],
    ],
  ])('%s', (_, objects) => {
    expect(alarms({ objects: [...objects, ...served()] })).toEqual([]);
  });

  it.each<[string, KubeObject[]]>([
    [
      'has just joined and is not Ready yet',
      [
        node(
          'node-2',
          [
            condition('Ready', 'False', '14:29:50', {
              reason: 'KubeletNotReady',
              message:
                'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
            }),
          ],
          { created: '14:29:45' },
        ),
      ],
    ],
    [
      'is being deleted',
      [
        {
          ...node('node-2', [condition('Ready', 'Unknown', '14:25:00')]),
          metadata: {
            name: 'node-2',
            uid: 'n2',
            creationTimestamp: on('10:00:00'),
            deletionTimestamp: on('14:29:00'),
            finalizers: ['example.com/cleanup'],
          },
        },
        lease('node-2', '14:24:00'),
      ],
    ],
    [
      'is a spot instance, drained before it was taken',
      [
        {
          ...node('node-2', [condition('Ready', 'Unknown', '14:28:00')]),
          spec: {
            unschedulable: true,
            taints: [
              { key: 'aws-node-termination-handler/spot-itn', effect: 'NoSchedule' },
              { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
            ],
          },
        },
        lease('node-2', '14:27:10'),
        daemonSet('agent'),
        pod('agent-y', {
          namespace: 'kube-system',
          owner: ['DaemonSet', 'agent'],
          labels: { 'k8s-app': 'agent' },
          spec: { nodeName: 'node-2' },
          ready: false,
          since: '14:28:00',
        }),
      ],
    ],
    [
      'is drained now: its pods go, within their grace',
      [
        { ...node('node-2'), spec: { unschedulable: true } },
        lease('node-2', '14:29:55'),
        pod('web-b', {
          labels: WEB,
          owner: ['ReplicaSet', 'web-1'],
          deleted: '14:30:40',
          spec: { nodeName: 'node-2' },
        }),
        event('Pod', 'web-b', 'Killing', 'Stopping container app', '14:30:10'),
      ],
    ],
    [
      'is of virtual-kubelet: no Lease, no conditions of pressure',
      [
        {
          ...node('node-2'),
          metadata: { name: 'node-2', uid: 'n2', labels: { type: 'virtual-kubelet' } },
          spec: { taints: [{ key: 'virtual-kubelet.io/provider', effect: 'NoSchedule' }] },
        },
        pod('burst', { spec: { nodeName: 'node-2' } }),
      ],
    ],
    [
      'was under pressure that is over',
      [
        node('node-2', [
          condition('Ready', 'True'),
          condition('MemoryPressure', 'False', '14:10:00', { reason: 'KubeletHasSufficientMemory' }),
        ]),
        lease('node-2', '14:29:55'),
      ],
    ],
  ])('a node that %s', (_, objects) => {
    expect(alarms({ objects: [...well('node-1'), ...leaders(), ...served(), ...objects] })).toEqual([]);
  });

  it('a webhook whose namespace was not captured', () => {
    const hook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'mesh', uid: 'm' },
      webhooks: [
        {
          name: 'inject.mesh.io',
          clientConfig: { service: { namespace: 'mesh', name: 'injector' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    };
    const complete = { outcome: 'complete', namespace: 'shop' } as const;
    const given = {
      objects: [hook, ...well('node-1'), ...served()],
      lists: { services: complete, pods: complete, 'discovery.k8s.io/endpointslices': complete },
    };
    expect(alarms(given)).toEqual([]);
  });
});
