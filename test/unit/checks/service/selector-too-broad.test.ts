import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/selector-too-broad.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { ingress, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const SHOP = { app: 'shop' };
function made(name: string, port?: number): KubeObject[] {
  return [
    workload(name, { pods: SHOP }),
    replicaSet(name, 1, SHOP, '12:00:00', 1),
    pod(`${name}-a`, {
      labels: { name, ...SHOP },
      owner: ['ReplicaSet', `${name}-1`],
      app: port === undefined ? {} : { ports: [{ containerPort: port }] },
    }),
  ];
}
const sockets = (name: string, ...ports: number[]): object => ({
  probe: 'sockets',
  at: '2026-05-01T14:30:05Z',
  from: `pod/shop/${name}`,
  to: `pod/shop/${name}`,
  outcome: 'ok',
  ms: 3,
  detail: {
    container: 'app',
    listening: ports.map((port) => ({ protocol: 'tcp', family: 4, address: '0.0.0.0', port })),
  },
});

describe('fires', () => {
  it('on a worker among the servers that was seen not to listen', () => {
    const probes = { sockets: [sockets('web-a', 8080), sockets('worker-a', 9000)] } as never;
    const finding = theFinding(
      check,
      [service('shop', SHOP), ...made('web'), ...made('worker'), ingress('front', 'shop')],
      { probes },
    );
    expect(finding).toMatchObject({
      key: 'service/selector-too-broad:Service/shop/shop',
      role: 'cause',
      severity: 'critical',
    });
    expect(finding.summary).toContain('1 pod of Deployment worker');
    expect(finding.summary).toContain('Deployment web is meant');
  });
});

it('says that sessionAffinity pins clients to the pod that fails, and only where one does', () => {
  const affine = service('shop', SHOP, { spec: { sessionAffinity: 'ClientIP' } });
  const objects = [affine, ...made('web'), ...made('worker')];
  const probes = { sockets: [sockets('web-a', 8080), sockets('worker-a', 9000)] } as never;
  const finding = theFinding(check, objects, { probes });
  expect(finding.detail).toContain('some fail each time, and others never');
  expect(finding.evidence.some(({ path }) => path === 'spec.sessionAffinity')).toBe(true);
  const well = { sockets: [sockets('web-a', 8080), sockets('worker-a', 8080)] } as never;
  expect(findings(check, objects, { probes: well })).toEqual([]);
});

it('says what the pods themselves refuse, where they declare other ports and answer on one', () => {
  const objects = [service('shop', SHOP), ...made('web', 8080), ...made('redis', 6379)];
  const forward = (port: number, outcome: string): object => ({
    at: '2026-05-01T14:30:05Z',
    from: 'pod/shop/redis-a',
    to: `pod/shop/redis-a:${port}`,
    outcome,
    ms: 3,
    detail: { port },
  });
  const seen = (...results: object[]): object => ({ probes: { 'port-forward': results } });
  const refused = theFinding(check, objects, seen(forward(8080, 'refused'), forward(6379, 'ok')));
  expect(refused).toMatchObject({ role: 'cause', severity: 'warning', confidence: 'likely' });
  expect(refused.evidence.filter(({ kind }) => kind === 'probe')).toHaveLength(2);
  // A pod that answers nowhere may be one whose program listens on the pod's address alone.
  for (const more of [seen(forward(8080, 'refused')), seen(forward(8080, 'timeout'), forward(6379, 'ok'))])
    expect(theFinding(check, objects, more)).toMatchObject({ role: 'advice', confidence: 'possible' });
});

describe('fires on a worker that listens nowhere', () => {
  const objects = [service('shop', SHOP), ...made('web', 8080), ...made('worker'), ingress('front', 'shop')];

  it('by its socket table', () => {
    const probes = { sockets: [sockets('web-a', 8080), sockets('worker-a')] } as never;
    expect(theFinding(check, objects, { probes }).summary).toContain(
      'Deployment worker, which does not serve',
    );
  });

  it('by a refusal inside it, and one of its address to the API server', () => {
    const refused = { at: '2026-05-01T14:30:05Z', outcome: 'refused', ms: 3 };
    const text = 'error trying to reach service: dial tcp 10.244.0.9:8080: connect: connection refused';
    const inside = {
      ...refused,
      from: 'pod/shop/worker-a',
      to: 'pod/shop/worker-a:8080',
      detail: { port: 8080 },
    };
    const proxy = { ...refused, from: 'apiserver', to: 'service/shop/shop:80', detail: { port: 80, text } };
    const probes = { 'port-forward': [inside], 'service-http': [proxy] } as never;
    expect(theFinding(check, objects, { probes })).toMatchObject({ role: 'cause', severity: 'critical' });
    const alone = { 'port-forward': [inside] } as never;
    expect(findings(check, objects, { probes: alone })).toEqual([]);
  });
});

describe('quiet', () => {
  it('on pods that an operator makes itself: one of them that does not listen is the pod’s own fault', () => {
    const broker = (name: string): KubeObject => {
      const bare = pod(name, { labels: SHOP });
      const owner = {
        apiVersion: 'core.strimzi.io/v1',
        kind: 'StrimziPodSet',
        name: 'main',
        controller: true,
      };
      return { ...bare, metadata: { ...(bare['metadata'] as object), ownerReferences: [owner] } };
    };
    const probes = { sockets: [sockets('main-0', 8080), sockets('main-1', 9000)] } as never;
    const objects = [service('shop', SHOP), broker('main-0'), broker('main-1'), ingress('front', 'shop')];
    expect(findings(check, objects, { probes })).toEqual([]);
  });

  it('on blue and green that both listen', () => {
    const probes = { sockets: [sockets('blue-a', 8080), sockets('green-a', 8080)] } as never;
    expect(findings(check, [service('shop', SHOP), ...made('blue'), ...made('green')], { probes })).toEqual(
      [],
    );
  });

  it.each<[string, KubeObject[]]>([
    ['one workload', [service('shop', SHOP), ...made('web', 8080)]],
    ['two that declare the port', [service('shop', SHOP), ...made('blue', 8080), ...made('green', 8080)]],
    ['two of which nothing is known', [service('shop', SHOP), ...made('blue'), ...made('green')]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('but for a hint where one declares another port only', () => {
    const [finding] = findings(check, [service('shop', SHOP), ...made('web', 8080), ...made('worker', 9000)]);
    expect(finding).toMatchObject({ role: 'advice', confidence: 'possible' });
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [service('shop', SHOP)], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});

describe('unknown, since two revisions of one workload look like two', () => {
  it.each(['apps/replicasets', 'apps/deployments'])('when %s may not be listed', (resource) => {
    const probes = { sockets: [sockets('web-a', 8080), sockets('worker-a', 9000)] } as never;
    const kind = resource === 'apps/deployments' ? 'Deployment' : 'ReplicaSet';
    const objects = [service('shop', SHOP), ...made('web'), ...made('worker')];
    const seen = objects.filter((object) => object['kind'] !== kind);
    const verdict = verdictOf(check, { objects: seen, probes, lists: { [resource]: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown).toMatchObject([{ check: check.id, because: `list:${resource}` }]);
  });
});
