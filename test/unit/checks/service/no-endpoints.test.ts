import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/no-endpoints.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import {
  endpoint,
  event,
  ingress,
  job,
  pod,
  replicaSet,
  service,
  slice,
  workload,
  write,
} from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';
import { NOT_READY, paying, sick } from './paying.ts';

const DRAINING = { ready: false, serving: true, terminating: true };

const well = pod('pay-a', { labels: { app: 'pay' }, owner: ['ReplicaSet', 'pay-1'] });

describe('fires', () => {
  it('when the pods behind it are not ready, since the last one turned', () => {
    const finding = theFinding(check, paying(sick, [endpoint('pay-a', NOT_READY)]));
    expect(finding).toMatchObject({
      key: 'service/no-endpoints:Service/shop/pay',
      role: 'symptom',
      severity: 'critical',
      since: { from: '2026-05-01T14:05:00Z', to: '2026-05-01T14:05:00Z', basis: 'inferred' },
    });
    expect(finding.involves.map(({ name }) => name)).toContain('pay-a');
    expect(pointers(finding)[0]).toBe(
      'EndpointSlice/pay-abc12 endpoints = [{"address":"10.244.0.9","ready":false}]',
    );
  });

  it('when its workload wants pods and has none', () => {
    const [svc, , deployment] = paying(well, []);
    expect(
      theFinding(
        check,
        [svc, slice('pay', []), deployment].filter((one) => one !== undefined),
      ).key,
    ).toBe('service/no-endpoints:Service/shop/pay');
  });

  it('when pods that look meant miss its selector', () => {
    expect(
      theFinding(check, [
        service('pay', { app: 'pay-api-v1' }),
        slice('pay', []),
        pod('pay-a', { labels: { app: 'pay-api-v2' } }),
      ]).summary,
    ).toContain('shop/pay');
  });

  it('when an edge leads to it, whatever it had before', () => {
    const objects = [service('pay', { app: 'pay' }), slice('pay', [])];
    expect(findings(check, objects)).toEqual([]);
    expect(findings(check, [...objects, ingress('web', 'pay')])).toHaveLength(1);
  });

  it('when it had endpoints and everything behind it is gone', () => {
    expect(
      findings(check, [service('pay', { app: 'pay' }), slice('pay', [], { generation: 5 })]),
    ).toHaveLength(1);
  });

  it('on the one port whose name no pod declares', () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'admin', port: 81, targetPort: 'admin' },
    ];
    const [svc, , ...rest] = paying(well, [], { ports });
    const slices = slice('pay', [endpoint('pay-a')], {
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    expect(
      theFinding(
        check,
        [svc, slices, ...rest].filter((one) => one !== undefined),
      ).key,
    ).toBe('service/no-endpoints:Service/shop/pay#admin');
  });

  it('is dated by the watch that saw the last endpoint go', () => {
    const before = slice('pay', [endpoint('pay-a')], { generation: 2 });
    const after = slice('pay', [], { generation: 3 });
    const { since } = theFinding(check, paying(sick, []), {
      changes: [
        { at: '2026-05-01T14:30:05Z', type: 'MODIFIED', object: before },
        { at: '2026-05-01T14:30:09Z', type: 'MODIFIED', object: after },
      ],
    });
    expect(since).toMatchObject({ from: '2026-05-01T14:30:09Z', basis: 'observed' });
  });
});

describe('since', () => {
  const wanting = workload('pay', { pods: { app: 'pay' } });
  const svc = service('pay', { app: 'pay' });
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-05-01T14:20:00Z' };

  it('the Service was made, where its slice was made empty and never changed', () => {
    const { since } = theFinding(check, [svc, slice('pay', []), wanting]);
    expect(since).toMatchObject({ from: '2026-05-01T12:00:00Z', to: '2026-05-01T12:00:00Z' });
    expect(since.source).toContain('never had any');
  });

  it('from the Service to the workload that was made after it, where it never had any', () => {
    const later = workload('pay', { pods: { app: 'pay' }, created: '14:00:12' });
    const { since } = theFinding(check, [
      service('pay', { app: 'pay' }, { created: '14:00:00' }),
      slice('pay', [], { created: '14:00:00' }),
      later,
    ]);
    expect(since).toMatchObject({ from: '2026-05-01T14:00:00Z', to: '2026-05-01T14:00:12Z' });
  });

  it('from the Service to the workload made after it whose pods its selector misses', () => {
    const near = (labels: Readonly<Record<string, string>>): string | undefined =>
      theFinding(check, [
        service('pay', { app: 'pays' }, { created: '14:00:00' }),
        slice('pay', [], { created: '14:00:00' }),
        workload('pay', { pods: labels, created: '14:00:12' }),
        ingress('edge', 'pay'),
      ]).since.to;
    expect(near({ app: 'pay' })).toBe('2026-05-01T14:00:12Z');
    expect(near({ app: 'pays' })).toBe('2026-05-01T14:00:12Z');
  });

  it('the Service was made, whatever was made later and is not meant', () => {
    const { since } = theFinding(check, [
      service('pay', { app: 'pay' }, { created: '14:00:00' }),
      slice('pay', [], { created: '14:00:00' }),
      workload('mail', { pods: { app: 'mail' }, created: '14:00:12' }),
      ingress('edge', 'pay'),
    ]);
    expect(since.to).toBe('2026-05-01T14:00:00Z');
  });

  it('from when a pod without a node was made', () => {
    const waiting = pod('pay-a', {
      labels: { app: 'pay' },
      created: '14:00:09',
      spec: { nodeName: undefined },
    });
    const { since } = theFinding(check, [
      service('pay', { app: 'pay' }, { created: '14:00:00' }),
      slice('pay', [], { created: '14:00:00' }),
      { ...waiting, status: { phase: 'Pending', conditions: [] } },
    ]);
    expect(since.to).toBe('2026-05-01T14:00:09Z');
  });

  it('not known to the moment, where the slice was made anew later', () => {
    const { since } = theFinding(check, [svc, slice('pay', [], { created: '13:00:00' }), wanting]);
    expect(since).toMatchObject({ from: '2026-05-01T12:00:00Z', to: '2026-05-01T14:30:20Z' });
  });

  it('the Event by which the last pod was deleted', () => {
    const { since } = theFinding(check, [
      svc,
      slice('pay', [], { generation: 4, annotations }),
      wanting,
      replicaSet('pay', 1, { app: 'pay' }, '12:00:00'),
      event('ReplicaSet', 'pay-1', 'SuccessfulDelete', 'Deleted pod: pay-1-x', '14:19:50'),
      event('ReplicaSet', 'cart-1', 'SuccessfulDelete', 'Deleted pod: cart-1-x', '14:19:58'),
    ]);
    expect(since).toMatchObject({ from: '2026-05-01T14:19:50Z', basis: 'observed' });
  });

  it('its grace period before the last change, where no Event tells', () => {
    const { since } = theFinding(check, [svc, slice('pay', [], { generation: 4, annotations }), wanting]);
    expect(since).toMatchObject({ from: '2026-05-01T14:19:30Z', to: '2026-05-01T14:20:00Z' });
  });

  it('before the last write of its slice, where nothing else tells', () => {
    const managedFields = [write('kube-controller-manager', '14:10:00', 'endpoints')];
    const { since } = theFinding(check, [svc, slice('pay', [], { generation: 4, managedFields }), wanting]);
    expect(since).toMatchObject({ from: '2026-05-01T12:00:00Z', to: '2026-05-01T14:10:00Z' });
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a ready endpoint', paying(well, [endpoint('pay-a')])],
    [
      'a namespace that is being deleted, whose pods went first',
      [
        ...paying(sick, [endpoint('pay-a', NOT_READY)]),
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'shop', deletionTimestamp: '2026-05-01T14:04:00Z' },
          status: { phase: 'Terminating' },
        },
      ],
    ],
    ['an endpoint without conditions, which means ready', paying(well, [endpoint('pay-a', {})])],
    ['pods that serve while they end', paying(well, [endpoint('pay-a', DRAINING)])],
    [
      'publishNotReadyAddresses',
      paying(sick, [endpoint('pay-a', { ...NOT_READY, ready: true })], { publishNotReadyAddresses: true }),
    ],
    [
      'ExternalName',
      [service('pay', { app: 'pay' }, { spec: { type: 'ExternalName', externalName: 'x.example' } })],
    ],
    ['no selector', [service('pay', undefined), slice('pay', [])]],
    [
      'a headless name without pods',
      [service('pay', { app: 'pay' }, { spec: { clusterIP: 'None' } }), slice('pay', [], { generation: 4 })],
    ],
    [
      'a workload parked at zero',
      [
        service('pay', { app: 'pay' }),
        slice('pay', [], { generation: 4 }),
        workload('pay', { pods: { app: 'pay' }, replicas: 0 }),
      ],
    ],
    [
      'Jobs that are done',
      [service('pay', { app: 'pay' }), slice('pay', [], { generation: 4 }), job('migrate', { app: 'pay' })],
    ],
    [
      'a Service just created',
      [
        service('pay', { app: 'pay' }, { created: '14:30:00' }),
        slice('pay', []),
        workload('pay', { pods: { app: 'pay' } }),
      ],
    ],
    [
      'a Service left over',
      [
        service('pay', { app: 'pay' }),
        slice('pay', []),
        workload('cart', { pods: { app: 'cart' } }),
        pod('cart-a', { labels: { app: 'cart' } }),
      ],
    ],
    [
      'a Service that is being deleted',
      [
        service('pay', { app: 'pay' }, { deleted: '14:29:00' }),
        slice('pay', [], { generation: 4 }),
        workload('pay', { pods: { app: 'pay' } }),
      ],
    ],
    [
      'pods within their first seconds',
      paying(
        pod('pay-a', {
          labels: { app: 'pay' },
          owner: ['ReplicaSet', 'pay-1'],
          ready: false,
          created: '14:30:05',
        }),
        [endpoint('pay-a', NOT_READY)],
      ),
    ],
    [
      'a pod that became Ready between two lists',
      paying(pod('pay-a', { labels: { app: 'pay' }, owner: ['ReplicaSet', 'pay-1'], since: '14:29:58' }), [
        endpoint('pay-a', NOT_READY),
      ]),
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on a variant whose sibling Service takes the pods', () => {
    expect(
      findings(check, [
        service('blue', { app: 'pay-blue' }),
        slice('blue', [], { generation: 7 }),
        service('green', { app: 'pay-green' }),
        slice('green', [endpoint('pay-a')]),
        pod('pay-a', { labels: { app: 'pay-green' } }),
        event('Pod', 'pay-a', 'Started', 'Started container app', '14:00:00'),
      ]),
    ).toEqual([]);
  });
});

describe('unknown', () => {
  /** No pod is left; the Deployment that wants none is the only thing that says so. */
  const parked = [
    service('pay', { app: 'pay' }),
    slice('pay', [], { generation: 3 }),
    workload('pay', { pods: { app: 'pay' }, replicas: 0 }),
  ];

  it.each(['apps/deployments', 'apps/statefulsets', 'networking.k8s.io/ingresses'])(
    'without a pod, when %s may not be listed: it may be on purpose, or asked for',
    (resource) => {
      const verdict = verdictOf(check, { objects: parked, lists: { [resource]: 'forbidden' } });
      expect(verdict.checks[0]).toMatchObject({ outcome: 'unknown', failed: 0, passed: 0 });
      expect(verdict.unknown[0]).toMatchObject({ because: `list:${resource}`, object: { name: 'pay' } });
      expect(verdict.paths[0]?.layers.service).toBe('unknown');
    },
  );

  it('nothing where who asks for it was seen', () => {
    const objects = [...parked, ingress('web', 'pay')];
    expect(findings(check, objects, { lists: { 'apps/statefulsets': 'forbidden' } })).toHaveLength(1);
  });

  it.each(['discovery.k8s.io/endpointslices', 'services', 'pods'])(
    'when %s may not be listed',
    (resource) => {
      const verdict = verdictOf(check, {
        objects: paying(sick, [endpoint('pay-a', NOT_READY)]),
        lists: { [resource]: 'forbidden' },
      });
      expect(verdict.findings).toEqual([]);
      expect(verdict.unknown.map(({ because }) => because)).toContain(`list:${resource}`);
    },
  );

  it('when the list of EndpointSlices was cut: the ready one may be missing', () => {
    const verdict = verdictOf(check, {
      objects: paying(sick, []),
      lists: { 'discovery.k8s.io/endpointslices': 'partial' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.paths[0]?.layers.service).toBe('unknown');
  });
});

it('counts who names a pod of a StatefulSet among those who miss its Service', () => {
  const client = workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', env: [{ name: 'DB', value: 'pay-1.pay.shop.svc.cluster.local:8080' }] }],
  });
  const finding = theFinding(check, [...paying(sick, [endpoint('pay-a', NOT_READY)]), client]);
  expect(finding).toMatchObject({ severity: 'critical' });
  expect(finding.detail).toContain('Deployment shop/cart');
});
