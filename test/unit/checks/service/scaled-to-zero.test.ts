import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/scaled-to-zero.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import {
  event,
  ingress,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
  write,
} from '../../../support/kube-objects.ts';
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

describe('who holds it at zero', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'pay' };
  const scaler = (apiVersion: string, kind: string, more: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: 'pay', namespace: 'shop', ...more },
    spec: { scaleTargetRef: target },
  });
  const hpa = (spec: object, conditions: readonly object[] = []): KubeObject => ({
    ...scaler('autoscaling/v2', 'HorizontalPodAutoscaler', {}),
    spec: { scaleTargetRef: target, ...spec },
    status: { conditions },
  });
  const disabled = {
    type: 'ScalingActive',
    status: 'False',
    reason: 'ScalingDisabled',
    message: 'scaling is disabled since the replica count of the target is zero',
    lastTransitionTime: '2026-05-01T13:00:00Z',
  };
  const keda = (annotations: object, conditions: readonly object[] = []): KubeObject => ({
    ...scaler('keda.sh/v1alpha1', 'ScaledObject', { annotations }),
    spec: { scaleTargetRef: { name: 'pay' } },
    status: { conditions },
  });
  const inactive = {
    type: 'Active',
    status: 'False',
    reason: 'ScalerNotActive',
    lastTransitionTime: '2026-05-01T13:10:00Z',
  };

  it.each<[string, KubeObject, string]>([
    ['an autoscaler whose minimum is zero', hpa({ minReplicas: 0 }), 'may take it to 0 (minReplicas 0)'],
    ['an autoscaler that zero switched off', hpa({ minReplicas: 2 }, [disabled]), 'will not scale it up'],
    [
      'KEDA, paused at zero',
      keda({ 'autoscaling.keda.sh/paused-replicas': '0' }),
      'ScaledObject pay is paused at 0',
    ],
    ['KEDA, without an active trigger', keda({}, [inactive]), 'none of its triggers is active'],
  ])('%s', (_, held, words) => {
    const finding = theFinding(check, [...idle, client, held]);
    expect(finding.detail).toContain(words);
    expect(finding.evidence.some(({ object }) => object?.kind === held['kind'])).toBe(true);
  });

  it('a person, with the time, by the scale subresource', () => {
    const managedFields = [{ ...write('kubectl', '14:05:00', 'spec.replicas'), subresource: 'scale' }];
    const pay = workload('pay', { pods: { app: 'pay' }, replicas: 0, managedFields });
    const finding = theFinding(check, [...idle.slice(0, 2), pay, client]);
    expect(finding.detail).toContain('kubectl scaled it');
    expect(finding.since).toMatchObject({ from: '2026-05-01T14:05:00Z', basis: 'inferred' });
  });

  it.each<[string, KubeObject]>([
    [
      'an autoscaler of another workload',
      hpa({ scaleTargetRef: { ...target, name: 'cart' }, minReplicas: 0 }),
    ],
    ['KEDA with an active trigger', keda({}, [{ ...inactive, status: 'True' }])],
  ])('not %s', (_, held) => {
    const { evidence } = theFinding(check, [...idle, client, held]);
    expect(evidence.some(({ object }) => object?.kind === held['kind'])).toBe(false);
  });
});

describe('named by a ConfigMap alone', () => {
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cart', namespace: 'shop' },
    data: { 'app.yaml': 'payments: http://pay:80\n' },
  };
  const cart = workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'cart' } }] }],
  });
  const objects = [
    ...idle,
    map,
    cart,
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
    pod('cart-a', { owner: ['ReplicaSet', 'cart-1'] }),
  ];
  const log = (line: string): object => ({
    logs: [{ namespace: 'shop', pod: 'cart-a', container: 'app', text: `2026-05-01T14:30:01Z ${line}\n` }],
  });

  it('is parked where nobody complains', () => {
    expect(findings(check, objects, log('INFO ready'))).toEqual([]);
  });

  it('fires where the log complains of it', () => {
    const finding = theFinding(
      check,
      objects,
      log('ERROR Get "http://pay:80/": dial tcp 10.96.0.10:80: connect: connection refused'),
    );
    expect(finding).toMatchObject({ severity: 'critical', role: 'cause' });
  });
});

describe('a selector that was turned to what has no replicas', () => {
  const made = write('helm', '12:00:00', 'spec.replicas');
  const turned = (clock: string): KubeObject[] => [
    service(
      'pay',
      { app: 'pay', color: 'green' },
      { managedFields: [write('kubectl-patch', clock, 'spec.selector')] },
    ),
    slice('pay', [], { generation: 4 }),
    workload('pay-green', { pods: { app: 'pay', color: 'green' }, replicas: 0, managedFields: [made] }),
    client,
  ];

  it('began no later than that write, and no earlier than the zero', () => {
    const { since } = theFinding(check, turned('14:20:00'));
    expect(since).toMatchObject({ from: on('12:00:00'), to: on('14:20:00'), basis: 'inferred' });
    expect(since.source).toContain('kubectl-patch wrote the selector of the Service');
  });

  it('says nothing where it was written before', () => {
    expect(theFinding(check, turned('10:00:00')).since.source).not.toContain('selector');
  });
});
