import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-flapping.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { counted, owners, podOf } from './pod-support.ts';

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
    const finding = theFinding(check, [...owners, podOf(), unhealthy(5)]);
    expect(finding.summary).toContain('not often enough in a row');
    expect(finding).toMatchObject({ role: 'advice', severity: 'advice' });
  });

  it('by the counters alone, where the kubelet has stopped writing Events', () => {
    const finding = theFinding(check, [...owners, podOf({ since: '14:29:58', app: probe })], {
      metrics: counted([29, 22], [52, 45]),
    });
    expect(finding).toMatchObject({ role: 'symptom', severity: 'warning' });
    expect(finding.summary).toContain('comes and goes');
    expect(finding.detail).toContain('counted 23 failures and 23 successes');
    expect(finding.evidence[0]?.kind).toBe('metric');
  });

  it('on a pod that turns and is unready at this moment', () => {
    const down = podOf({ ready: false, since: '14:29:58', app: probe });
    expect(
      theFinding(check, [...owners, down, unhealthy(14)], { metrics: counted([16, 12], [28, 23]) }).summary,
    ).toContain('comes and goes');
  });

  it('near the edge from its first minute on, with a probe that allows for more', () => {
    const patient = { readinessProbe: { tcpSocket: { port: 1 }, periodSeconds: 2, failureThreshold: 300 } };
    const young = podOf({ created: '14:28:00', since: '14:28:03', app: patient });
    expect(
      theFinding(check, [...owners, young, unhealthy(6, '14:28:20', '14:29:50')], {
        metrics: counted([20, 30], [26, 44]),
      }).role,
    ).toBe('advice');
  });
});

const probe = { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 } };

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
      [
        podOf({ created: '14:20:00', since: '14:20:25', container: {} }),
        unhealthy(12, '14:20:01', '14:28:00'),
      ],
    ],
    ['failures long ago', [podOf(), unhealthy(9, '12:10:00', '13:00:00')]],
    ['a pod that stays unready', [podOf({ ready: false }), unhealthy(90)]],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });

  it('on counters that show one spell of failures, and none of successes', () => {
    const down = podOf({ ready: false, since: '14:10:00', app: probe });
    expect(findings(check, [...owners, down], { metrics: counted([30, 400], [50, 400]) })).toEqual([]);
  });

  it('on a single failure while the capture ran', () => {
    expect(
      findings(check, [...owners, podOf({ app: probe })], { metrics: counted([0, 400], [1, 419]) }),
    ).toEqual([]);
  });

  it('on the counters of a pod of the same name that is gone', () => {
    const metrics = counted([29, 22], [52, 45], 'another');
    expect(findings(check, [...owners, podOf({ app: probe })], { metrics })).toEqual([]);
  });

  it('on a start longer than its probes allow for, Ready since', () => {
    const started = podOf({ created: '14:28:00', since: '14:29:20', app: probe });
    const failed = unhealthy(60, '14:28:40', '14:29:19');
    expect(findings(check, [...owners, started, failed], { metrics: counted([70, 40], [70, 60]) })).toEqual(
      [],
    );
    // More successes than the time since then explains: it was Ready before.
    expect(
      findings(check, [...owners, started, failed], { metrics: counted([70, 240], [70, 260]) }),
    ).toHaveLength(1);
  });
});

describe('unknown', () => {
  it('without Events', () => {
    expect(verdictOf(check, { objects: [podOf()], lists: { events: 'forbidden' } }).unknown[0]?.because).toBe(
      'list:events',
    );
  });
});
