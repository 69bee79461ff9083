import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/not-ready.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const owners = [
  workload('pay', { pods: { app: 'pay' } }),
  replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
];

function unready(name: string, more: object = {}): KubeObject {
  return pod(name, { owner: ['ReplicaSet', 'pay-1'], ready: false, since: '14:05:00', ...more });
}

describe('fires', () => {
  it('on a failing readiness probe, with its last words', () => {
    const finding = theFinding(check, [
      ...owners,
      unready('pay-a'),
      event(
        'Pod',
        'pay-a',
        'Unhealthy',
        'Readiness probe failed: HTTP probe failed with statuscode: 503',
        '14:05:00',
      ),
    ]);
    expect(finding).toMatchObject({
      key: 'pod/not-ready:Deployment/shop/pay',
      role: 'symptom',
      severity: 'critical',
      since: { from: on('14:05:00'), to: on('14:05:00'), basis: 'inferred' },
    });
    expect(finding.summary).toContain('statuscode: 503');
    expect(pointers(finding)[0]).toContain('ContainersNotReady');
  });

  it('is a warning while another pod of the workload is ready', () => {
    const other = pod('pay-b', { owner: ['ReplicaSet', 'pay-1'] });
    expect(theFinding(check, [...owners, unready('pay-a'), other]).severity).toBe('warning');
  });

  it('names a readiness gate', () => {
    const message = 'corresponding condition of pod readiness gate "lb.example/target" does not exist.';
    const gated = unready('pay-a', { reason: 'ReadinessGatesNotReady', message, container: { ready: true } });
    expect(theFinding(check, [...owners, gated]).summary).toContain('lb.example/target');
  });

  it('names a sidecar', () => {
    const sidecar = unready('pay-a', {
      container: { ready: true },
      spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] },
      initContainers: [
        { name: 'proxy', ready: false, restartCount: 0, state: { running: { startedAt: on('12:00:00') } } },
      ],
    });
    expect(theFinding(check, [...owners, sidecar]).summary).toContain('sidecar proxy');
  });

  it('names the container that is down', () => {
    const down = unready('pay-a', {
      container: { restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    });
    expect(theFinding(check, [...owners, down]).summary).toContain(
      'container app is waiting (CrashLoopBackOff)',
    );
  });

  it('on a pod that was Ready and turned, even seconds ago', () => {
    expect(findings(check, [...owners, unready('pay-a', { since: '14:30:10' })])).toHaveLength(1);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a ready pod', [...owners, pod('pay-a')]],
    ['a pod that is being deleted', [...owners, unready('pay-a', { deleted: '14:30:00' })]],
    [
      'a pod of a Job that is done',
      [unready('done', { owner: ['Job', 'migrate'], phase: 'Succeeded', reason: 'PodCompleted' })],
    ],
    ['a pod that is not running yet', [...owners, unready('pay-a', { phase: 'Pending' })]],
    ['a pod in its first seconds', [...owners, unready('pay-a', { created: '14:30:00', since: '14:30:00' })]],
    [
      "a pod within its probe's patience",
      [
        ...owners,
        unready('pay-a', {
          created: '14:28:00',
          since: '14:28:00',
          app: { readinessProbe: { httpGet: { port: 80 }, initialDelaySeconds: 120, periodSeconds: 10 } },
        }),
      ],
    ],
    [
      'a pod within its startup probe',
      [
        ...owners,
        unready('pay-a', {
          created: '14:26:00',
          since: '14:26:00',
          app: { startupProbe: { httpGet: { port: 80 }, periodSeconds: 10, failureThreshold: 30 } },
        }),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('but not for ever', () => {
    const probe = { httpGet: { port: 80 }, initialDelaySeconds: 120, periodSeconds: 10 };
    expect(
      findings(check, [
        ...owners,
        unready('pay-a', { created: '14:20:00', since: '14:20:00', app: { readinessProbe: probe } }),
      ]),
    ).toHaveLength(1);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [unready('pay-a')], lists: { pods: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });

  it('of the pods that did not come, while what did come stands', () => {
    const verdict = verdictOf(check, { objects: [...owners, unready('pay-a')], lists: { pods: 'partial' } });
    expect(verdict.unexplained).toEqual(['pod/not-ready:Deployment/shop/pay']);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });
});
