import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/kube-proxy.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, workload } from '../../../support/kube-objects.ts';
import { condition, node } from '../../../support/nodes.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const set: KubeObject = {
  ...workload('kube-proxy', {
    kind: 'DaemonSet',
    namespace: 'kube-system',
    pods: { 'k8s-app': 'kube-proxy' },
  }),
  status: { desiredNumberScheduled: 1 },
};
const proxy = (more: object = {}): KubeObject =>
  pod('kube-proxy-a', {
    namespace: 'kube-system',
    owner: ['DaemonSet', 'kube-proxy'],
    spec: { hostNetwork: true },
    ...more,
  });
const client = pod('cart-a');
const log = (...lines: string[]): object => ({
  logs: [
    {
      namespace: 'kube-system',
      pod: 'kube-proxy-a',
      container: 'kube-proxy',
      text: lines.map((line, index) => `2026-05-01T14:30:0${index}Z ${line}\n`).join(''),
    },
  ],
});
const SYNC =
  'E0501 14:30:01.000000 1 proxier.go:1530] "Failed to execute iptables-restore" err="exit status 1"';

describe('fires', () => {
  it('on a node with pods and without kube-proxy', () => {
    const finding = theFinding(check, [set, node('node-1'), client]);
    expect(finding.key).toBe('platform/kube-proxy:Node/node-1');
    expect(finding.summary).toBe('Node node-1 has no kube-proxy');
  });

  it('on one that has not been Ready for long', () => {
    const finding = theFinding(check, [
      set,
      node('node-1'),
      client,
      proxy({ ready: false, since: '14:00:00' }),
    ]);
    expect(finding.since.to).toBe('2026-05-01T14:00:00Z');
  });

  it('on syncs that fail again and again', () => {
    const finding = theFinding(check, [set, node('node-1'), client, proxy()], log(SYNC, SYNC));
    expect(finding.summary).toContain('iptables-restore');
    expect(finding.confidence).toBe('likely');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a kube-proxy that is Ready', [set, node('node-1'), client, proxy()]],
    ['a cluster where kube-proxy is no pod', [node('node-1'), client]],
    ['a node without other pods', [set, node('node-1')]],
    ['a node that has just joined', [set, node('node-1', undefined, { created: '14:30:00' }), client]],
    [
      'a node that is down itself',
      [set, node('node-1', [condition('Ready', 'Unknown')]), client, proxy({ ready: false })],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('on one failed sync', () => {
    expect(findings(check, [set, node('node-1'), client, proxy()], log(SYNC, 'I0501 synced'))).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nodes may not be listed', () => {
    const verdict = verdictOf(check, { objects: [set, client], lists: { nodes: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
