/** Pods that the kubelet does not admit, and what is left of such a time. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/not-started.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { job, on, pod, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding } from '../judging.ts';
import { owners } from './pod-support.ts';

const SYSCTL = 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted';

function failed(name: string, created: string, reason: string, message: string, owner = 'pay-1'): KubeObject {
  const kind = owner === 'pay-1' ? 'ReplicaSet' : 'Job';
  const made = pod(name, { owner: [kind, owner], labels: { app: 'pay' }, created });
  return { ...made, status: { phase: 'Failed', reason, message, startTime: on(created) } };
}

const running = (created: string, name = 'pay-z'): KubeObject =>
  pod(name, { owner: ['ReplicaSet', 'pay-1'], labels: { app: 'pay' }, created });

describe('fires', () => {
  it.each([
    ['SysctlForbidden', SYSCTL, 'does not allow what securityContext.sysctls sets: forbidden sysctl'],
    [
      'OutOfcpu',
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 4000, used: 0, capacity: 2000",
      'its node has no room (OutOfcpu)',
    ],
    [
      'NodeAffinity',
      "Pod Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
      'its node does not fit it (NodeAffinity)',
    ],
    [
      'UnexpectedAdmissionError',
      'Pod was rejected: Allocate failed due to no healthy devices present',
      'UnexpectedAdmissionError: Allocate failed',
    ],
  ])('on %s', (reason, message, words) => {
    const finding = theFinding(check, [
      ...owners,
      failed('pay-a', '14:28:00', reason, message),
      failed('pay-b', '14:30:00', reason, message),
    ]);
    expect(finding).toMatchObject({
      key: 'pod/not-started:Deployment/shop/pay#rejected',
      severity: 'critical',
      since: { to: on('14:28:00') },
    });
    expect(finding.summary).toContain(words);
    expect(finding.detail).toContain('2 pods refused so far, the last of them pay-b');
  });
});

it('leaves pods that wait of another workload of that name out', () => {
  const labels = { app: 'pay' };
  const set = workload('pay', { kind: 'StatefulSet', pods: labels });
  const made = (owner: ['ReplicaSet' | 'StatefulSet', string], name: string): KubeObject =>
    pod(name, { owner, labels, phase: 'Pending', ready: false });
  const finding = theFinding(check, [
    ...owners,
    set,
    failed('pay-a', '14:30:00', 'SysctlForbidden', SYSCTL),
    made(['ReplicaSet', 'pay-1'], 'pay-w'),
    made(['StatefulSet', 'pay'], 'pay-0'),
  ]);
  expect(finding.involves.map(({ name }) => name)).toEqual(['pay-w', 'pay-a']);
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    [
      'a refusal after which a pod was admitted',
      [...owners, failed('pay-a', '14:28:00', 'NodeAffinity', SYSCTL), running('14:28:30')],
    ],
    [
      'what is left, where the workload lacks nothing',
      [...owners, running('12:00:00'), failed('pay-a', '14:28:00', 'OutOfcpu', SYSCTL)],
    ],
    ['a refusal long ago', [...owners, failed('pay-a', '13:00:00', 'OutOfcpu', SYSCTL)]],
    [
      'an eviction',
      [
        ...owners,
        failed('pay-a', '14:30:00', 'Evicted', 'Pod was rejected: The node had condition: [DiskPressure].'),
      ],
    ],
    [
      'a node that shuts down',
      [
        ...owners,
        failed('pay-a', '14:30:00', 'NodeShutdown', 'Pod was rejected as the node is shutting down.'),
      ],
    ],
    ['a pod of a Job', [job('pay', { app: 'pay' }), failed('pay-a', '14:30:00', 'OutOfcpu', SYSCTL, 'pay')]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});
