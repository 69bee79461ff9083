/** Which ports are tried, in which order, and what may be sent to them. */
import { describe, expect, it } from 'vitest';
import type { Focus } from '../../../capture/collector.ts';
import { placesToRead } from '../../../capture/inside/targets.ts';
import { createInventory } from '../../../capture/inventory.ts';
import { placeTargets, rankServices, serviceTargets } from '../../../capture/network/port-targets.ts';

interface Made {
  readonly ready?: boolean;
  readonly ports?: readonly object[];
  readonly probe?: object;
  readonly protocol?: string;
}

function inventoryOf(made: Readonly<Record<string, Made>>, more: readonly [string, object][] = []) {
  const inventory = createInventory();
  for (const [name, { ready = true, ports = [], probe, protocol = 'TCP' }] of Object.entries(made)) {
    const metadata = { namespace: 'shop', name };
    inventory.observe('services', {
      metadata,
      spec: {
        selector: { app: name },
        clusterIP: '10.96.0.7',
        ports: [{ port: 80, targetPort: 8080, protocol }],
      },
    });
    inventory.observe('pods', {
      metadata: { ...metadata, labels: { app: name } },
      spec: {
        nodeName: 'node-1',
        containers: [
          { name: 'app', image: 'x', ports, ...(probe === undefined ? {} : { readinessProbe: probe }) },
        ],
      },
      status: {
        phase: 'Running',
        podIP: '10.244.0.7',
        podIPs: [{ ip: '10.244.0.7' }],
        containerStatuses: [{ name: 'app', state: { running: {} } }],
      },
    });
    inventory.observe('discovery.k8s.io/endpointslices', {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.244.0.7'],
          conditions: { ready },
          targetRef: { kind: 'Pod', name, namespace: 'shop' },
        },
      ],
      ports: [{ name: '', port: 8080, protocol }],
    });
  }
  for (const [resource, object] of more) inventory.observe(resource, object);
  return inventory;
}

const names = (services: ReadonlyArray<{ name: string }>): string[] => services.map(({ name }) => name);

describe('Services', () => {
  const inventory = inventoryOf({ well: {}, unready: { ready: false }, warned: {}, edge: {}, focused: {} }, [
    ['events', { type: 'Warning', involvedObject: { kind: 'Pod', namespace: 'shop', name: 'warned' } }],
    ['events', { type: 'Normal', involvedObject: { kind: 'Pod', namespace: 'shop', name: 'well' } }],
    [
      'networking.k8s.io/ingresses',
      {
        metadata: { namespace: 'shop', name: 'front' },
        spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'edge' } } }] } }] },
      },
    ],
  ]);

  it('come in the order of what they tell: in focus, behind an edge, with warnings, unready, the rest', () => {
    const focus = [{ kind: 'service', namespace: 'shop', name: 'focused' }] as const;
    expect(names(rankServices(inventory.network, { focus }, inventory.telling))).toEqual([
      'focused',
      'edge',
      'warned',
      'unready',
      'well',
    ]);
  });

  const route = (kind: string, name: string, spec: object): [string, object] => [
    `gateway.networking.k8s.io/${kind}`,
    { metadata: { namespace: 'edge', name }, spec },
  ];
  const backend = (name: string) => ({ backendRefs: [{ name, namespace: 'shop', port: 80 }] });

  it('are behind an edge as load balancers, with external IPs, and as backends of routes', () => {
    const made = inventoryOf(
      { unready: { ready: false }, warned: {}, balanced: {}, external: {}, routed: {}, tcp: {} },
      [
        ['services', { metadata: { namespace: 'shop', name: 'balanced' }, spec: { type: 'LoadBalancer' } }],
        [
          'services',
          { metadata: { namespace: 'shop', name: 'external' }, spec: { externalIPs: ['192.0.2.1'] } },
        ],
        route('httproutes', 'web', { rules: [backend('routed')] }),
        route('tcproutes', 'db', { rules: [backend('tcp')] }),
        ['events', { type: 'Warning', involvedObject: { kind: 'Pod', namespace: 'shop', name: 'warned' } }],
      ],
    );
    expect(names(rankServices(made.network, {}, made.telling))).toEqual([
      'balanced',
      'external',
      'routed',
      'tcp',
      'warned',
      'unready',
    ]);
  });

  it('are in focus by a host that leads to them, wildcards too, and by a pod behind them', () => {
    const made = inventoryOf({ balanced: {}, pay: {}, any: {}, pods: {} }, [
      ['services', { metadata: { namespace: 'shop', name: 'balanced' }, spec: { type: 'LoadBalancer' } }],
      [
        'networking.k8s.io/ingresses',
        {
          metadata: { namespace: 'shop', name: 'front' },
          spec: {
            rules: [
              { host: 'pay.example.com', http: { paths: [{ backend: { service: { name: 'pay' } } }] } },
            ],
          },
        },
      ],
      route('httproutes', 'any', { hostnames: ['*.example.com'], rules: [backend('any')] }),
    ]);
    const first = (focus: object): string | undefined =>
      names(rankServices(made.network, { focus: [focus as Focus] }, made.telling))[0];
    expect(first({ kind: 'host', name: 'pay.example.com' })).toBe('pay');
    expect(first({ kind: 'host', name: 'www.example.com' })).toBe('any');
    expect(first({ kind: 'host', name: 'example.org' })).toBe('balanced');
    expect(first({ kind: 'pod', namespace: 'shop', name: 'pods' })).toBe('pods');
    expect(first({ kind: 'pod', namespace: 'other', name: 'pods' })).toBe('balanced');
  });

  it('rank the looks from inside as they rank all other probes', () => {
    const made = inventoryOf({ well: {}, unready: { ready: false }, edge: {} }, [
      ['services', { metadata: { namespace: 'shop', name: 'edge' }, spec: { externalIPs: ['192.0.2.1'] } }],
    ]);
    expect(names(placesToRead(made.network, {}, made.telling))).toEqual(['edge', 'unready', 'well']);
  });

  it('are asked only where a pod behind them declares what', () => {
    const some = inventoryOf({
      declared: { probe: { httpGet: { path: '/ready', port: 8080 } } },
      elsewhere: { probe: { httpGet: { path: '/ready', port: 9000 } } },
      tcp: { probe: { tcpSocket: { port: 8080 } } },
    });
    expect(
      serviceTargets(some.network, {}, some.telling).map(({ service, check }) => [service.name, check.path]),
    ).toEqual([['declared', '/ready']]);
  });
});

describe('ports of pods', () => {
  it('are those that Services lead to, that probes ask and that are declared; checks only on the probe’s own port', () => {
    const inventory = inventoryOf({
      web: {
        ports: [{ containerPort: 9090 }, { containerPort: 5353, protocol: 'UDP' }],
        probe: { httpGet: { path: '/ready', port: 7070, scheme: 'HTTPS' } },
      },
    });
    const [target] = placeTargets(inventory.network, {}, inventory.telling);
    expect(
      target?.ports
        .map(({ port, protocol, checks }) => [
          port,
          protocol,
          checks.map(({ path, scheme }) => `${scheme} ${path}`),
        ])
        .toSorted(),
    ).toEqual([
      [5353, 'UDP', []],
      [7070, 'TCP', ['https /ready']],
      [8080, 'TCP', []],
      [9090, 'TCP', []],
    ]);
  });

  it('of the pod in focus come first', () => {
    const inventory = inventoryOf({ one: {}, two: {} });
    const focus = [{ kind: 'pod', namespace: 'shop', name: 'two' }] as const;
    expect(
      placeTargets(inventory.network, { focus }, inventory.telling).map(({ place }) => place.name),
    ).toEqual(['two', 'one']);
  });
});
