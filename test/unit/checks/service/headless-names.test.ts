/** Headless Services that are but a name to look up. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/no-endpoints.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding } from '../judging.ts';

describe('a headless Service that nothing stands behind and nothing ever did', () => {
  const ring = [
    service('ring', { app: 'member' }, { spec: { clusterIP: 'None' } }),
    slice('ring', [], { generation: 1 }),
    workload('cart', {
      pods: { app: 'cart' },
      containers: [{ name: 'app', env: [{ name: 'MEMBERLIST_JOIN', value: 'ring' }] }],
    }),
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
  ];
  const peer = (ready: boolean): KubeObject =>
    pod('cart-a', { labels: { app: 'cart' }, owner: ['ReplicaSet', 'cart-1'], ready });
  const said = {
    logs: [
      {
        namespace: 'shop',
        pod: 'cart-a',
        container: 'app',
        text: '2026-05-01T14:30:01Z ERROR dial tcp: lookup ring on 10.96.0.10:53: no such host\n',
      },
    ],
  };

  it('is a name to look up, where those who do are Ready and complain of nothing', () => {
    expect(findings(check, [...ring, peer(true)])).toEqual([]);
  });

  it('is missed by one who complains, and by one who is not Ready', () => {
    expect(theFinding(check, [...ring, peer(true)], said).key).toBe('service/no-endpoints:Service/shop/ring');
    expect(theFinding(check, [...ring, peer(false)]).key).toBe('service/no-endpoints:Service/shop/ring');
  });

  it('is missed where it had endpoints', () => {
    const [svc, , ...rest] = ring;
    const was = slice('ring', [], { generation: 3 });
    expect(findings(check, [...(svc === undefined ? [] : [svc]), was, ...rest, peer(true)])).toHaveLength(1);
  });
});
