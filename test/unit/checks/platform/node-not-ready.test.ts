import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/node-not-ready.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { condition, lease, node } from '../../../support/nodes.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const lost = condition('Ready', 'Unknown', '14:10:00', {
  reason: 'NodeStatusUnknown',
  message: 'Kubelet stopped posting node status.',
});

describe('fires', () => {
  it('on a node whose status is unknown, from the last renewal on', () => {
    const finding = theFinding(check, [node('node-1', [lost]), lease('node-1', '14:09:10')]);
    expect(finding).toMatchObject({
      key: 'platform/node-not-ready:Node/node-1',
      confidence: 'certain',
      since: { from: '2026-05-01T14:09:10Z', to: '2026-05-01T14:10:00Z' },
    });
    expect(finding.summary).toContain('Kubelet stopped posting node status');
  });

  it('on a Lease that is too old while the node still says Ready', () => {
    const finding = theFinding(check, [node('node-1'), lease('node-1', '14:29:00')]);
    expect(finding).toMatchObject({ confidence: 'likely' });
    expect(finding.summary).toContain('has fallen silent');
    expect(pointers(finding)).toContain('Lease/node-1 spec.renewTime = "2026-05-01T14:29:00Z"');
  });

  it('on a kubelet that says it is not well', () => {
    const down = condition('Ready', 'False', '14:10:00', { message: 'container runtime is down' });
    expect(theFinding(check, [node('node-1', [down]), lease('node-1', '14:29:55')]).since.from).toBe(
      '2026-05-01T14:10:00Z',
    );
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a node that renews its Lease', [node('node-1'), lease('node-1', '14:29:55')]],
    [
      'a Lease within its own duration',
      [node('node-1'), lease('node-1', '14:28:00', 'kube-node-lease', 300)],
    ],
    [
      'a node cordoned on purpose',
      [node('node-1', undefined, { spec: { unschedulable: true } }), lease('node-1', '14:29:55')],
    ],
    ['a node that has just joined', [node('node-1', [lost], { created: '14:30:00' })]],
    ['a node without a Lease', [node('node-1')]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on a Lease that was listed long before the capture ended', () => {
    const objects = [node('node-1'), lease('node-1', '14:29:55')];
    expect(findings(check, objects, { endedAt: '2026-05-01T14:35:00Z' })).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nodes may not be listed', () => {
    const verdict = verdictOf(check, { objects: [node('node-1', [lost])], lists: { nodes: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
