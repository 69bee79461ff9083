import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/no-readiness-probe.ts';
import { on, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const restarted = {
  restartCount: 2,
  lastState: { terminated: { reason: 'Error', exitCode: 1, finishedAt: on('14:20:00') } },
};
/** A Deployment whose newest revision, that of the pod, is of this time. */
const rolled = (clock: string) => [
  workload('pay', { pods: { app: 'pay' } }),
  replicaSet('pay', 0, { app: 'pay' }, '10:00:00'),
  replicaSet('pay', 1, { app: 'pay' }, clock, 1),
];
const front = service('pay', { app: 'pay' });

describe('fires', () => {
  it('on a pod that serves a Service and restarts', () => {
    const finding = theFinding(check, [...owners, front, podOf({ container: restarted })]);
    expect(finding).toMatchObject({
      key: 'pod/no-readiness-probe:Deployment/shop/pay',
      role: 'advice',
      severity: 'advice',
    });
    expect(finding.summary).toContain('Service pay');
    expect(finding.summary).toContain('and restarts');
  });

  it('on a revision that was rolled out within the hour', () => {
    const finding = theFinding(check, [...rolled('14:10:00'), front, podOf()]);
    expect(finding.summary).toContain('and was rolled out at 2026-05-01T14:10:00Z');
  });
});

describe('quiet', () => {
  it.each([
    ['a pod that never restarted', [front, podOf()]],
    ['a pod that no Service selects', [podOf({ container: restarted })]],
    [
      'a pod with a readiness probe',
      [front, podOf({ container: restarted, app: { readinessProbe: { tcpSocket: { port: 8080 } } } })],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });

  it.each([
    ['a rollout long ago', [...rolled('12:00:00'), podOf()]],
    [
      'a rollout with a readiness probe',
      [...rolled('14:10:00'), podOf({ app: { readinessProbe: { tcpSocket: { port: 8080 } } } })],
    ],
    [
      'a first revision, however new',
      [...rolled('14:10:00').slice(0, 1), ...rolled('14:10:00').slice(2), podOf()],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, [front, ...objects])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    expect(
      verdictOf(check, { objects: [podOf()], lists: { services: 'forbidden' } }).unknown[0]?.because,
    ).toBe('list:services');
  });
});
