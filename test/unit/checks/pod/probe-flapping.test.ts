import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-flapping.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

function unhealthy(count: number, first = '14:10:00', last = '14:29:00'): KubeObject {
  return event(
    'Pod',
    'pay-a',
    'Unhealthy',
    'Readiness probe failed: HTTP probe failed with statuscode: 500',
    first,
    { last, count },
  );
}

describe('fires', () => {
  it('on a pod that turned and is Ready again', () => {
    const finding = theFinding(check, [...owners, podOf({ since: '14:28:00' }), unhealthy(9)]);
    expect(finding).toMatchObject({
      key: 'pod/probe-flapping:Deployment/shop/pay',
      role: 'symptom',
      severity: 'warning',
      confidence: 'certain',
    });
    expect(finding.summary).toContain('comes and goes');
  });

  it('on one near the edge', () => {
    expect(theFinding(check, [...owners, podOf(), unhealthy(5)]).summary).toContain(
      'not often enough in a row',
    );
  });
});

describe('while it is unready', () => {
  const readinessProbe = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5, failureThreshold: 2 };
  const down = podOf({
    ready: false,
    since: '14:29:50',
    spec: { containers: [{ name: 'app', readinessProbe }] },
  });

  it('fires when it failed more often than its present spell can tell', () => {
    expect(theFinding(check, [...owners, down, unhealthy(30, '14:10:00', '14:30:00')]).summary).toContain(
      'comes and goes',
    );
  });

  it('stays quiet when the present spell tells all of them', () => {
    expect(findings(check, [...owners, down, unhealthy(4, '14:29:20', '14:30:00')])).toEqual([]);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['one failure', [podOf(), unhealthy(1)]],
    ['failures at start-up', [podOf({ created: '14:29:00' }), unhealthy(4, '14:29:01', '14:29:20')]],
    [
      'failures of the start that one later failure is counted with',
      [podOf({ created: '14:20:00', container: {} }), unhealthy(12, '14:20:01', '14:28:00')],
    ],
    ['failures long ago', [podOf(), unhealthy(9, '12:10:00', '13:00:00')]],
    ['a pod that stays unready', [podOf({ ready: false }), unhealthy(90)]],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });
});

describe('unknown', () => {
  it('without Events', () => {
    expect(verdictOf(check, { objects: [podOf()], lists: { events: 'forbidden' } }).unknown[0]?.because).toBe(
      'list:events',
    );
  });
});
