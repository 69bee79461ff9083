/** What a mesh turns away and what a program does not accept, beside what their clients say of it: one root, on the side at fault. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../support/evidence.ts';
import { verdictOf } from '../../support/judged.ts';
import { endpoint, on, pod, replicaSet, service, slice, workload } from '../../support/kube-objects.ts';
import { looks } from '../../support/looks.ts';

function running(
  name: string,
  ip: string,
  more: Parameters<typeof pod>[1] = {},
  sidecar = true,
): KubeObject[] {
  const labels = { app: name };
  const containers = [
    { name: 'app', ports: [{ containerPort: 8080 }] },
    ...(sidecar ? [{ name: 'istio-proxy' }] : []),
  ];
  const made = pod(`${name}-a`, {
    owner: ['ReplicaSet', `${name}-1`],
    labels,
    spec: { containers },
    ...more,
  });
  return [
    workload(name, { pods: labels }),
    replicaSet(name, 1, labels, '12:00:00', 1),
    { ...made, status: { ...(made['status'] as object), podIP: ip } },
  ];
}

const serving = (ready = true): KubeObject[] => [
  service('pay', { app: 'pay' }, { spec: { clusterIP: '10.96.0.20' } }),
  slice('pay', [endpoint('pay-a', { ready, address: '10.244.0.14' })]),
];

const log = (podName: string, container: string, line: string, times = 5) => ({
  namespace: 'shop',
  pod: podName,
  container,
  text: `${on('14:29:50')} ${line}\n`.repeat(times),
});

describe('a policy that denies', () => {
  it('connections is the root of what its client says of them', () => {
    const denied = `[${on('14:29:50')}] "- - -" 0 - - rbac_access_denied_matched_policy[none] "-" 6 0 0 - "-" "-" "-" "-" "127.0.0.1:8080" inbound|8080|| 127.0.0.1:57010 10.244.0.14:8080 10.244.0.12:57816 - -`;
    const { roots, unexplained, findings } = verdictOf({
      objects: [
        ...running('pay', '10.244.0.14'),
        ...running('front', '10.244.0.12', {}, false),
        ...serving(),
      ],
      logs: [
        log('pay-a', 'istio-proxy', denied),
        log(
          'front-a',
          'app',
          'ERROR read tcp 10.244.0.12:57816->10.96.0.20:80: read: connection reset by peer',
        ),
      ],
    });
    expect(roots).toEqual(['pod/mesh:Deployment/shop/pay']);
    expect(unexplained).toEqual([]);
    expect(findings.map(({ check }) => check)).toContain('pod/dependency-unreachable');
  });
});

describe('a program that accepts nobody', () => {
  const from = ['10.1.0.1:1', '10.1.0.1:2'];
  const hung = looks({ clock: '14:29:50', from }, { clock: '14:29:55', from });
  const objects = [
    ...running('pay', '10.244.0.14', { ready: false, since: '14:00:00' }, false),
    ...serving(false),
  ];

  it('is the root of its empty Service', () => {
    const { roots, findings } = verdictOf({ objects, ...hung });
    expect(roots).toEqual(['pod/saturated:Deployment/shop/pay#waiting']);
    expect(findings.find(({ check }) => check === 'service/no-endpoints')?.causes).toContain(roots[0]);
  });

  it('because its workers wait for a database follows from that', () => {
    const waits = 'ERROR query: dial tcp 10.9.9.9:5432: i/o timeout';
    const { roots } = verdictOf({ objects, ...hung, logs: [log('pay-a', 'app', waits)] });
    expect(roots).toEqual(['pod/dependency-unreachable:Deployment/shop/pay']);
  });
});
