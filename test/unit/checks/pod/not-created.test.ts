import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/not-created.ts';
import { event, pod, replicaSet, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const labels = { name: 'pay', ...PAY };
const owners = [workload('pay', { pods: PAY }), replicaSet('pay', 1, PAY, '12:00:00', 1)];
const refused = event('ReplicaSet', 'pay-1', 'FailedCreate', 'Error creating: no', '14:20:00', {
  type: 'Warning',
});
const left = (created: string): object => ({
  ...workload('new', { pods: { app: 'new' }, generation: 2, created }),
  status: {},
});

describe('fires', () => {
  it('on pods that are refused', () => {
    const finding = theFinding(check, [...owners, refused]);
    expect(finding).toMatchObject({ key: 'pod/not-created:Deployment/shop/pay', role: 'symptom' });
    expect(finding.summary).toBe('1 pod of Deployment shop/pay cannot be made');
  });

  it('on a Deployment that no controller has seen', () => {
    const finding = theFinding(check, [{ ...left('14:20:00') }]);
    expect(finding.summary).toContain('no controller has acted on it');
  });
});

describe('quiet', () => {
  it.each([
    ['the pods are there', [...owners, pod('pay-a', { labels, owner: ['ReplicaSet', 'pay-1'] }), refused]],
    [
      'pods are there and not Ready',
      [...owners, pod('pay-a', { labels, ready: false, owner: ['ReplicaSet', 'pay-1'] })],
    ],
    ['the Deployment was made just now', [{ ...left('14:29:50') }]],
    [
      'none is wanted',
      [workload('pay', { pods: PAY, replicas: 0 }), replicaSet('pay', 1, PAY, '12:00:00', 0), refused],
    ],
  ])('where %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [...owners, refused], lists: { pods: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });
});
