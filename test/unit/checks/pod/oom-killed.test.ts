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
