/** A namespace in which something of everything goes on, so that a check that reads too much is caught reading it. */
import type { EvidenceGiven, KubeObject } from './evidence.ts';
import { event, ingress, on, pod, replicaSet, service, slice, workload, write } from './kube-objects.ts';

const NAMES_IDLE = [{ name: 'app', env: [{ name: 'PEER', value: 'http://idle.shop.svc:80/' }] }];

function behind(name: string, selector: Readonly<Record<string, string>> | undefined): KubeObject[] {
  return [
    service(name, selector, { managedFields: [write('kubectl', '12:00:00', 'spec.selector')] }),
    slice(name, [], { generation: 3 }),
  ];
}

/** A rollout past its Service, a crash loop, a pod that is not ready, a workload at zero, and a client of each. */
export function busyNamespace(): EvidenceGiven {
  return {
    objects: [
      ...behind('pay', { app: 'pay-v1' }),
      ...behind('crash', { app: 'crash' }),
      ...behind('slow', { app: 'slow' }),
      ...behind('idle', { app: 'idle' }),
      ...behind('typo', { app: 'slwo' }),
      ...behind('bare', undefined),
      workload('pay', { pods: { app: 'pay-v2' }, containers: NAMES_IDLE }),
      replicaSet('pay', 1, { app: 'pay-v1' }, '12:00:00'),
      replicaSet('pay', 2, { app: 'pay-v2' }, '14:00:00', 1),
      workload('crash', { pods: { app: 'crash' } }),
      replicaSet('crash', 1, { app: 'crash' }, '12:00:00', 1),
      workload('slow', { pods: { app: 'slow' } }),
      replicaSet('slow', 1, { app: 'slow' }, '12:00:00', 1),
      workload('idle', { pods: { app: 'idle' }, replicas: 0 }),
      pod('pay-a', { labels: { app: 'pay-v2' }, owner: ['ReplicaSet', 'pay-2'] }),
      pod('crash-a', {
        labels: { app: 'crash' },
        owner: ['ReplicaSet', 'crash-1'],
        ready: false,
        since: '14:00:00',
        container: {
          restartCount: 7,
          state: {
            waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' },
          },
          lastState: {
            terminated: {
              exitCode: 1,
              reason: 'Error',
              startedAt: on('14:28:00'),
              finishedAt: on('14:28:02'),
            },
          },
        },
      }),
      pod('slow-a', {
        labels: { app: 'slow' },
        owner: ['ReplicaSet', 'slow-1'],
        ready: false,
        since: '14:00:00',
      }),
      event(
        'Pod',
        'crash-a',
        'BackOff',
        'Back-off restarting failed container app in pod crash-a_shop',
        '14:00:00',
      ),
      event(
        'Pod',
        'slow-a',
        'Unhealthy',
        'Readiness probe failed: HTTP probe failed with statuscode: 503',
        '14:00:00',
      ),
      event('Deployment', 'pay', 'ScalingReplicaSet', 'Scaled up replica set pay-2 from 0 to 1', '14:00:00'),
      event(
        'Deployment',
        'idle',
        'ScalingReplicaSet',
        'Scaled down replica set idle-1 from 2 to 0',
        '14:10:00',
      ),
      ingress('web', 'idle'),
    ],
    logs: [
      {
        namespace: 'shop',
        pod: 'crash-a',
        container: 'app',
        previous: true,
        text: `${on('14:28:01.000000000')} starting\n${on('14:28:02.000000000')} fatal: dial tcp idle:80: connect: connection refused\n`,
      },
    ],
  };
}
