import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/wrong-type.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, ingress, pod, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const balancer = (more: object = {}): KubeObject => ({
  ...service('web', { app: 'web' }, { spec: { type: 'LoadBalancer' } }),
  ...more,
});
const complaint = event(
  'Service',
  'web',
  'SyncLoadBalancerFailed',
  'Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets',
  '14:00:00',
  { type: 'Warning' },
);
const alb = (type: string): KubeObject => {
  const one = ingress('front', 'web');
  const metadata = {
    ...(one['metadata'] as object),
    annotations: { 'alb.ingress.kubernetes.io/target-type': type },
  };
  return { ...one, metadata, spec: { ...(one['spec'] as object), ingressClassName: 'alb' } };
};
const headless = service(
  'db',
  { app: 'db' },
  { spec: { clusterIP: 'None', ports: [{ port: 80, targetPort: 8080 }] } },
);
const client = (value: string): KubeObject =>
  workload('cart', { pods: { app: 'cart' }, containers: [{ name: 'app', env: [{ name: 'DB', value }] }] });

describe('fires', () => {
  it('on a load balancer that never came, with what the controller says', () => {
    const finding = theFinding(check, [balancer(), complaint, ingress('front', 'web')]);
    expect(finding).toMatchObject({ object: { name: 'web' }, severity: 'critical', role: 'cause' });
    expect(finding.summary).toContain('could not find any suitable subnets');
  });

  it('on an ExternalName that is an address', () => {
    const outside = service('db', undefined, { spec: { type: 'ExternalName', externalName: '10.1.2.3' } });
    expect(theFinding(check, [outside]).summary).toContain('10.1.2.3');
    expect(theFinding(check, [outside, client('http://db:80')]).severity).toBe('critical');
  });

  it('on a ClusterIP behind instance targets', () => {
    expect(theFinding(check, [service('web', { app: 'web' }), alb('instance')]).summary).toContain(
      'target-type instance',
    );
  });

  it('on a headless Service of which somebody wants a port translated', () => {
    expect(theFinding(check, [headless, client('http://db.shop.svc:80/')]).summary).toContain(
      'connects to 80',
    );
  });
});

describe('an ExternalName', () => {
  const external = (externalName: string, spec: object = {}): KubeObject =>
    service('db', undefined, { spec: { type: 'ExternalName', externalName, clusterIP: undefined, ...spec } });
  const asked = (rcode: string, ...data: readonly string[]) => ({
    probes: {
      dns: ['A', 'AAAA'].map((type) => ({
        at: '2026-05-01T14:30:05Z',
        from: 'pod/kube-system/coredns-1',
        to: 'dns/db.shop.svc.cluster.local@kube-system/coredns-1',
        outcome: 'ok' as const,
        detail: {
          question: { name: 'db.shop.svc.cluster.local', type },
          rcode,
          answers: type === 'A' ? data.map((one) => ({ type: 'A', data: one, ttl: 5 })) : [],
        },
      })),
    },
  });
  const KEY = 'service/wrong-type:Service/shop/db#external-name';

  it('that stands for a Service that is not there, with the near miss', () => {
    const target = service('postgres', { app: 'postgres' });
    const finding = theFinding(check, [external('postgers.shop.svc.cluster.local'), target]);
    expect(finding).toMatchObject({ key: KEY, severity: 'warning', confidence: 'certain' });
    expect(finding.summary).toContain('postgers does not exist; Service shop/postgres is there');
  });

  it.each(['postgres', 'postgres.shop', 'postgres.shop.svc'])('that says only %s of a Service', (name) => {
    const target = service('postgres', { app: 'postgres' });
    const finding = theFinding(check, [external(name), target, client('http://db:5432')]);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical' });
    expect(finding.summary).toContain('no whole name');
  });

  it('that cluster DNS has no address for', () => {
    const finding = theFinding(check, [external('db.example.com')], asked('NOERROR'));
    expect(finding).toMatchObject({ key: KEY, confidence: 'likely' });
    expect(finding.evidence.map(({ kind }) => kind)).toContain('probe');
  });

  it('of which somebody wants a port translated', () => {
    const moved = external('db.example.com', { ports: [{ port: 80, targetPort: 8080 }] });
    const finding = theFinding(check, [moved, client('http://db:80/')], asked('NOERROR', '192.0.2.1'));
    expect(finding.key).toBe('service/wrong-type:Service/shop/db#external-port');
  });

  it.each<[string, KubeObject[], object]>([
    ['a name that resolves', [external('db.example.com')], asked('NOERROR', '192.0.2.1')],
    [
      'the full name of a Service that is there, without pods as yet',
      [external('pg.shop.svc.cluster.local'), service('pg', { app: 'pg' })],
      asked('NOERROR', '10.96.0.10'),
    ],
  ])('is quiet on %s', (_, objects, more) => {
    const verdict = verdictOf(check, { objects, ...more });
    expect([verdict.findings, verdict.unknown]).toEqual([[], []]);
  });

  it.each<[string, object]>([
    ['nobody asked cluster DNS', {}],
    ['its upstream does not answer', asked('SERVFAIL')],
  ])('is unknown where %s', (_, more) => {
    const verdict = verdictOf(check, { objects: [external('db.example.com')], ...more });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({ because: 'not-captured:probe:dns', object: { name: 'db' } });
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    [
      'a load balancer that has an address',
      [balancer({ status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }), complaint],
    ],
    ['one that is being made', [service('web', {}, { created: '14:29:00', spec: { type: 'LoadBalancer' } })]],
    [
      'an ExternalName that is a name',
      [service('db', undefined, { spec: { type: 'ExternalName', externalName: 'db.example.com' } })],
    ],
    ['ip targets', [service('web', { app: 'web' }), alb('ip')]],
    ['a headless Service reached on its pods own port', [headless, client('db:8080')]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('but for a hint, where nobody says why no load balancer came', () => {
    expect(findings(check, [balancer()])[0]).toMatchObject({ role: 'advice' });
  });
});

describe('publishNotReadyAddresses', () => {
  const published = (spec: object = {}): KubeObject =>
    service('web', { app: 'web' }, { spec: { publishNotReadyAddresses: true, ...spec } });
  const web = (ready: boolean): KubeObject => pod('web-a', { labels: { app: 'web' }, ready });

  it('is told of where it sends clients to pods that are not Ready', () => {
    const finding = theFinding(check, [published(), web(false)]);
    expect(finding).toMatchObject({
      key: 'service/wrong-type:Service/shop/web#publishes-not-ready',
      role: 'advice',
    });
  });

  it.each<[string, KubeObject[]]>([
    ['pods that are Ready', [published(), web(true)]],
    ['a headless Service, for peers', [published({ clusterIP: 'None' }), web(false)]],
    ['a Service without it', [published({ publishNotReadyAddresses: false }), web(false)]],
  ])('is quiet on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    const verdict = verdictOf(check, { objects: [balancer()], lists: { services: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });

  it('when no address came and Events, in which a controller would say why, may not be read', () => {
    const verdict = verdictOf(check, { objects: [balancer()], lists: { events: 'forbidden' } });
    expect([verdict.findings, verdict.unknown.length]).toEqual([[], 1]);
  });
});
