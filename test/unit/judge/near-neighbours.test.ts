/** Situations beside the failures: what must stay quiet, stay unexplained, or be dated by another rollout. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { notJudged } from '../../../analyze/report/headline.ts';
import type { EvidenceGiven, KubeObject } from '../../support/evidence.ts';
import { verdictOf as judged } from '../../support/judged.ts';
import {
  endpoint,
  event,
  ingress,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
  write,
} from '../../support/kube-objects.ts';

const verdictOf = (objects: readonly KubeObject[], lists: EvidenceGiven['lists'] = {}): Verdict =>
  judged({ objects, lists });

const WEB = { app: 'web' };
const LEAVING = { ready: false, serving: false, terminating: true };

describe('stays quiet', () => {
  it('over a DaemonSet that no node is meant for', () => {
    const daemons = workload('gpu', { kind: 'DaemonSet', pods: { app: 'gpu' } });
    const on = (desiredNumberScheduled: number): Verdict =>
      verdictOf([
        service('gpu', { app: 'gpu' }),
        slice('gpu', []),
        { ...daemons, status: { desiredNumberScheduled } },
      ]);
    expect(on(0).findings).toEqual([]);
    expect(on(1).unexplained).toEqual(['service/no-endpoints:Service/shop/gpu']);
  });

  it('while the only pod of a workload goes within its grace period', () => {
    const restarting = (goneBy: string): Verdict =>
      verdictOf([
        service('web', WEB),
        slice('web', [endpoint('web-0', LEAVING)], { generation: 4 }),
        workload('web', { kind: 'StatefulSet', pods: WEB }),
        pod('web-0', { labels: WEB, owner: ['StatefulSet', 'web'], deleted: goneBy, ready: false }),
      ]);
    expect(restarting('14:30:40').findings).toEqual([]);
    expect(restarting('13:30:40').unexplained).toEqual(['service/no-endpoints:Service/shop/web']);
  });

  it('and says unknown, where a controller that was not captured made the pods', () => {
    const made = replicaSet('web', 1, { app: 'web-v1' }, '12:00:00');
    const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', controller: true };
    const verdict = verdictOf([
      service('web', { app: 'web-v1' }),
      slice('web', [], { generation: 3 }),
      { ...made, metadata: { ...(made['metadata'] as object), ownerReferences: [rollout] } },
      workload('other', { pods: { app: 'web-v2' } }),
      replicaSet('other', 1, { app: 'web-v2' }, '12:00:00', 1),
      pod('other-a', { labels: { app: 'web-v2' }, owner: ['ReplicaSet', 'other-1'] }),
    ]);
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.map(({ check, because }) => [check, because])).toEqual([
      ['service/no-endpoints', 'not-captured:Rollout'],
      ['service/selector-mismatch', 'not-captured:Rollout'],
    ]);
  });
});

it('does not blame the one pod that crashes for a port that no pod opens', () => {
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'metrics', port: 90, targetPort: 'metrics' },
  ];
  const crashing = {
    ready: false,
    restartCount: 8,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, startedAt: on('14:27:00'), finishedAt: on('14:28:00') } },
  };
  const verdict = verdictOf([
    service('web', WEB, { spec: { ports } }),
    slice('web', [endpoint('web-a')], { ports: [{ name: 'http', port: 8080 }] }),
    workload('web', { pods: WEB, replicas: 2 }),
    replicaSet('web', 1, WEB, '12:00:00', 2),
    pod('web-a', { labels: WEB, owner: ['ReplicaSet', 'web-1'] }),
    pod('web-b', { labels: WEB, owner: ['ReplicaSet', 'web-1'], ready: false, container: crashing }),
  ]);
  expect(verdict.roots.toSorted()).toEqual([
    'pod/crash-loop:Deployment/shop/web',
    'service/target-port:Service/shop/web#metrics',
  ]);
  expect(verdict.unexplained).toEqual([]);
  const empty = verdict.findings.find(({ key }) => key === 'service/no-endpoints:Service/shop/web#metrics');
  expect(empty?.causes).toEqual(['service/target-port:Service/shop/web#metrics']);
  expect(empty?.since.source ?? '').not.toContain('turned unready');
});

it('dates a mismatch by the rollout that took the pods away, though it was rolled back to later', () => {
  const taken = replicaSet('web', 4, { app: 'web-b' }, '13:00:00', 1);
  const verdict = verdictOf([
    service('web', { app: 'web-a' }),
    slice('web', [], { generation: 4 }),
    workload('web', { pods: { app: 'web-b' } }),
    replicaSet('web', 1, { app: 'web-a' }, '12:00:00'),
    {
      ...taken,
      metadata: {
        ...(taken['metadata'] as object),
        annotations: {
          'deployment.kubernetes.io/revision': '4',
          'deployment.kubernetes.io/revision-history': '2',
        },
      },
    },
    replicaSet('web', 3, { app: 'web-c' }, '14:00:00'),
    pod('web-x', { labels: { app: 'web-b' }, owner: ['ReplicaSet', 'web-4'] }),
  ]);
  expect(verdict.roots).toEqual(['service/selector-mismatch:Service/shop/web']);
  expect(verdict.findings[0]?.since).toMatchObject({ from: on('13:00:00'), to: on('13:00:00') });
});

it('dates a mismatch by its rollout, not by the workload being scaled up again since', () => {
  const verdict = verdictOf([
    service('web', { app: 'web-a' }),
    slice('web', [], { generation: 4 }),
    workload('web', { pods: { app: 'web-b' } }),
    replicaSet('web', 1, { app: 'web-a' }, '12:00:00'),
    replicaSet('web', 2, { app: 'web-b' }, '13:00:00', 1),
    event('Deployment', 'web', 'ScalingReplicaSet', 'Scaled up replica set web-2 from 0 to 3', '14:20:00'),
    pod('web-x', { labels: { app: 'web-b' }, owner: ['ReplicaSet', 'web-2'] }),
  ]);
  expect(verdict.findings[0]?.since).toMatchObject({ from: on('13:00:00'), basis: 'inferred' });
});

it('dates a scaling to zero by no Event of an old revision', () => {
  const scaledAt = (name: string): string | undefined =>
    verdictOf([
      service('web', WEB),
      slice('web', [], { generation: 4 }),
      workload('web', { pods: WEB, replicas: 0 }),
      replicaSet('web', 1, WEB, '12:00:00'),
      replicaSet('web', 2, WEB, '13:00:00'),
      event(
        'Deployment',
        'web',
        'ScalingReplicaSet',
        `Scaled down replica set ${name} from 1 to 0`,
        '13:00:10',
      ),
      ingress('edge', 'web'),
    ]).findings.find(({ check }) => check === 'service/scaled-to-zero')?.since.basis;
  expect(scaledAt('web-2')).toBe('observed');
  expect(scaledAt('web-1')).toBe('inferred');
});

it('waits for no Ready of a pod whose Job is done and whose proxy runs on', () => {
  const ended = (exitCode: number): Verdict =>
    verdictOf([
      pod('migrate-x', {
        owner: ['Job', 'migrate'],
        ready: false,
        since: '14:00:00',
        container: {
          ready: false,
          state: { terminated: { exitCode, startedAt: on('13:00:00'), finishedAt: on('14:00:00') } },
        },
      }),
    ]);
  expect(ended(0).findings).toEqual([]);
  expect(ended(1).unexplained).toEqual(['pod/not-ready:Pod/shop/migrate-x']);
});

it('says unknown of the pods of a path that may not be listed, and none where there are none', () => {
  const objects = [service('web', WEB), slice('web', [endpoint('web-a')])];
  const podLayer = (lists?: EvidenceGiven['lists']): unknown => {
    const [path] = verdictOf(objects, lists).paths;
    return [path?.layers.pod, path?.because.pod];
  };
  expect(podLayer({ pods: 'forbidden' })).toEqual(['unknown', 'list:pods']);
  expect(podLayer()).toEqual(['none', undefined]);
});

it('names no write that nobody recorded as the source of a time', () => {
  const scaled = (managedFields: readonly object[]): string | undefined =>
    verdictOf([
      service('web', WEB),
      slice('web', []),
      workload('web', { pods: WEB, replicas: 0, managedFields: managedFields as Record<string, unknown>[] }),
      ingress('edge', 'web'),
    ]).findings.find(({ check }) => check === 'service/scaled-to-zero')?.since.source;
  expect(scaled([])).not.toContain('managedFields');
  expect(scaled([write('ops', '14:00:00', 'spec.replicas')])).toContain('managedFields');
});

it('names the layers that nothing judges also where no Service could be listed', () => {
  const line = notJudged(verdictOf([], { services: 'forbidden' }));
  expect(line).toContain('layers without a check yet: ');
  expect(line).toContain('policy');
});
