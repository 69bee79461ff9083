/** Services with the selector of another one. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/target-port.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding } from '../judging.ts';

const WEB = { app: 'web' };
const redis = (port: object = { name: 'redis', containerPort: 6379 }): KubeObject =>
  workload('redis', { pods: { app: 'redis' }, containers: [{ name: 'app', ports: [port] }] });
const taken = [
  service('redis', WEB, { spec: { ports: [{ port: 6379, targetPort: 'redis', protocol: 'TCP' }] } }),
  workload('web', { pods: WEB }),
  replicaSet('web', 1, WEB, '12:00:00', 1),
  pod('web-a', {
    labels: WEB,
    owner: ['ReplicaSet', 'web-1'],
    app: { ports: [{ name: 'http', containerPort: 8080 }] },
  }),
];

describe('a port that its namesake declares, which the selector does not take', () => {
  it('is said to be the selector’s, and mended there', () => {
    const finding = theFinding(check, [...taken, redis()]);
    expect(finding).toMatchObject({
      key: 'service/target-port:Service/shop/redis',
      summary:
        'Service shop/redis selects app=web, which takes 1 pod of Deployment web, where port redis leads nowhere, and not those of Deployment redis, which declares it',
    });
    expect(pointers(finding)).toContain(
      'Deployment/redis spec.template.metadata.labels = {"name":"redis","app":"redis"}',
    );
    expect(finding.remedy.mend).toEqual([
      `kubectl -n shop patch service redis --type merge -p '{"spec":{"selector":{"app":"redis"}}}'`,
    ]);
  });

  it.each<[string, KubeObject[]]>([
    ['the namesake does not declare it', [...taken, redis({ name: 'metrics', containerPort: 9121 })]],
    ['there is no workload of that name', taken],
    [
      'the pods are of the namesake',
      [...taken.slice(0, 1), workload('redis', { pods: WEB }), ...taken.slice(2)],
    ],
  ])('is the port’s where %s', (_, objects) => {
    const [finding] = findings(check, objects);
    expect(finding?.summary).toContain('leads nowhere in 1 selected pod');
  });
});
