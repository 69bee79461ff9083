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
function daemonSet(name: string): KubeObject {
  return { ...workload(name, { kind: 'DaemonSet', namespace: 'kube-system', pods: {} }) };
}
function ciliumConfig(mode: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system', uid: 'cilium-config' },
    data: { 'kube-proxy-replacement': mode },
  };
}
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

const healthz = (node: string, answer: object): Record<string, string> => ({
  [`nodes/${node}/kube-proxy-healthz.json`]: `${JSON.stringify({ at: '2026-05-01T14:30:05.000Z', ...answer })}\n`,
});
const HEALTHY = {
  status: 200,
  body: {
    lastUpdated: '2026-05-01T14:30:04.1Z',
    currentTime: '2026-05-01T14:30:05.1Z',
    nodeEligible: true,
    healthy: true,
    status: { IPv4: { lastUpdated: '2026-05-01T14:30:04.1Z', healthy: true } },
  },
};
const REFUSED = {
  refused: 'error trying to reach service: dial tcp 172.30.0.11:10256: connect: connection refused (503)',
};
/** As before 1.34: no word on health, only the times. */
const STALE = {
  status: 503,
  body: {
    lastUpdated: '2026-05-01T14:20:00.5Z',
    currentTime: '2026-05-01T14:30:05.1Z',
    nodeEligible: true,
  },
};
const other = pod('cart-b', { spec: { nodeName: 'node-2' } });
const both = [node('node-1'), node('node-2'), client, other];

describe('where kube-proxy is no pod', () => {
  it('fires on the node where nobody answers, while it answers on another', () => {
    const finding = theFinding(check, both, {
      documents: { ...healthz('node-1', REFUSED), ...healthz('node-2', HEALTHY) },
    });
    expect(finding).toMatchObject({ key: 'platform/kube-proxy:Node/node-1', confidence: 'likely' });
    expect(finding.summary).toContain('nobody answers on its port 10256');
    expect(finding.evidence[0]?.file).toBe('nodes/node-1/kube-proxy-healthz.json');
  });

  it('fires on one that says itself that it has stopped syncing, since then', () => {
    const finding = theFinding(check, both, {
      documents: { ...healthz('node-1', STALE), ...healthz('node-2', HEALTHY) },
    });
    expect(finding).toMatchObject({
      confidence: 'certain',
      since: { from: '2026-05-01T14:20:00.500000Z', to: '2026-05-01T14:30:00Z' },
    });
    expect(finding.summary).toContain('has not synced its rules since 2026-05-01T14:20:00.5Z');
  });

  it.each([
    ['it is well on all', HEALTHY, 'pass'],
    ['a node is about to go', { status: 503, body: { ...HEALTHY.body, nodeEligible: false } }, 'pass'],
    ['it answers on none', REFUSED, 'unknown'],
    ['something else answers on the port', { status: 404, body: 'not found' }, 'unknown'],
  ])('stays quiet where %s', (_, answer, outcome) => {
    const verdict = verdictOf(check, {
      objects: both,
      documents: { ...healthz('node-1', answer), ...healthz('node-2', answer) },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe(outcome);
  });

  it('says unknown where it was not asked', () => {
    const verdict = verdictOf(check, { objects: both });
    expect(verdict.unknown.map(({ object, detail }) => [object?.name, detail])).toEqual([
      ['node-1', 'kube-proxy is no pod on node-1, and its health there was not captured'],
      ['node-2', 'kube-proxy is no pod on node-2, and its health there was not captured'],
    ]);
  });
});

it.each<[string, KubeObject[]]>([
  ['Cilium, by its configuration', [daemonSet('cilium'), ciliumConfig('true')]],
  ['Cilium of old', [daemonSet('cilium'), ciliumConfig('strict')]],
  ['OVN-Kubernetes', [daemonSet('ovnkube-node')]],
])('is quiet where %s replaces it', (_, objects) => {
  const verdict = verdictOf(check, {
    objects: [...objects, ...both],
    documents: { ...healthz('node-1', REFUSED), ...healthz('node-2', HEALTHY) },
  });
  expect([verdict.findings, verdict.unknown]).toEqual([[], []]);
});

it('judges a cluster whose Cilium leaves Services to kube-proxy', () => {
  const objects = [daemonSet('cilium'), ciliumConfig('false'), set, node('node-1'), client];
  expect(theFinding(check, objects).summary).toBe('Node node-1 has no kube-proxy');
});

it('takes a static pod for it, as GKE has them', () => {
  const gke = pod('kube-proxy-node-1', {
    namespace: 'kube-system',
    labels: { component: 'kube-proxy' },
    ready: false,
    since: '14:00:00',
  });
  expect(theFinding(check, [node('node-1'), client, gke]).summary).toContain('not Ready');
  expect(
    verdictOf(check, {
      objects: [node('node-1'), client, gke],
      documents: healthz('node-1', HEALTHY),
    }).findings,
  ).toEqual([]);
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
