import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/traffic-policy.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const local = (policy = 'Local'): KubeObject[] => [
  service('pay', PAY, { spec: { internalTrafficPolicy: policy } }),
  pod('pay-a', { labels: PAY }),
  slice('pay', [endpoint('pay-a')], { ports: [{ port: 8080, protocol: 'TCP' }] }),
];
const client = (nodeName: string): KubeObject[] => [
  workload('cart', {
    pods: { app: 'cart' },
    containers: [{ name: 'app', env: [{ name: 'PAY', value: 'http://pay:80' }] }],
  }),
  replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
  pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], spec: { nodeName } }),
];

describe('fires', () => {
  it('on a client of a node without an endpoint', () => {
    const finding = theFinding(check, [...local(), ...client('node-2')]);
    expect(finding).toMatchObject({ key: 'service/traffic-policy:Service/shop/pay', severity: 'critical' });
    expect(finding.summary).toContain('1 node with clients (node-2) has no endpoint of it');
    expect(pointers(finding)).toContain('Service/pay spec.internalTrafficPolicy = "Local"');
    expect(finding.involves.map(({ name }) => name)).toEqual(['cart-a']);
  });
});

it('counts a client that names it twice once', () => {
  const [deployment, ...rest] = client('node-2');
  const spec = deployment?.['spec'] as { template: { spec: { containers: object[] } } };
  const [app] = spec.template.spec.containers;
  const twice = {
    ...deployment,
    spec: {
      ...spec,
      template: { ...spec.template, spec: { containers: [{ ...app, args: ['--pay=http://pay:80'] }] } },
    },
  };
  expect(theFinding(check, [...local(), twice, ...rest]).detail).toContain('1 client pod of 1');
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a client beside the endpoint', [...local(), ...client('node-1')]],
    ['traffic that may leave the node', [...local('Cluster'), ...client('node-2')]],
    ['nodes on which nobody uses it', local()],
    [
      'external traffic kept local, which the load balancer drains',
      [
        service('pay', PAY, { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }),
        ...local('Cluster').slice(1),
        ...client('node-2'),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when EndpointSlices may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: [...local(), ...client('node-2')],
      lists: { 'discovery.k8s.io/endpointslices': 'forbidden' },
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});

describe('traffic from outside kept local', () => {
  const node = (name: string, address: string, labels: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { addresses: [{ type: 'InternalIP', address }] },
  });
  const nodes = [node('node-1', '10.0.0.1'), node('node-2', '10.0.0.2')];
  const open = (type: string, ips: readonly string[], spec: object = {}): KubeObject => ({
    ...service('pay', PAY, { spec: { type, externalTrafficPolicy: 'Local', ...spec } }),
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  });
  const [, ...behind] = local('Cluster');
  const KEY = 'service/traffic-policy:Service/shop/pay#external';
  const outside = '192.0.2.10';

  it('fires where the address is that of a node without an endpoint', () => {
    const finding = theFinding(check, [open('LoadBalancer', ['10.0.0.2']), ...behind, ...nodes]);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical', role: 'cause' });
    expect(finding.summary).toContain('10.0.0.2 leads to 1 node without an endpoint of it (node-2)');
    expect(pointers(finding)).toContain('Node/node-2 status.addresses[].address = "10.0.0.2"');
  });

  it('fires where some of its external addresses are', () => {
    const some = open('NodePort', [], { externalIPs: ['10.0.0.1', '10.0.0.2'] });
    const finding = theFinding(check, [some, ...behind, ...nodes]);
    expect(finding).toMatchObject({ key: KEY, severity: 'warning' });
    expect(finding.detail).toContain('Of 2 addresses, 1 is dead');
  });

  it('fires where all its endpoints are on nodes that load balancers leave out', () => {
    const label = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    const excluded = [node('node-1', '10.0.0.1', label), node('node-2', '10.0.0.2')];
    const finding = theFinding(check, [open('LoadBalancer', [outside]), ...behind, ...excluded]);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical' });
    expect(finding.summary).toContain('load balancers leave out (node-1)');
  });

  it('fires where no endpoint names its node', () => {
    const { nodeName: _, ...nameless } = endpoint('pay-a');
    const by = slice('pay', [nameless], { ports: [{ port: 8080, protocol: 'TCP' }] });
    const finding = theFinding(check, [open('NodePort', []), by, ...nodes]);
    expect(finding.summary).toContain('none of its endpoints says on which node it is');
  });

  it.each<[string, KubeObject[]]>([
    ['a load balancer that drains nodes without one', [open('LoadBalancer', [outside]), ...behind, ...nodes]],
    ['an address of the node with the endpoint', [open('LoadBalancer', ['10.0.0.1']), ...behind, ...nodes]],
    ['node ports that nothing in sight is sent to', [open('NodePort', []), ...behind, ...nodes]],
    [
      'what may go on to other nodes',
      [open('LoadBalancer', ['10.0.0.2'], { externalTrafficPolicy: 'Cluster' }), ...behind, ...nodes],
    ],
    [
      'an address that the load balancer answers itself',
      [
        {
          ...open('LoadBalancer', []),
          status: { loadBalancer: { ingress: [{ ip: '10.0.0.2', ipMode: 'Proxy' }] } },
        },
        ...behind,
        ...nodes,
      ],
    ],
    ['a Service without any endpoint', [open('LoadBalancer', ['10.0.0.2']), slice('pay', []), ...nodes]],
  ])('is quiet on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  const heard = (answers: Readonly<Record<string, object>>): EvidenceGiven => ({
    documents: Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [
        `nodes/${name}/service-health-check-32555.json`,
        `${JSON.stringify({ at: '2026-05-01T14:30:05.000Z', ...answer })}\n`,
      ]),
    ),
  });
  const says = (localEndpoints: number, more: object = {}): object => ({
    status: localEndpoints > 0 ? 200 : 503,
    body: { service: { namespace: 'shop', name: 'pay' }, localEndpoints, serviceProxyHealthy: true, ...more },
  });
  const drained = open('LoadBalancer', [outside], { healthCheckNodePort: 32_555 });
  const refused = { refused: 'dial tcp 10.0.0.1:32555: connect: connection refused' };

  it('fires where the node of the endpoint counts none as its own', () => {
    const given = heard({ 'node-1': says(0), 'node-2': says(0) });
    const finding = theFinding(check, [drained, ...behind, ...nodes], given);
    expect(finding).toMatchObject({ key: KEY, severity: 'critical', confidence: 'certain' });
    expect(finding.summary).toContain('1 node (node-1) tells load balancers that no endpoint is there');
    expect(finding.evidence.at(-1)?.file).toBe('nodes/node-1/service-health-check-32555.json');
  });

  it('fires where the endpoints are of a node that is not there', () => {
    const lost = slice('pay', [{ ...endpoint('pay-a'), nodeName: 'node-1.example' }], {
      ports: [{ port: 8080, protocol: 'TCP' }],
    });
    const given = heard({ 'node-1': says(0), 'node-2': says(0) });
    const finding = theFinding(check, [drained, lost, ...nodes], given);
    expect(finding.detail).toContain('There is no node called node-1.example');
  });

  it('fires where the port is taken on a node', () => {
    const words =
      'node node-1 failed to start healthcheck "shop/pay" on port 32555: listen tcp 0.0.0.0:32555: bind: address already in use';
    const said = event('Service', 'pay', 'FailedToStartServiceHealthcheck', words, '14:29:00', {
      type: 'Warning',
    });
    const finding = theFinding(check, [drained, ...behind, ...nodes, said]);
    expect(finding).toMatchObject({ key: KEY, severity: 'warning' });
    expect(finding.summary).toContain('(node-1) cannot tell load balancers');
    // It got the port since.
    expect(findings(check, [drained, ...behind, ...nodes, said], heard({ 'node-1': says(1) }))).toEqual([]);
  });

  it.each<[string, EvidenceGiven]>([
    ['the other node is drained', heard({ 'node-1': says(1), 'node-2': says(0) })],
    ['nobody listens on any', heard({ 'node-1': refused, 'node-2': refused })],
    ['a kube-proxy is behind with its rules', heard({ 'node-1': says(0, { serviceProxyHealthy: false }) })],
    [
      'the port is another Service’s',
      heard({ 'node-1': says(0, { service: { namespace: 'shop', name: 'old' } }) }),
    ],
    ['the node of the endpoint was not asked', heard({ 'node-2': says(0) })],
  ])('is quiet where %s', (_, given) => {
    expect(findings(check, [drained, ...behind, ...nodes], given)).toEqual([]);
  });

  it.each<[string, EvidenceGiven, string]>([
    [
      'nobody answers on the node of the endpoint',
      heard({ 'node-1': refused, 'node-2': says(0) }),
      'nobody answers on its health-check node port 32555 on node-1',
    ],
    [
      'the node of the endpoint was not asked',
      heard({ 'node-2': says(0) }),
      'its health-check node port 32555 was not heard on node-1',
    ],
  ])('is unknown where %s', (_, given, detail) => {
    const verdict = verdictOf(check, { ...given, objects: [drained, ...behind, ...nodes] });
    const [one] = verdict.unknown;
    expect(one).toMatchObject({ because: 'not-captured:service-health-check', object: { name: 'pay' } });
    expect(one?.detail).toContain(detail);
  });

  it('is unknown where nodes may not be listed', () => {
    const objects = [open('LoadBalancer', ['10.0.0.2']), ...behind];
    const verdict = verdictOf(check, { objects, lists: { nodes: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({ because: 'list:nodes', object: { name: 'pay' } });
  });
});

describe('internal traffic of endpoints that name no node', () => {
  const { nodeName: _, ...nameless } = endpoint('pay-a');
  const objects = [
    service('pay', PAY, { spec: { internalTrafficPolicy: 'Local' } }),
    slice('pay', [nameless], { ports: [{ port: 8080, protocol: 'TCP' }] }),
  ];

  it('reaches nobody', () => {
    expect(theFinding(check, [...objects, ...client('node-1')]).involves).toHaveLength(1);
  });

  it('is no fault where nobody asks', () => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('a pod of the Service on the node of the client', () => {
  const beside = (ready: boolean): KubeObject =>
    pod('pay-b', { labels: PAY, ready, spec: { nodeName: 'node-2' } });

  it('that is not Ready is what it follows from', () => {
    const finding = theFinding(check, [...local(), ...client('node-2'), beside(false)]);
    expect(finding).toMatchObject({ role: 'symptom', severity: 'critical' });
    expect(finding.detail).toContain('(pay-b), and is not Ready');
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-b']);
  });

  it('that is Ready, and no endpoint all the same, is not', () => {
    const finding = theFinding(check, [...local(), ...client('node-2'), beside(true)]);
    expect(finding).toMatchObject({ role: 'cause' });
    expect(finding.involves.map(({ name }) => name)).toEqual(['cart-a']);
  });
});
