import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/stuck-terminating.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const set = workload('db', { kind: 'StatefulSet', pods: { app: 'db' } });
const HELD = { finalizers: ['example.com/backup'] };

/** A pod of the StatefulSet that was deleted, its grace period over at this clock. */
function leaving(
  clock: string,
  meta: object = HELD,
  owner: readonly ['StatefulSet' | 'ReplicaSet', string] = ['StatefulSet', 'db'],
): KubeObject {
  const made = pod('db-0', { owner, phase: 'Succeeded', ready: false, since: '14:18:10', deleted: clock });
  return { ...made, metadata: Object.assign({}, made.metadata, meta) };
}

describe('fires', () => {
  it('on a pod of a StatefulSet that a finalizer holds', () => {
    const killing = event('Pod', 'db-0', 'Killing', 'Stopping container app', '14:18:00');
    const finding = theFinding(check, [set, leaving('14:20:00'), killing]);
    expect(finding).toMatchObject({
      key: 'pod/stuck-terminating:StatefulSet/shop/db',
      role: 'cause',
      severity: 'critical',
      since: { from: on('14:18:00'), to: on('14:20:00') },
    });
    expect(finding.summary).toBe(
      '1 pod of StatefulSet shop/db was deleted and does not go, for the finalizer example.com/backup',
    );
    expect(pointers(finding)[0]).toContain('metadata.finalizers');
  });
});

describe('quiet', () => {
  const others = [workload('db', { pods: { app: 'db' } }), replicaSet('db', 1, { app: 'db' }, '12:00:00', 1)];
  it.each<[string, KubeObject[]]>([
    ['a pod within its grace period', [set, leaving('14:31:00')]],
    ['a pod that has only just ended', [set, leaving('14:29:55')]],
    ['a pod without finalizers', [set, leaving('14:20:00', {})]],
    ['a pod of a Deployment', [...others, leaving('14:20:00', HELD, ['ReplicaSet', 'db-1'])]],
    ['a finalizer of a pod that nobody deletes', [set, { ...pod('db-0', { owner: ['StatefulSet', 'db'] }) }]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
