/** The expected words are what kubectl's printer gives for these states. */
import { describe, expect, it } from 'vitest';
import { podStatus } from '../../../analyze/ingest/pod-status.ts';

const running = { running: { startedAt: '2026-05-01T14:00:00Z' } };
const status = (name: string, state: unknown, more: object = {}): object => ({
  name,
  state,
  ready: false,
  restartCount: 0,
  ...more,
});

describe('podStatus', () => {
  it('shows a running pod, its readiness and its restarts', () => {
    const pod = {
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          status('a', running, { ready: true, restartCount: 3 }),
          status('b', running, { ready: true }),
        ],
      },
    };
    expect(podStatus(pod)).toEqual({ reason: 'Running', restarts: 3, ready: 'True' });
  });

  it('shows the first container that waits', () => {
    const pod = {
      status: {
        phase: 'Running',
        containerStatuses: [
          status('a', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 5 }),
          status('b', { waiting: { reason: 'ImagePullBackOff' } }),
        ],
      },
    };
    expect(podStatus(pod)).toMatchObject({ reason: 'CrashLoopBackOff', restarts: 5, ready: null });
  });

  it('counts init containers, sidecars apart', () => {
    const pod = {
      spec: {
        initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'migrate' }, { name: 'seed' }],
      },
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          status('proxy', running, { started: true, ready: true }),
          status('migrate', running),
          status('seed', { waiting: { reason: 'PodInitializing' } }),
        ],
      },
    };
    expect(podStatus(pod).reason).toBe('Init:1/3');
  });

  it('shows an init container that failed, by reason, signal or exit code', () => {
    const pod = (terminated: object) => ({
      spec: { initContainers: [{ name: 'i' }] },
      status: { phase: 'Pending', initContainerStatuses: [status('i', { terminated })] },
    });
    expect(podStatus(pod({ exitCode: 1, reason: 'Error' })).reason).toBe('Init:Error');
    expect(podStatus(pod({ exitCode: 137, signal: 9 })).reason).toBe('Init:Signal:9');
    expect(podStatus(pod({ exitCode: 3 })).reason).toBe('Init:ExitCode:3');
  });

  it('shows what ends: terminating, lost with its node, completed beside a running container', () => {
    const metadata = { deletionTimestamp: '2026-05-01T14:00:00Z' };
    expect(podStatus({ metadata, status: { phase: 'Running' } }).reason).toBe('Terminating');
    expect(podStatus({ metadata, status: { phase: 'Succeeded' } }).reason).toBe('Succeeded');
    expect(podStatus({ metadata, status: { phase: 'Running', reason: 'NodeLost' } }).reason).toBe('Unknown');
    const half = [
      status('a', { terminated: { exitCode: 0, reason: 'Completed' } }),
      status('b', running, { ready: true }),
    ];
    expect(podStatus({ status: { phase: 'Running', containerStatuses: half } }).reason).toBe('NotReady');
    expect(
      podStatus({
        status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] },
      }).reason,
    ).toBe('SchedulingGated');
  });

  it('survives any shape', () => {
    for (const pod of [
      {},
      { status: null, spec: 7 },
      { status: { containerStatuses: [null, 1, 'x', {}] } },
    ]) {
      expect(podStatus(pod)).toMatchObject({ restarts: 0 });
    }
  });
});
