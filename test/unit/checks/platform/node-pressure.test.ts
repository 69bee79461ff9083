import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/node-pressure.ts';
import { pod } from '../../../support/kube-objects.ts';
import { condition, node } from '../../../support/nodes.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const evicted = pod('pay-a', { phase: 'Failed', ready: false });
const gone = {
  ...evicted,
  status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
};
const pressed = (type: string, status = 'True'): ReturnType<typeof node> =>
  node('node-1', [
    condition('Ready', 'True'),
    condition(type, status, '14:05:00', { message: `kubelet has ${type}` }),
  ]);

describe('fires', () => {
  it('on memory pressure, with the evictions that follow', () => {
    const finding = theFinding(check, [pressed('MemoryPressure'), gone]);
    expect(finding).toMatchObject({
      key: 'platform/node-pressure:Node/node-1',
      since: { from: '2026-05-01T14:05:00Z' },
    });
    expect(finding.summary).toContain('MemoryPressure, and 1 pod was evicted');
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-a']);
  });

  it('tells what the kubelet says of an eviction, of the pod that used the most', () => {
    const message =
      'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 9Gi. Container app was using 4Gi, request is 0, has larger consumption of ephemeral-storage. ';
    const wrote = {
      ...pod('log-a', { phase: 'Failed', ready: false }),
      status: { phase: 'Failed', reason: 'Evicted', message },
    };
    const finding = theFinding(check, [pressed('DiskPressure'), gone, wrote]);
    expect(finding.detail).toContain(
      'Of shop/log-a the kubelet says "The node was low on resource: ephemeral-storage.',
    );
    expect(finding.evidence.some(({ text }) => text?.includes('Container app was using 4Gi'))).toBe(true);
  });

  it('counts what kubectl shows as Error, and not what went for a limit of its own', () => {
    const ended = { name: 'app', state: { terminated: { reason: 'Error', exitCode: 137 } } };
    const shown = { ...gone, status: { ...gone.status, containerStatuses: [ended] } };
    const own = {
      ...pod('pay-b', { phase: 'Failed', ready: false }),
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'Usage of EmptyDir volume "cache" exceeds the limit "2Mi". ',
      },
    };
    const finding = theFinding(check, [pressed('DiskPressure'), shown, own]);
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-a']);
  });

  it.each(['DiskPressure', 'PIDPressure'])('on %s', (type) => {
    expect(theFinding(check, [pressed(type)]).summary).toContain(type);
  });
});

describe('quiet', () => {
  it('where the pressure is over, though evicted pods are left', () => {
    expect(findings(check, [pressed('MemoryPressure', 'False'), gone])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nodes may not be listed', () => {
    const verdict = verdictOf(check, { objects: [pressed('DiskPressure')], lists: { nodes: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
