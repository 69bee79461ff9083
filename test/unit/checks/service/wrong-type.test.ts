import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/wrong-type.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, ingress, service, workload } from '../../../support/kube-objects.ts';
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
    const finding = theFinding(check, [balancer(), complaint]);
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

describe('unknown', () => {
  it('when Services may not be listed', () => {
    const verdict = verdictOf(check, { objects: [balancer()], lists: { services: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
