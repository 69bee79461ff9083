import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/no-endpoints.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, ingress, pod, service } from '../../../support/kube-objects.ts';
import { theFinding } from '../judging.ts';
import { NOT_READY, paying, sick } from './paying.ts';

describe('is as severe as it is missed', () => {
  // It never was Ready.
  const unborn = pod('pay-a', {
    labels: { app: 'pay' },
    owner: ['ReplicaSet', 'pay-1'],
    ready: false,
  });
  const unready = paying(unborn, [endpoint('pay-a', NOT_READY)]);
  const [, ...behind] = unready;
  const connect = {
    at: '2026-05-01T14:30:05Z',
    from: 'pod/shop/cart-a',
    to: 'service/shop/pay:80',
    outcome: 'refused' as const,
    detail: { container: 'app', host: 'pay', port: 80 },
  };

  it('a warning where nobody is seen to depend on it', () => {
    const finding = theFinding(check, unready);
    expect(finding.severity).toBe('warning');
    expect(finding.detail).toContain('Nobody in the bundle');
  });

  it('critical where it answered of late, whoever asked', () => {
    const finding = theFinding(check, paying(sick, [endpoint('pay-a', NOT_READY)]));
    expect(finding.severity).toBe('critical');
    expect(finding.detail).toContain('Nobody in the bundle is seen to depend on it');
    expect(finding.detail).toContain('answered until 2026-05-01T14:05:00Z (Pod pay-a was Ready)');
  });

  it('critical where an edge leads to it', () => {
    const finding = theFinding(check, [...unready, ingress('web', 'pay')]);
    expect(finding.severity).toBe('critical');
    expect(finding.detail).toContain('Ingress shop/web');
  });

  it('critical where a pod was seen to connect', () => {
    const finding = theFinding(check, unready, { probes: { connect: [connect] } });
    expect(finding.severity).toBe('critical');
    expect(finding.detail).toContain('pod/shop/cart-a');
  });

  it('critical where its load balancer has an address, a warning where it has none', () => {
    const balanced = (status: object): KubeObject => ({
      ...service('pay', { app: 'pay' }, { spec: { type: 'LoadBalancer' } }),
      status,
    });
    const given = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    expect(theFinding(check, [balanced(given), ...behind]).severity).toBe('critical');
    expect(theFinding(check, [balanced({}), ...behind]).severity).toBe('warning');
  });
});
