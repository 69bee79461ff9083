import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/rollout-paused.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { ingress, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const V1 = { app: 'pay', version: 'v1' };
const V2 = { app: 'pay', version: 'v2' };

function paused(more: object = {}): KubeObject {
  const made = workload('pay', { pods: V2 });
  return { ...made, spec: { ...(made['spec'] as object), paused: true, ...more } };
}
const running = [
  replicaSet('pay', 1, V1, '12:00:00', 1),
  pod('pay-a', { labels: { name: 'pay', ...V1 }, owner: ['ReplicaSet', 'pay-1'] }),
];

describe('fires', () => {
  it('when a Service selects what the pause holds back', () => {
    const finding = theFinding(check, [service('pay', V2), paused(), ...running, ingress('front', 'pay')]);
    expect(finding).toMatchObject({ key: 'pod/rollout-paused:Deployment/shop/pay', severity: 'critical' });
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Service/pay']);
    expect(finding.remedy.mend).toEqual(['kubectl -n shop rollout resume deployment/pay']);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a pause while the Service takes the pods that run', [service('pay', V1), paused(), ...running]],
    ['a Deployment that is not paused', [service('pay', V2), paused({ paused: false }), ...running]],
    ['one of no replicas', [service('pay', V2), paused({ replicas: 0 }), ...running]],
    [
      'a ReplicaSet of that template, whose pods are missing for another reason',
      [service('pay', V2), paused(), ...running, replicaSet('pay', 2, V2, '14:00:00', 1)],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [paused()], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
