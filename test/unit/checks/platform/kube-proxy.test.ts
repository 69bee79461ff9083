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
/** Lines of its log, each with its time of day. */
const log = (...lines: ReadonlyArray<readonly [time: string, text: string]>): object => ({
  logs: [
    {
      namespace: 'kube-system',
      pod: 'kube-proxy-a',
      container: 'kube-proxy',
      text: lines.map(([time, text]) => `2026-05-01T${time}Z ${text}\n`).join(''),
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
/** As kube-proxy of 1.36 writes it: the error over several lines, then when it tries again. */
const sync = (time: string, family = 'IPv4'): Array<[string, string]> => [
  [time, 'E0501 14:30:01.000000       1 proxier.go:1406] "Failed to execute iptables-restore" err=<'],
  [time, "\texit status 2: iptables-restore v1.8.9 (nf_tables): Couldn't load match `statistic'"],
  [time, `\tError occurred at line: 40`],
  [time, ` > ipFamily="${family}"`],
  [
    time,
    `I0501 14:30:01.000000       1 proxier.go:673] "Sync failed" ipFamily="${family}" retryingTime="30s"`,
  ],
];
const nftables = (time: string): Array<[string, string]> => [
  [
    time,
    'E0501 14:30:01.000000       1 proxier.go:1723] "nftables sync failed" err="/dev/stdin:3:1-9: Error: Operation not permitted" ipFamily="IPv4"',
  ],
  [time, 'I0501 14:30:01.000000       1 proxier.go:1099] "Sync failed" ipFamily="IPv4" retryingTime="30s"'],
];
const unread = (time: string, why: string, kind = 'Service'): [string, string] => [
  time,
  `E0501 14:30:01.000000       1 reflector.go:227] "Failed to watch" err="failed to list *v1.${kind}: ${why}" logger="UnhandledError" reflector="k8s.io/client-go@v0.36.3/tools/cache/reflector.go:343" type="*v1.${kind}"`,
];
const FORBIDDEN =
  'services is forbidden: User \\"system:serviceaccount:kube-system:kube-proxy\\" cannot list resource \\"services\\" in API group \\"\\" at the cluster scope';
const REFUSES =
  'Get \\"https://10.0.0.1:6443/api/v1/services\\": dial tcp 10.0.0.1:6443: connect: connection refused';
const whole = [set, node('node-1'), client, proxy()];

describe('fires', () => {
  it('on a node with pods and without kube-proxy', () => {
    const finding = theFinding(check, [set, node('node-1'), client]);
    expect(finding.key).toBe('platform/kube-proxy:Node/node-1');
    expect(finding.summary).toBe('Node node-1 has no kube-proxy');
  });

  it('once on nodes that lack it alike, and reaches the pods of each', () => {
    const second = pod('cart-b', { spec: { nodeName: 'node-2' } });
    const finding = theFinding(check, [set, node('node-1'), node('node-2'), client, second]);
    expect(finding.key).toBe('platform/kube-proxy:Node/node-1');
    expect(finding.summary).toBe('2 nodes (node-1, node-2) have no kube-proxy');
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual(['Node/node-2']);
  });

  it('on each where they fail in other ways', () => {
    const second = pod('cart-b', { spec: { nodeName: 'node-2' } });
    const sick = proxy({ ready: false, since: '14:00:00' });
    const all = findings(check, [set, node('node-1'), node('node-2'), client, second, sick]);
    expect(all.map(({ summary }) => summary).toSorted()).toEqual([
      'Node node-1 has a kube-proxy that is not Ready',
      'Node node-2 has no kube-proxy',
    ]);
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

  it.each([
    ['iptables', [...sync('14:29:20'), ...sync('14:29:50')], "Couldn't load match `statistic'"],
    ['nftables', [...nftables('14:29:20'), ...nftables('14:29:50')], 'Operation not permitted'],
  ])('on syncs that fail again and again, by %s', (_, lines, why) => {
    const finding = theFinding(check, whole, log(...lines));
    expect(finding.summary).toMatch(/^Node node-1 has a kube-proxy whose syncs fail: /);
    expect(finding.summary).toContain(why);
    expect(finding.confidence).toBe('likely');
    expect(finding.since).toMatchObject({ to: '2026-05-01T14:29:20Z' });
  });

  it('on one failed sync where it says itself that none went well since', () => {
    const finding = theFinding(check, whole, {
      ...log(...sync('14:10:00')),
      documents: healthz('node-1', syncedAt('2026-05-01T14:09:59.9Z')),
    });
    expect(finding).toMatchObject({ confidence: 'certain' });
  });

  it('on one that may not list Services', () => {
    const finding = theFinding(
      check,
      whole,
      log(unread('14:28:00', FORBIDDEN), unread('14:28:40', FORBIDDEN), unread('14:29:40', FORBIDDEN)),
    );
    expect(finding.summary).toBe(
      'Node node-1 has a kube-proxy that cannot read what its rules are made of: failed to list *v1.Service: services is forbidden: User "system:serviceaccount:kube-system:kube-proxy" cannot list resource "services" in API group "" at the cluster scope',
    );
  });

  it('on one that never got as far as its own health, for want of the API server', () => {
    const lines = ['14:28:00', '14:28:40', '14:29:40'].map((time) => unread(time, REFUSES, 'Node'));
    const finding = theFinding(check, whole, { ...log(...lines), documents: healthz('node-1', REFUSED) });
    expect(finding.summary).toContain('failed to list *v1.Node: Get "https://10.0.0.1:6443');
  });

  it('on one that dies each time it is started, with its last words', () => {
    const dying = proxy({
      ready: false,
      app: { name: 'kube-proxy' },
      // It is Ready for a moment each time.
      since: '14:29:50',
      container: {
        name: 'kube-proxy',
        restartCount: 5,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: {
          terminated: {
            exitCode: 1,
            reason: 'Error',
            startedAt: '2026-05-01T14:29:49Z',
            finishedAt: '2026-05-01T14:29:50Z',
          },
        },
      },
    });
    const finding = theFinding(check, [set, node('node-1'), client, dying], {
      logs: [
        {
          namespace: 'kube-system',
          pod: 'kube-proxy-a',
          container: 'kube-proxy',
          previous: true,
          text: '2026-05-01T14:29:50Z E0501 14:29:50.0 1 run.go:72] "command failed" err="failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value"\n',
        },
      ],
    });
    expect(finding.summary).toMatch(
      /^Node node-1 has a kube-proxy that dies each time it is started: .*failed validate/,
    );
    expect(finding.evidence.map(({ path }) => path)).toContain('status.containerStatuses[kube-proxy]');
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
/** Well by its own word, whose last sync of IPv4 that went well was then. */
const syncedAt = (at: string): object => ({
  status: 200,
  body: { ...HEALTHY.body, status: { IPv4: { lastUpdated: at, healthy: true } } },
});
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

  it.each([
    ['one failed sync', log(...sync('14:29:50'))],
    ['one failed sync, which says so twice', log(...nftables('14:29:50'))],
    ['syncs that failed, and then no more', log(...sync('14:10:00'), ...sync('14:10:30'))],
    ['syncs of a family that no pod has', log(...sync('14:29:20', 'IPv6'), ...sync('14:29:50', 'IPv6'))],
    ['a watch that broke once', log(unread('14:29:50', FORBIDDEN))],
    [
      'watches that broke with the API server',
      log(unread('14:28:00', REFUSES), unread('14:28:40', REFUSES), unread('14:29:40', REFUSES)),
    ],
    [
      'watches that were turned down until the rights came',
      log(unread('14:20:00', FORBIDDEN), unread('14:20:40', FORBIDDEN), unread('14:21:40', FORBIDDEN)),
    ],
  ])('on %s', (_, evidence) => {
    expect(findings(check, whole, evidence)).toEqual([]);
  });

  it('on failed syncs where it says itself that one went well since', () => {
    const evidence = { ...log(...sync('14:29:20'), ...sync('14:29:50')) };
    const documents = healthz('node-1', syncedAt('2026-05-01T14:29:59Z'));
    expect(findings(check, whole, { ...evidence, documents })).toEqual([]);
  });

  it('on one that has only just been started, and does not answer yet', () => {
    const fresh = proxy({ since: '14:29:40', created: '14:29:38' });
    const old = pod('kube-proxy-b', {
      namespace: 'kube-system',
      owner: ['DaemonSet', 'kube-proxy'],
      spec: { hostNetwork: true, nodeName: 'node-2' },
    });
    expect(
      findings(check, [set, ...both, fresh, old], {
        documents: { ...healthz('node-1', REFUSED), ...healthz('node-2', HEALTHY) },
      }),
    ).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nodes may not be listed', () => {
    const verdict = verdictOf(check, { objects: [set, client], lists: { nodes: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
