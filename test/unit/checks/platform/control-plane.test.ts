import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/control-plane.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { lease } from '../../../support/nodes.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const leader = (name: string, renewed: string): KubeObject => lease(name, renewed, 'kube-system', 15);

describe('fires', () => {
  it.each([
    ['kube-controller-manager', 'EndpointSlices do not follow'],
    ['kube-scheduler', 'bound to no node'],
  ])('on a %s that nobody leads', (name, consequence) => {
    const finding = theFinding(check, [leader(name, '14:20:00')]);
    expect(finding).toMatchObject({
      key: `platform/control-plane:Lease/kube-system/${name}`,
      since: { from: '2026-05-01T14:20:00Z', to: '2026-05-01T14:20:15Z' },
    });
    expect(finding.detail).toContain(consequence);
    expect(pointers(finding)).toContain(`Lease/${name} spec.renewTime = "2026-05-01T14:20:00Z"`);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    [
      'leaders that renew',
      [leader('kube-controller-manager', '14:29:59'), leader('kube-scheduler', '14:29:58')],
    ],
    ['an election under way', [leader('kube-scheduler', '14:29:40')]],
    ['a cluster that shows no such Leases', [lease('node-1', '14:20:00')]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on Leases that were listed long before the capture ended', () => {
    const objects = [leader('kube-scheduler', '14:29:58')];
    expect(findings(check, objects, { endedAt: '2026-05-01T14:40:00Z' })).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Leases may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [leader('kube-scheduler', '14:20:00')],
      lists: { 'coordination.k8s.io/leases': 'forbidden' },
    });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
