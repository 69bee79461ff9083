import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/oom-killed.ts';
import { on } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

function killed(clock: string, reason = 'OOMKilled', more: object = {}) {
  return podOf({
    ready: false,
    app: { resources: { limits: { memory: '64Mi' } } },
    container: {
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { reason, exitCode: 137, finishedAt: on(clock) } },
      ...more,
    },
  });
}

describe('fires', () => {
  it('with the limit', () => {
    const finding = theFinding(check, [...owners, killed('14:28:00')]);
    expect(finding).toMatchObject({ key: 'pod/oom-killed:Deployment/shop/pay', severity: 'critical' });
    expect(finding.summary).toContain('its limit is 64Mi');
  });

  it('names the LimitRange whose default the limit is', () => {
    const range = (memory: string, name: string) => ({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name, namespace: 'shop', uid: name },
      spec: { limits: [{ type: 'Container', default: { memory } }] },
    });
    const said = 'LimitRanger plugin set: cpu request for container app; cpu, memory limit for container app';
    const given = killed('14:28:00');
    const annotated = {
      ...given,
      metadata: { ...Object(given.metadata), annotations: { 'kubernetes.io/limit-ranger': said } },
    };
    const finding = theFinding(check, [...owners, range('1Gi', 'large'), range('64Mi', 'small'), annotated]);
    expect(finding.summary).toContain('its limit is 64Mi, the default of LimitRange small');
    expect(finding.remedy.summary).toContain('LimitRange small sets this one');
    // The pod's own limit, which happens to be the same.
    expect(theFinding(check, [...owners, range('64Mi', 'small'), given]).summary).not.toContain('LimitRange');
  });

  it('on an init container', () => {
    const terminated = { reason: 'OOMKilled', exitCode: 137, finishedAt: on('14:29:00') };
    const one = podOf({
      phase: 'Pending',
      ready: false,
      spec: { initContainers: [{ name: 'migrate' }] },
      initContainers: [{ name: 'migrate', ready: false, restartCount: 1, state: { terminated } }],
    });
    expect(theFinding(check, [...owners, one]).summary).toContain('init container migrate');
  });

  it('says that it was the node, without a limit', () => {
    const one = podOf({
      ready: false,
      container: {
        restartCount: 1,
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: on('14:29:00') } },
      },
    });
    expect(theFinding(check, [...owners, one]).summary).toContain('the node');
  });

  it('is a warning once it runs again', () => {
    const again = killed('14:28:00', 'OOMKilled', {
      ready: true,
      state: { running: { startedAt: on('14:28:01') } },
    });
    expect(theFinding(check, [...owners, again]).severity).toBe('warning');
  });
});

describe('quiet', () => {
  it.each([
    ['a running pod', podOf()],
    ['exit code 137 without the reason', killed('14:28:00', 'Error')],
    [
      'a kill long ago',
      killed('13:28:00', 'OOMKilled', { ready: true, state: { running: { startedAt: on('13:28:01') } } }),
    ],
  ])('on %s', (_, one) => {
    expect(findings(check, [...owners, one])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
