/** What the tests of service/no-endpoints have in common: a Service over one pod of a Deployment. */
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';

export const NOT_READY = { ready: false, serving: false, terminating: false };

export function paying(one: KubeObject, endpoints: readonly object[], spec: object = {}): KubeObject[] {
  return [
    service('pay', { app: 'pay' }, { spec: { ...spec } }),
    slice('pay', endpoints as Record<string, unknown>[], { generation: 3 }),
    workload('pay', { pods: { app: 'pay' } }),
    replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
    one,
  ];
}

/** It was Ready until 14:05. */
export const sick = pod('pay-a', {
  labels: { app: 'pay' },
  owner: ['ReplicaSet', 'pay-1'],
  ready: false,
  since: '14:05:00',
});
