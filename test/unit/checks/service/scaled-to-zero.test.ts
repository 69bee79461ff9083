import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/scaled-to-zero.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, ingress, pod, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const idle = [
  service('pay', { app: 'pay' }),
  slice('pay', [], { generation: 4 }),
  workload('pay', { pods: { app: 'pay' }, replicas: 0 }),
];
const client = workload('cart', {
  pods: { app: 'cart' },
  containers: [{ name: 'app', env: [{ name: 'PAY_URL', value: 'http://pay.shop.svc.cluster.local:80/v1' }] }],
});
const scaled = event(
  'Deployment',
  'pay',
  'ScalingReplicaSet',
  'Scaled down replica set pay-1 from 3 to 0',
  '14:10:00',
);

describe('fires', () => {
  it('when an edge leads to it', () => {
    const finding = theFinding(check, [...idle, ingress('web', 'pay')]);
    expect(finding).toMatchObject({
      key: 'service/scaled-to-zero:Service/shop/pay',
      role: 'cause',
      severity: 'critical',
      confidence: 'certain',
    });
    expect(pointers(finding)).toContain('Deployment/pay spec.replicas = 0');
    expect(finding.remedy.mend).toEqual(['kubectl -n shop scale deployment/pay --replicas=1']);
  });

  it('when a workload names it, and says which and where', () => {
    const finding = theFinding(check, [...idle, client]);
    expect(finding.detail).toContain('Deployment cart');
    expect(finding.detail).toContain('env[0].value');
  });

  it('is dated by the event of the scaling', () => {
    expect(theFinding(check, [...idle, client, scaled]).since).toMatchObject({
      from: '2026-05-01T14:10:00Z',
      basis: 'observed',
    });
  });

  it('on cluster DNS, which every pod uses and none names', () => {
    const labels = { 'k8s-app': 'kube-dns' };
    const dns = service('kube-dns', labels, {
      labels,
      spec: { ports: [{ name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' }] },
    });
    const finding = theFinding(check, [dns, workload('coredns', { pods: labels, replicas: 0 })]);
    expect(finding).toMatchObject({ role: 'cause', severity: 'critical' });
    expect(finding.detail).toContain('no pod resolves a name');
  });

  it('on a StatefulSet too', () => {
    const set = workload('pay', { kind: 'StatefulSet', pods: { app: 'pay' }, replicas: 0 });
    expect(theFinding(check, [...idle.slice(0, 2), set, client]).summary).toContain('StatefulSet pay');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['work parked on purpose, on which nobody depends', idle],
    [
      'a workload that names its own Service only',
      [
        ...idle.slice(0, 2),
        {
          ...client,
          metadata: workload('pay', { pods: {} })['metadata'],
          spec: {
            ...(client['spec'] as object),
            replicas: 0,
            template: {
              metadata: { labels: { app: 'pay' } },
              spec: { containers: [{ name: 'app', args: ['--advertise=http://pay:80'] }] },
            },
          },
        },
      ],
    ],
    [
      'a workload that wants pods',
      [...idle.slice(0, 2), workload('pay', { pods: { app: 'pay' }, replicas: 2 }), client],
    ],
    ['a second workload that has pods', [...idle, workload('pay2', { pods: { app: 'pay' } }), client]],
    ['pods that are still there', [...idle, pod('pay-a', { labels: { app: 'pay' } }), client]],
    ['no selector', [service('pay', undefined), ...idle.slice(1), client]],
    [
      'another Service of the same name elsewhere',
      [
        ...idle,
        workload('cart', { namespace: 'bank', pods: {}, containers: [{ name: 'app', args: ['pay:80'] }] }),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('but for a hint, when nobody depends on it and it was scaled down lately', () => {
    const verdict = verdictOf(check, { objects: [...idle, scaled] });
    expect([verdict.roots, verdict.unexplained]).toEqual([[], []]);
    expect(verdict.findings.map(({ role, severity }) => [role, severity])).toEqual([['advice', 'advice']]);
    expect(verdict.paths[0]?.layers.service).toBe('pass');
  });
});

describe('unknown', () => {
  it.each(['events', 'networking.k8s.io/ingresses'])(
    'where nothing seen depends on it and %s were not listed',
    (resource) => {
      const verdict = verdictOf(check, { objects: idle, lists: { [resource]: 'forbidden' } });
      expect(verdict.checks[0]).toMatchObject({ outcome: 'unknown', failed: 0, passed: 0 });
      expect(verdict.unknown[0]).toMatchObject({ because: `list:${resource}`, object: { name: 'pay' } });
    },
  );

  it('nothing where what depends on it was seen, whatever else was not', () => {
    const lists = { events: 'forbidden', 'networking.k8s.io/ingresses': 'forbidden' } as const;
    expect(findings(check, [...idle, client], { lists })).toHaveLength(1);
  });

  it('when Deployments may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [...idle, client],
      lists: { 'apps/deployments': 'forbidden' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:apps/deployments');
  });

  it('when only part of the pods came', () => {
    const verdict = verdictOf(check, { objects: [...idle, client], lists: { pods: 'partial' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
