/** What the tests of service/client-address have in common: a client that is configured with an address, and what it logs. */
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';

export const client = (value: string): KubeObject[] => [
  workload('cart', { pods: { app: 'cart' }, containers: [{ name: 'app', env: [{ name: 'PAY', value }] }] }),
  replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
  pod('cart-a', { owner: ['ReplicaSet', 'cart-1'] }),
];
export const log = (line: string): object => ({
  logs: [{ namespace: 'shop', pod: 'cart-a', container: 'app', text: `2026-05-01T14:30:01Z ${line}\n` }],
});
export const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});
export const pay = service('payment', { app: 'payment' });
