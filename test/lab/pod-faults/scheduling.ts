/** Pods that no node takes, and those that are held back on purpose. */
import { deployed, netexec, ports, service, type Made, type PodFault } from './fault.ts';
import { field, items, text, type KubeObject } from '../kube.ts';
import { conditionOf, somePod } from './states.ts';
import { TAINTED_BY_TESTS } from '../calm.ts';
import { until } from '../run.ts';

const UNFIT = 'pod/unschedulable:Deployment/NS/web';
const TAINT = { key: `${TAINTED_BY_TESTS}reserved`, value: 'batch', effect: 'NoSchedule' };
/** No test but this one uses it. */
const HOST_PORT = 31_877;

function fits(name: string, made: Made, says: RegExp, container: object = {}): PodFault {
  return {
    name,
    objects: [service(8080), deployed({ ...netexec, ...ports(8080), ...container }, made)],
    roots: [UNFIT],
    says,
    empties: true,
  };
}

function claim(storageClassName?: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}

const withClaim = { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } };
const onlyOn = (node: string): Made => ({ spec: { nodeSelector: { 'kubernetes.io/hostname': node } } });

async function taints(kube: Parameters<NonNullable<PodFault['undo']>>[0]): Promise<unknown[]> {
  return items(await kube.get({ kind: 'Node', name: 'node-2' }), 'spec.taints');
}

export const schedulingFaults: readonly PodFault[] = [
  fits(
    'a nodeSelector that no node matches',
    { spec: { nodeSelector: { disktype: 'ssd' } } },
    /node affinity\/selector/,
  ),
  fits(
    'a node affinity that no node matches',
    {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-9'] },
                  ],
                },
              ],
            },
          },
        },
      },
    },
    /node affinity\/selector/,
  ),
  fits('more CPU than any node has', {}, /Insufficient cpu/, { resources: { requests: { cpu: '900' } } }),
  fits('more memory than any node has', {}, /Insufficient memory/, {
    resources: { requests: { memory: '9Ti' } },
  }),
  {
    ...fits('a claim of a StorageClass that does not exist', withClaim, /PersistentVolumeClaim/),
    objects: [claim('fast-ssd'), service(8080), deployed({ ...netexec, ...ports(8080) }, withClaim)],
  },
  {
    ...fits('a claim that no volume meets', withClaim, /PersistentVolumeClaim/),
    objects: [claim(''), service(8080), deployed({ ...netexec, ...ports(8080) }, withClaim)],
  },
  {
    name: 'a host port that is taken on every node',
    objects: [
      deployed({ ...netexec, ports: [{ containerPort: 8080, hostPort: HOST_PORT }] }, { replicas: 3 }),
      service(8080),
    ],
    roots: [UNFIT],
    says: /free ports/,
    severity: 'warning',
  },
  {
    ...fits('a taint that is not tolerated', {}, /untolerated taint/),
    objects: [service(8080)],
    state: async () => await Promise.resolve(true),
    // Only now: whatever else is there has its node by now, and nothing else is to feel it.
    async last(kube, namespace) {
      await kube.patch(
        { kind: 'Node', name: 'node-2' },
        { spec: { taints: [...(await taints(kube)), TAINT] } },
      );
      await kube.apply(deployed({ ...netexec, ...ports(8080) }, onlyOn('node-2')), { namespace });
      await until(
        'the scheduler to turn the pod away',
        60_000,
        async () => await somePod((pod) => conditionOf(pod, 'PodScheduled') === 'False')(kube, namespace),
      );
    },
    // Its Service has been empty for too short a time to mean something, or just long enough.
    empties: false,
    async undo(kube) {
      const rest = (await taints(kube)).filter((one) => text(one, 'key') !== TAINT.key);
      await kube.patch({ kind: 'Node', name: 'node-2' }, { spec: { taints: rest } });
    },
  },
  {
    name: 'a pod that is held back by a scheduling gate',
    objects: [
      deployed(
        { ...netexec, ...ports(8080) },
        { spec: { schedulingGates: [{ name: 'inquest.test/later' }] } },
      ),
    ],
    near: ['pod/unschedulable'],
    state: somePod((pod) => field(pod, 'status.phase') === 'Pending'),
  },
  {
    name: 'an affinity that is only preferred',
    objects: [
      service(8080),
      deployed(
        { ...netexec, ...ports(8080) },
        {
          spec: {
            affinity: {
              nodeAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 1,
                    preference: { matchExpressions: [{ key: 'disktype', operator: 'In', values: ['ssd'] }] },
                  },
                ],
              },
            },
          },
        },
      ),
    ],
    near: ['pod/unschedulable'],
  },
];
