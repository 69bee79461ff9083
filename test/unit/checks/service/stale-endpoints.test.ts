import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/stale-endpoints.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, pod, service, slice } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };

function kept(endpoints: readonly object[], by = 'endpointslice-controller.k8s.io'): KubeObject {
  const one = slice(
    'pay',
    endpoints.map((each) => ({ ...each })),
  );
  const metadata = one['metadata'] as { labels: object };
  return {
    ...one,
    metadata: { ...metadata, labels: { ...metadata.labels, 'endpointslice.kubernetes.io/managed-by': by } },
  };
}
const at = (name: string, address: string): object => ({ ...endpoint(name), addresses: [address] });

describe('fires', () => {
  it('on an address whose pod is gone', () => {
    const finding = theFinding(check, [service('pay', PAY), kept([endpoint('pay-old')])]);
    expect(finding).toMatchObject({ key: 'service/stale-endpoints:Service/shop/pay', severity: 'critical' });
    expect(finding.summary).toContain('10.244.0.9: pod pay-old does not exist');
    expect(pointers(finding)[0]).toContain('endpoints[].addresses');
  });

  it('on a Ready pod that is left out', () => {
    const finding = theFinding(check, [
      service('pay', PAY),
      pod('pay-a', { labels: PAY, since: '14:00:00' }),
      kept([]),
    ]);
    expect(finding.summary).toContain('1 Ready pod left out (pay-a)');
    expect(finding.since).toMatchObject({ from: '2026-05-01T14:00:00Z', basis: 'inferred' });
  });

  it('on a pod made anew under the same name with another address', () => {
    const finding = theFinding(check, [
      service('pay', PAY),
      pod('pay-0', { labels: PAY }),
      kept([at('pay-0', '10.244.0.77')]),
    ]);
    expect(finding.summary).toContain('10.244.0.77: pod pay-0 has the address 10.244.0.9');
  });
});

describe('quiet', () => {
  const leaving = { ready: false, serving: true, terminating: true };
  it.each<[string, KubeObject[]]>([
    [
      'what is as it should be',
      [service('pay', PAY), pod('pay-a', { labels: PAY }), kept([endpoint('pay-a')])],
    ],
    ['an address that is on its way out', [service('pay', PAY), kept([endpoint('pay-old', leaving)])]],
    [
      'a pod that was just ended',
      [
        service('pay', PAY),
        kept([endpoint('pay-old')]),
        event('Pod', 'pay-old', 'Killing', 'Stopping container app', '14:29:55'),
      ],
    ],
    [
      'a pod that turned Ready just now',
      [service('pay', PAY), pod('pay-a', { labels: PAY, since: '14:29:55' }), kept([])],
    ],
    ['slices kept by another controller', [service('pay', PAY), kept([endpoint('pay-old')], 'somebody')]],
    ['a Service without a selector', [service('pay', undefined), kept([endpoint('pay-old')])]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on a pod that a watch saw go', () => {
    const object = { ...pod('pay-old', { labels: PAY }) };
    const changes = [{ at: '2026-05-01T14:30:05Z', type: 'DELETED', object }] as never;
    expect(findings(check, [service('pay', PAY), kept([endpoint('pay-old')])], { changes })).toEqual([]);
  });
});

describe('unknown', () => {
  it('when only part of the pods came', () => {
    const verdict = verdictOf(check, {
      objects: [service('pay', PAY), kept([endpoint('pay-old')])],
      lists: { pods: 'partial' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
