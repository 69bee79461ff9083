import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/control-plane.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { event, pod, replicaSet, workload, write } from '../../../support/kube-objects.ts';
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

describe('a control plane of a hoster', () => {
  const written = (clock: string, subresource?: string): KubeObject =>
    workload('pay', {
      pods: { app: 'pay' },
      managedFields: [{ ...write('k3s', clock, 'status.replicas'), ...(subresource ? { subresource } : {}) }],
    });
  /** As the scheduler's own client reports it (events.k8s.io). */
  const bound = (clock: string, reportingComponent: string): KubeObject => ({
    ...event('Pod', 'pay-a', 'Scheduled', 'Successfully assigned shop/pay-a to node-1', clock),
    source: {},
    reportingComponent,
  });
  it.each<[string, KubeObject[]]>([
    ['no Lease at all', []],
    [
      'a Lease that a controller manager without an election left behind',
      [leader('kube-controller-manager', '10:00:00'), written('14:25:00', 'status')],
    ],
    [
      'a Lease that a scheduler without an election left behind',
      [leader('kube-scheduler', '10:00:00'), bound('14:25:00', 'default-scheduler')],
    ],
  ])('that shows %s is well', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it.each<[string, KubeObject[]]>([
    [
      'a status that was written before it lapsed',
      [leader('kube-controller-manager', '14:20:00'), written('14:20:10', 'status')],
    ],
    ['what users wrote since', [leader('kube-controller-manager', '14:20:00'), written('14:25:00')]],
    [
      'what another scheduler bound since',
      [leader('kube-scheduler', '14:20:00'), bound('14:25:00', 'volcano')],
    ],
    [
      'what the scheduler bound before',
      [leader('kube-scheduler', '14:20:00'), bound('14:20:10', 'default-scheduler')],
    ],
  ])('is told by %s', (_, objects) => {
    expect(findings(check, objects)).toHaveLength(1);
  });
});

/** A pod as the API server stores it before any scheduler has seen it: no conditions. */
function fresh(created = '14:20:00', spec: object = {}): KubeObject {
  const made = pod('pay-a', { labels: PAY, owner: ['ReplicaSet', 'pay-1'], created });
  return {
    ...made,
    spec: { schedulerName: 'default-scheduler', containers: [{ name: 'app', image: 'app:1' }], ...spec },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}
const PAY = { app: 'pay' };
const owners = [workload('pay', { pods: PAY }), replicaSet('pay', 1, PAY, '12:00:00', 1)];

describe('pods that no scheduler has looked at', () => {
  it('are what the abandoned Lease of the scheduler leaves, and no finding of their own', () => {
    const finding = theFinding(check, [leader('kube-scheduler', '14:15:00'), ...owners, fresh()]);
    expect(finding.summary).toMatch(/^Nobody leads as kube-scheduler: .*; 1 pod waits to be bound$/);
    expect(finding.involves.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'Pod/pay-a',
      'ReplicaSet/pay-1',
      'Deployment/pay',
    ]);
  });

  it('fire where the control plane shows no Lease', () => {
    const finding = theFinding(check, [...owners, fresh()]);
    expect(finding).toMatchObject({
      key: 'platform/control-plane:Service/default/kubernetes#scheduler:default-scheduler',
      confidence: 'likely',
    });
  });

  it('fire on a scheduler that does not exist, though the cluster has its own', () => {
    const objects = [leader('kube-scheduler', '14:29:58'), ...owners];
    const finding = theFinding(check, [...objects, fresh('14:20:00', { schedulerName: 'volcano' })]);
    expect(finding.key).toBe('platform/control-plane:Deployment/shop/pay#scheduler:volcano');
    expect(finding.summary).toBe('No scheduler named volcano has looked at 1 pod that names it');
  });

  it.each<[string, KubeObject[]]>([
    ['made just now', [fresh('14:29:30')]],
    ['held back by a gate', [fresh('14:20:00', { schedulingGates: [{ name: 'quota' }] })]],
    ['bound, and waiting for their image', [fresh('14:20:00', { nodeName: 'node-1' })]],
    [
      'turned away, by an Event',
      [fresh(), event('Pod', 'pay-a', 'FailedScheduling', '0/2 nodes are available', '14:20:01')],
    ],
    [
      'whose volume is made on the node that was chosen',
      [
        fresh('14:20:00', { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }),
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: {
            name: 'data',
            namespace: 'shop',
            uid: 'claim-data',
            annotations: { 'volume.kubernetes.io/selected-node': 'node-1' },
          },
          status: { phase: 'Pending' },
        },
      ],
    ],
    [
      'turned away, by the condition',
      [
        {
          ...fresh(),
          status: {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
          },
        },
      ],
    ],
  ])('are not those %s', (_, objects) => {
    expect(findings(check, [leader('kube-scheduler', '14:29:58'), ...owners, ...objects])).toEqual([]);
  });
});

/** As `/readyz?verbose` of 1.36 answers; those named fail. */
function readyz(...failing: readonly string[]): EvidenceGiven {
  const names = [
    'ping',
    'log',
    'etcd',
    'etcd-readiness',
    'informer-sync',
    'poststarthook/start-apiserver-admission-initializer',
    'poststarthook/rbac/bootstrap-roles',
    'autoregister-completion',
    'shutdown',
  ];
  const lines = names.map((name) =>
    failing.includes(name) ? `[-]${name} failed: reason withheld` : `[+]${name} ok`,
  );
  const end = failing.length === 0 ? 'readyz check passed' : 'readyz check failed';
  return { documents: { 'health/readyz.txt': `${[...lines, end].join('\n')}\n` } };
}

describe('/readyz', () => {
  it.each([
    [['etcd'], 'etcd fails', 'does not reach its database', 3],
    [['etcd', 'etcd-readiness'], 'etcd, etcd-readiness fail', 'does not reach its database', 3],
    [['informer-sync'], 'informer-sync fails', 'caches are not filled', 5],
    [
      ['poststarthook/rbac/bootstrap-roles'],
      'poststarthook/rbac/bootstrap-roles fails',
      'not finished starting',
      7,
    ],
    [['shutdown'], 'shutdown fails', 'being shut down', 9],
  ])('that fails %j says what that means', (failing, summary, detail, line) => {
    const finding = theFinding(check, [], readyz(...failing));
    expect(finding.key).toBe('platform/control-plane:Service/default/kubernetes#readyz');
    expect(finding.summary).toContain(summary);
    expect(finding.detail).toContain(detail);
    expect(finding.evidence[0]).toMatchObject({ file: 'health/readyz.txt', line });
    expect(finding.remedy.confirm).toEqual(["kubectl get --raw '/readyz?verbose'"]);
  });

  it('that passes is quiet', () => {
    expect(findings(check, [], readyz())).toEqual([]);
  });

  it('is judged although no list came', () => {
    const given = { ...readyz('etcd'), lists: { 'coordination.k8s.io/leases': 'forbidden' as const } };
    const { findings: found, unknown } = verdictOf(check, given);
    expect(found.map(({ key }) => key)).toEqual(['platform/control-plane:Service/default/kubernetes#readyz']);
    expect(unknown).toMatchObject([{ because: 'list:coordination.k8s.io/leases' }]);
  });
});

describe('a database that does not answer', () => {
  const old = [leader('kube-controller-manager', '14:20:00'), leader('kube-scheduler', '14:20:00')];
  const fromCache = { outcome: 'complete', fromCache: true } as const;
  const remembered: EvidenceGiven = { lists: { 'coordination.k8s.io/leases': fromCache } };
  const keys = (given: EvidenceGiven): string[] =>
    findings(check, [...old, ...owners, fresh()], given).map(({ key }) => key);

  it.each([
    ['readyz says so', readyz('etcd')],
    ['readyz says so, and the Leases are remembered', { ...readyz('etcd-readiness'), ...remembered }],
  ])('is the one fault where %s: nobody could renew a Lease', (_, given) => {
    expect(keys(given)).toEqual(['platform/control-plane:Service/default/kubernetes#readyz']);
  });

  it.each([
    ['does not say', {}],
    ['passes', readyz()],
  ])('is likely where the Leases came from memory and readyz %s', (_, given) => {
    const [finding, ...rest] = findings(check, old, { ...given, ...remembered });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      key: 'platform/control-plane:Service/default/kubernetes#database',
      confidence: 'likely',
    });
  });

  it('is not any other check of readyz: the Leases tell as ever', () => {
    expect(keys(readyz('informer-sync'))).toContain(
      'platform/control-plane:Lease/kube-system/kube-controller-manager',
    );
  });
});

const took = (p50: number): { count: number; p50: number; p95: number; max: number } => ({
  count: 60,
  p50,
  p95: p50 * 2,
  max: p50 * 3,
});
const pace = (list: number, discovery: number, throttled = 0): EvidenceGiven => ({
  latencies: {
    kinds: { list: took(list), discovery: took(discovery), health: took(discovery + 5) },
    throttled,
    unanswered: 0,
  },
});

describe('lists', () => {
  it('that take seconds while discovery comes at once tell a slow API server', () => {
    const finding = theFinding(check, [], pace(3000, 20));
    expect(finding).toMatchObject({
      key: 'platform/control-plane:Service/default/kubernetes#slow',
      severity: 'warning',
      confidence: 'likely',
    });
    expect(finding.summary).toContain('3.0 s or more for half of all lists');
  });

  it.each([
    ['a slow link', pace(3000, 2500)],
    ['a far one', pace(2100, 400)],
    ['a server that is well', pace(40, 3)],
    [
      'a handful of requests',
      {
        latencies: {
          kinds: { list: { ...took(9000), count: 2 }, discovery: took(5) },
          throttled: 0,
          unanswered: 0,
        },
      },
    ],
    ['a bundle that does not say', {}],
  ])('do not over %s', (_, given) => {
    expect(findings(check, [], given)).toEqual([]);
  });
});

const rejected = (count: number, level = 'workload-low'): string =>
  `process_start_time_seconds 1.7e9\napiserver_flowcontrol_rejected_requests_total{flow_schema="service-accounts",priority_level="${level}",reason="queue-full"} ${count}\n`;

describe('429', () => {
  it('of others, by the counters, is a fault', () => {
    const given = { ...pace(40, 3, 2), apiMetrics: { first: rejected(10), last: rejected(60) } };
    const finding = theFinding(check, [], given);
    expect(finding).toMatchObject({
      key: 'platform/control-plane:Service/default/kubernetes#throttled',
      role: 'cause',
      severity: 'warning',
    });
    expect(finding.summary).toBe(
      'The API server turned 50 requests away while it was captured (429), most of priority level workload-low',
    );
    expect(finding.detail).toContain('50 of flow schema service-accounts in workload-low (queue-full)');
  });

  it('of nodes and leaders is critical', () => {
    const given = { apiMetrics: { first: rejected(0, 'node-high'), last: rejected(9, 'node-high') } };
    expect(theFinding(check, [], given).severity).toBe('critical');
  });

  it('of the capture alone is a hint', () => {
    const finding = theFinding(check, [], {
      ...pace(40, 3, 5),
      apiMetrics: { first: rejected(10), last: rejected(15) },
    });
    expect(finding).toMatchObject({ role: 'advice', severity: 'advice' });
  });

  it.each([
    ['long ago', { apiMetrics: { first: rejected(500), last: rejected(500) } }],
    ['now and then', { ...pace(40, 3, 1), apiMetrics: { first: rejected(10), last: rejected(11) } }],
    ['at a time that nothing tells', { apiMetrics: { last: rejected(500) } }],
  ])('%s is quiet', (_, given) => {
    expect(findings(check, [], given)).toEqual([]);
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
