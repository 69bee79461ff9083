import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/traffic-policy.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const local = (policy = 'Local'): KubeObject[] => [
  service('pay', PAY, { spec: { internalTrafficPolicy: policy } }),
  pod('pay-a', { labels: PAY }),
  slice('pay', [endpoint('pay-a')], { ports: [{ port: 8080, protocol: 'TCP' }] }),
];
const client = (nodeName: string): KubeObject[] => [
  workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', env: [{ name: 'PAY', value: 'http://pay:80' }] }],
  }),
  replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
  pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], spec: { nodeName } }),
];

describe('fires', () => {
  it('on a client of a node without an endpoint', () => {
    const finding = theFinding(check, [...local(), ...client('node-2')]);
    expect(finding).toMatchObject({ key: 'service/traffic-policy:Service/shop/pay', severity: 'critical' });
    expect(finding.summary).toContain('1 node with clients (node-2) has no endpoint of it');
    expect(pointers(finding)).toContain('Service/pay spec.internalTrafficPolicy = "Local"');
    expect(finding.involves.map(({ name }) => name)).toEqual(['cart-a']);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a client beside the endpoint', [...local(), ...client('node-1')]],
    ['traffic that may leave the node', [...local('Cluster'), ...client('node-2')]],
    ['nodes on which nobody uses it', local()],
    [
      'external traffic kept local, which the load balancer drains',
      [
        service('pay', PAY, { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }),
        ...local('Cluster').slice(1),
        ...client('node-2'),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when EndpointSlices may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [...local(), ...client('node-2')],
      lists: { 'discovery.k8s.io/endpointslices': 'forbidden' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
