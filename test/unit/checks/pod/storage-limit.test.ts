import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/storage-limit.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

/** An evicted pod as the kubelet leaves it: kubectl shows it as Error, for its container ended so. */
function evicted(message: string, clock: string | null = '14:28:00'): KubeObject {
  const container = { state: { terminated: { reason: 'Error', exitCode: 137, finishedAt: on('14:28:00') } } };
  const made = podOf({ phase: 'Failed', ready: false, container });
  const status = made['status'] as Record<string, unknown>;
  const conditions =
    clock === null
      ? []
      : [
          {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'TerminationByKubelet',
            message,
            lastTransitionTime: on(clock),
          },
        ];
  return { ...made, status: { ...status, reason: 'Evicted', message, conditions } };
}

const EMPTY_DIR = 'Usage of EmptyDir volume "cache" exceeds the limit "2Mi". ';
const ready = pod('pay-b', { owner: ['ReplicaSet', 'pay-1'], labels: { app: 'pay' } });

describe('fires', () => {
  it.each([
    [EMPTY_DIR, 'its emptyDir cache holds more than its sizeLimit 2Mi'],
    [
      'Container app exceeded its local ephemeral storage limit "2Mi". ',
      'container app has written more than its ephemeral-storage limit 2Mi',
    ],
    [
      'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
      'the ephemeral-storage limit 2Mi of the pod',
    ],
  ])('on %s', (message, words) => {
    const finding = theFinding(check, [...owners, evicted(message)]);
    expect(finding).toMatchObject({
      key: 'pod/storage-limit:Deployment/shop/pay',
      role: 'cause',
      severity: 'critical',
      confidence: 'certain',
    });
    expect(finding.summary).toContain(words);
    expect(pointers(finding)[1]).toBe(`Pod/pay-a status.message = ${JSON.stringify(message)}`);
  });

  it('as a warning while another pod serves', () => {
    expect(theFinding(check, [...owners, evicted(EMPTY_DIR), ready]).severity).toBe('warning');
  });

  it('by the Event, from servers that set no condition', () => {
    const said = event('Pod', 'pay-a', 'Evicted', EMPTY_DIR, '14:29:00');
    expect(theFinding(check, [...owners, evicted(EMPTY_DIR, null), said]).since.to).toBe(
      '2026-05-01T14:29:00Z',
    );
  });
});

describe('quiet', () => {
  it.each([
    ['a running pod', [podOf()]],
    ['an eviction for the node', [evicted('The node was low on resource: ephemeral-storage. ')]],
    ['an eviction long ago', [evicted(EMPTY_DIR, '13:00:00')]],
    ['an eviction of which nobody knows when', [evicted(EMPTY_DIR, null)]],
    ['a pod that failed by itself', [podOf({ phase: 'Failed', ready: false })]],
  ])('on %s', (_, objects) => {
    expect(findings(check, [...owners, ...objects])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
