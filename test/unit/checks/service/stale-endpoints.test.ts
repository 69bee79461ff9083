import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/stale-endpoints.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, ingress, pod, service, slice, workload } from '../../../support/kube-objects.ts';
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
    const finding = theFinding(check, [
      service('pay', PAY),
      kept([endpoint('pay-old')]),
      ingress('front', 'pay'),
    ]);
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

describe('kept by hand', () => {
  const bare = service('pay', undefined);
  const byHand = (address: string, ports?: readonly object[]): KubeObject =>
    slice(
      'pay',
      [{ addresses: [address], conditions: { ready: true } }],
      ports === undefined ? {} : { ports: ports as Record<string, unknown>[] },
    );
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
  };
  const client = workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', env: [{ name: 'PAY', value: 'http://pay:80' }] }],
  });
  const connect = (outcome: 'ok' | 'refused') => ({
    probes: {
      connect: [
        {
          at: '2026-05-01T14:30:05Z',
          from: 'pod/shop/cart-a',
          to: 'service/shop/pay:80',
          outcome,
          detail: { container: 'app', host: 'pay', port: 80 },
        },
      ],
    },
  });
  const KEY = 'service/stale-endpoints:Service/shop/pay#by-hand';

  it('fires where there is no slice and a client names it', () => {
    const finding = theFinding(check, [bare, client]);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical' });
    expect(finding.summary).toContain('nobody made an EndpointSlice');
  });

  it('says that Endpoints are not mirrored', () => {
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: 'pay',
        namespace: 'shop',
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
      },
    };
    expect(theFinding(check, [bare, client, endpoints]).detail).toContain('skip-mirror');
  });

  it('says that Endpoints wait to be mirrored', () => {
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'pay', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 8080 }] }],
    };
    const finding = theFinding(check, [bare, client, endpoints]);
    expect(finding.detail).toContain('has not mirrored them');
    expect(finding.evidence.some(({ object }) => object?.kind === 'Endpoints')).toBe(true);
  });

  it('fires on ports of another name', () => {
    const named = [{ name: 'http', port: 8080, protocol: 'TCP' }];
    const finding = theFinding(check, [bare, byHand('192.0.2.7', named)]);
    expect(finding).toMatchObject({ key: KEY, severity: 'warning' });
    expect(finding.summary).toContain('are "http"');
  });

  it('fires on an address of the pod network that no pod has', () => {
    const finding = theFinding(check, [bare, byHand('10.244.0.77'), node, client, pod('other')]);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical', confidence: 'certain' });
    expect(finding.summary).toContain('10.244.0.77');
  });

  it('fires where every connect came to nothing', () => {
    const finding = theFinding(check, [bare, byHand('192.0.2.7'), client], connect('refused'));
    expect(finding).toMatchObject({ key: KEY, confidence: 'likely' });
  });

  it.each<[string, KubeObject[], object]>([
    ['no slice, and nobody who names it', [bare], {}],
    ['the address of a pod', [bare, byHand('10.244.0.9'), node, client, pod('other')], {}],
    ['the address of the bridge of a node', [bare, byHand('10.244.0.1'), node, client], {}],
    ['an address of the outside', [bare, byHand('192.0.2.7'), node, client], {}],
    ['connects that are accepted', [bare, byHand('192.0.2.7'), client], connect('ok')],
  ])('is quiet on %s', (_, objects, more) => {
    expect(findings(check, objects, more)).toEqual([]);
  });

  it('is unknown where pods of some namespaces only were listed', () => {
    const verdict = verdictOf(check, {
      objects: [bare, byHand('10.244.0.77'), node, client],
      lists: { pods: [{ namespace: 'shop', outcome: 'complete' }] },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.map(({ object }) => object?.name)).toContain('pay');
  });
});

describe('addresses kept by hand for another name', () => {
  const bare = service('legacy-db', undefined);
  const client = workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', env: [{ name: 'DB', value: 'legacy-db:5432' }] }],
  });
  const astray = slice('legacydb', [{ addresses: ['192.0.2.7'], conditions: { ready: true } }]);

  it('are told by the label of the slice, with the command that mends it', () => {
    const finding = theFinding(check, [bare, client, astray]);
    expect(finding.summary).toBe(
      'Service shop/legacy-db has no selector, and EndpointSlice legacydb-abc12 is labelled for legacydb, which is no Service: it has no address to send to',
    );
    expect(finding.remedy.mend).toEqual([
      'kubectl -n shop label endpointslice legacydb-abc12 --overwrite kubernetes.io/service-name=legacy-db',
    ]);
  });

  it('are told by the name of Endpoints, which nobody mirrors then', () => {
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'legacydb', namespace: 'shop' },
      subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 5432 }] }],
    };
    expect(theFinding(check, [bare, client, endpoints]).summary).toContain(
      'the Endpoints with addresses are called legacydb, which is no Service',
    );
  });

  it.each<[string, KubeObject]>([
    ['of a Service that is there', service('legacydb', undefined)],
    ['of another name altogether', slice('mail', [{ addresses: ['192.0.2.7'] }])],
  ])('are not those %s', (_, more) => {
    const objects = more.kind === 'Service' ? [bare, client, astray, more] : [bare, client, more];
    const found = findings(check, objects).find(({ object }) => object.name === 'legacy-db');
    expect(found?.summary).toContain('nobody made an EndpointSlice for it');
  });
});
