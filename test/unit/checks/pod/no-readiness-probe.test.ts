import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/no-readiness-probe.ts';
import { on, service } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const restarted = {
  restartCount: 2,
  lastState: { terminated: { reason: 'Error', exitCode: 1, finishedAt: on('14:20:00') } },
};
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
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    expect(
      verdictOf(check, { objects: [podOf()], lists: { services: 'forbidden' } }).unknown[0]?.because,
    ).toBe('list:services');
  });
});
