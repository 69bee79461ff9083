import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/node-not-ready.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, workload } from '../../../support/kube-objects.ts';
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

describe('a Lease that nobody could renew', () => {
  const silent = [node('node-1'), lease('node-1', '14:29:00')];

  it.each([
    [
      'the API server does not reach etcd',
      { documents: { 'health/readyz.txt': '[-]etcd failed: reason withheld\n' } },
    ],
    [
      'the Leases are what the API server remembered',
      { lists: { 'coordination.k8s.io/leases': { outcome: 'complete' as const, fromCache: true } } },
    ],
  ])('blames no node: %s', (_, given) => {
    expect(findings(check, silent, given)).toEqual([]);
  });

  it('leaves what the node controller had said before', () => {
    const given = { documents: { 'health/readyz.txt': '[-]etcd failed: reason withheld\n' } };
    expect(theFinding(check, [node('node-1', [lost]), lease('node-1', '14:09:10')], given).since.from).toBe(
      '2026-05-01T14:10:00Z',
    );
  });
});

describe('says what is on the node', () => {
  const PAY = { app: 'pay' };
  const owned = (name: string, more: object = {}): KubeObject =>
    pod(name, { labels: PAY, owner: ['ReplicaSet', 'pay-1'], ready: false, ...more });
  const owners = [workload('pay', { pods: PAY, replicas: 2 }), replicaSet('pay', 1, PAY, '12:00:00', 2)];
  const daemon = workload('agent', { kind: 'DaemonSet', pods: {} });
  const agent = pod('agent-x', { owner: ['DaemonSet', 'agent'] });

  it('by workload, and which pods are told to go', () => {
    const gone = owned('pay-b', { deleted: '14:16:00' });
    const unreachable = {
      ...node('node-1', [lost]),
      spec: {
        taints: [
          { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
          { key: 'gpu', effect: 'NoSchedule' },
        ],
      },
    };
    const finding = theFinding(check, [unreachable, ...owners, daemon, agent, owned('pay-a'), gone]);
    expect(finding.detail).toBe(
      '3 pods are bound to it: Deployment shop/pay (2), DaemonSet shop/agent. 1 pod was told to go and stays Terminating until the kubelet is back or the node is deleted.',
    );
    expect(pointers(finding)).toContain('Node/node-1 spec.taints[].key = "node.kubernetes.io/unreachable"');
    expect(pointers(finding)).not.toContain('Node/node-1 spec.taints[].key = "gpu"');
  });

  it('and is quiet where it was drained before it went', () => {
    const drained = { ...node('node-1', [lost]), spec: { unschedulable: true } };
    expect(findings(check, [drained, agent, pod('done', { phase: 'Succeeded' })])).toEqual([]);
    expect(findings(check, [drained, agent, owned('pay-a')])).toHaveLength(1);
  });
});

describe('the clock of the capturing machine', () => {
  /** The machine is ten minutes ahead: by the cluster's clock the list was taken at 14:20. */
  const fast = { clockSkew: { ms: -600_000, errorMs: 200, samples: 20 } };
  it.each([
    ['a Lease that was young by the clock of the cluster', '14:19:55', 0],
    ['one that was old by it', '14:18:00', 1],
  ])('that is off makes nothing of %s', (_, renewed, count) => {
    expect(findings(check, [node('node-1'), lease('node-1', renewed)], fast)).toHaveLength(count);
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
    ['a node without a Lease, such as one of virtual-kubelet', [node('node-1')]],
    [
      'a node that is being deleted',
      [
        {
          ...node('node-1', [lost]),
          metadata: {
            name: 'node-1',
            uid: 'n',
            creationTimestamp: on('10:00:00'),
            deletionTimestamp: on('14:29:00'),
          },
        },
      ],
    ],
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
