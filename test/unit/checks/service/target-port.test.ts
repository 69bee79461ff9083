import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/target-port.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { endpoint, ingress, pod, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const named = (targetPort: unknown, more: object = {}): KubeObject =>
  service('pay', PAY, { spec: { ports: [{ port: 80, targetPort, protocol: 'TCP', ...more }] } });
const declaring = (name: string, port: string | undefined, more: object = {}): KubeObject =>
  pod(name, {
    labels: PAY,
    app: port === undefined ? {} : { ports: [{ name: port, containerPort: 8080, ...more }] },
  });

describe('fires', () => {
  it('on a name that no selected pod declares, with the near miss', () => {
    const finding = theFinding(check, [
      named('http'),
      declaring('pay-a', 'https'),
      slice('pay', []),
      ingress('front', 'pay'),
    ]);
    expect(finding).toMatchObject({
      key: 'service/target-port:Service/shop/pay',
      severity: 'critical',
      confidence: 'certain',
    });
    expect(finding.summary).toContain('they declare https');
    expect(pointers(finding)).toContain('Service/pay spec.ports[0].targetPort = "http"');
    expect(finding.remedy.mend[0]).toContain('/spec/ports/0/targetPort');
  });

  it('on a name declared for another protocol', () => {
    const finding = theFinding(check, [named('dns'), declaring('pay-a', 'dns', { protocol: 'UDP' })]);
    expect(finding.summary).toContain('declares it for UDP, the Service wants TCP');
  });

  it('on a name that only some pods declare', () => {
    const finding = theFinding(check, [
      named('http'),
      declaring('pay-a', 'http'),
      declaring('pay-b', undefined),
      ingress('front', 'pay'),
    ]);
    expect(finding).toMatchObject({ severity: 'warning' });
    expect(finding.summary).toContain('1 of 2 selected pods');
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-b']);
  });

  it('on a name that the pods of another workload have otherwise, for the same number', () => {
    const objects = [
      named('http'),
      declaring('pay-a', 'http'),
      pod('canary-0', {
        labels: PAY,
        owner: ['StatefulSet', 'canary'],
        app: { ports: [{ name: 'web', containerPort: 8080 }] },
      }),
      workload('canary', { kind: 'StatefulSet', pods: PAY }),
    ];
    expect(theFinding(check, objects).involves.map(({ name }) => name)).toEqual(['canary-0']);
  });

  const refused = (port: number, outcome: 'refused' | 'ok'): object => ({
    probe: 'pod-http',
    at: '2026-05-01T14:30:05Z',
    from: 'apiserver',
    to: `pod/shop/pay-a:${port}`,
    outcome,
    ms: 3,
    detail: { port },
  });
  const sockets = (...ports: number[]): object => ({
    probe: 'sockets',
    at: '2026-05-01T14:30:05Z',
    from: 'pod/shop/pay-a',
    to: 'pod/shop/pay-a',
    outcome: 'ok',
    ms: 3,
    detail: {
      container: 'app',
      listening: ports.map((port) => ({ protocol: 'tcp', family: 4, address: '0.0.0.0', port })),
    },
  });

  it('on a number on which nothing listens, by the socket table', () => {
    const probes = { sockets: [sockets(3000)] } as never;
    const finding = theFinding(check, [named(8080), declaring('pay-a', undefined)], { probes });
    expect(finding.summary).toContain('nothing listens on 8080');
    expect(finding.summary).toContain('3000');
    expect(finding.remedy.mend).toEqual([expect.stringContaining('"value":3000')]);
  });

  it('on a number that refuses while the pod answers elsewhere', () => {
    const forward = { ...refused(8080, 'refused'), probe: 'port-forward', from: 'capture' };
    const probes = {
      'pod-http': [refused(8080, 'refused'), refused(3000, 'ok')],
      'port-forward': [forward],
    } as never;
    expect(findings(check, [named(8080), declaring('pay-a', undefined)], { probes })).toHaveLength(1);
  });

  it('on a name that leads to a port of a sidecar on which nothing listens, while the pod serves another', () => {
    const ports = [
      { name: 'web', containerPort: 3000 },
      { name: 'http', containerPort: 9000 },
    ];
    const objects = [named('http'), pod('pay-a', { labels: PAY, app: { ports } })];
    const seen = (...open: number[]): EvidenceGiven => ({ probes: { sockets: [sockets(...open)] } as never });
    expect(theFinding(check, objects, seen(3000)).summary).toContain('nothing listens on 9000');
    // It answers on none of its declared ports: pod/wrong-port.
    expect(findings(check, objects, seen(5000))).toEqual([]);
    expect(findings(check, objects, seen(3000, 9000))).toEqual([]);
  });

  const forwards = {
    'port-forward': [
      { ...refused(8080, 'refused'), probe: 'port-forward', from: 'pod/shop/pay-a' },
      { ...refused(3000, 'ok'), probe: 'port-forward', from: 'pod/shop/pay-a' },
    ],
    'pod-http': [refused(3000, 'ok')],
  } as never;
  const complains = (text: string): EvidenceGiven => ({
    probes: forwards,
    logs: [{ namespace: 'shop', pod: 'cart-a', container: 'app', text: `2026-05-01T14:30:01Z ${text}\n` }],
  });
  const behind = [named(8080), declaring('pay-a', undefined), pod('cart-a')];

  it('on a number that refuses inside the pod, and clients through the Service', () => {
    const objects = [...behind, slice('pay', [endpoint('pay-a')])];
    const line = 'Get "http://pay/": dial tcp 10.96.0.10:80: connect: connection refused';
    expect(theFinding(check, objects, complains(line))).toMatchObject({ confidence: 'likely' });
  });

  it.each([
    ['the program may be bound to the pod’s address alone', 'all is well', [endpoint('pay-a')]],
    ['another Service refuses', 'dial tcp 10.96.0.99:80: connection refused', [endpoint('pay-a')]],
    ['another port refuses', 'dial tcp 10.96.0.10:443: connection refused', [endpoint('pay-a')]],
    ['an empty Service refuses by itself', 'dial tcp 10.96.0.10:80: connection refused', []],
  ])('not by a refusal inside alone: %s', (_, line, endpoints) => {
    expect(findings(check, [...behind, slice('pay', endpoints)], complains(line))).toEqual([]);
  });

  const seen = (port: number, outcome: 'ok' | 'refused'): object => ({
    ...refused(port, outcome),
    probe: 'port-forward',
    from: 'pod/shop/pay-a',
  });
  const http = { httpGet: { port: 3000 } };

  it.each([
    ['it declares another, which answers', { ports: [{ containerPort: 3000 }] }, [8080], [3000], 1],
    ['its probe asks another, which answers', { readinessProbe: http }, [8080], [3000], 1],
    ['it names no other', {}, [8080], [3000], 0],
    ['the other answers no more', { ports: [{ containerPort: 3000 }] }, [8080, 3000], [], 0],
    [
      'it declares this one, too',
      { ports: [{ containerPort: 3000 }, { containerPort: 8080 }] },
      [8080],
      [3000],
      0,
    ],
    [
      'a probe asks this one',
      { ports: [{ containerPort: 3000 }], livenessProbe: { tcpSocket: { port: 8080 } } },
      [8080],
      [3000],
      0,
    ],
    ['this one answers', { ports: [{ containerPort: 3000 }] }, [], [8080, 3000], 0],
  ])('by a refusal inside alone of a number that the pod does not name: %s', (_, app, no, yes, count) => {
    const forward = [...no.map((port) => seen(port, 'refused')), ...yes.map((port) => seen(port, 'ok'))];
    const given = [named(8080), pod('pay-a', { labels: PAY, app }), slice('pay', [endpoint('pay-a')])];
    const found = findings(check, given, { probes: { 'port-forward': forward } as never });
    expect(found.map(({ confidence, summary }) => [confidence, summary.includes('listens on 3000')])).toEqual(
      Array.from({ length: count }, () => ['likely', true]),
    );
  });

  it('not by a refusal inside of a number that the log names as listened on', () => {
    const given = [named(8080), pod('pay-a', { labels: PAY, app: { ports: [{ containerPort: 3000 }] } })];
    const text = '2026-05-01T14:20:01Z metrics listening on 10.244.0.5:8080\n';
    const logs = [{ namespace: 'shop', pod: 'pay-a', container: 'app', text }];
    const forward = [seen(8080, 'refused'), seen(3000, 'ok')];
    expect(findings(check, given, { logs, probes: { 'port-forward': forward } as never })).toEqual([]);
  });

  it('not where the pod answers nowhere: then it is the pod', () => {
    const probes = { 'pod-http': [refused(8080, 'refused')] } as never;
    expect(findings(check, [named(8080), declaring('pay-a', undefined)], { probes })).toEqual([]);
  });

  it('not where it listens though nothing is declared', () => {
    const probes = { sockets: [sockets(8080)] } as never;
    expect(findings(check, [named(8080), declaring('pay-a', undefined)], { probes })).toEqual([]);
  });
});

describe('before there are pods', () => {
  const making = (name: string, more: object = {}, kind?: 'DaemonSet'): KubeObject =>
    workload('pay', {
      pods: PAY,
      containers: [{ name: 'app', ports: [{ name, containerPort: 8080, ...more }] }],
      ...(kind === undefined ? {} : { kind, replicas: 0 }),
    });

  it.each<[string, KubeObject, string]>([
    ['has another name', making('htp'), 'they declare htp'],
    ['has it for another protocol', making('http', { protocol: 'UDP' }), 'declares it for UDP'],
  ])('fires where the template %s, and says that it has no effect yet', (_, made, words) => {
    const finding = theFinding(check, [named('http'), made, ingress('front', 'pay')]);
    expect(finding).toMatchObject({
      key: 'service/target-port:Service/shop/pay',
      severity: 'critical',
      confidence: 'likely',
      latent: true,
    });
    expect(finding.summary).toContain('will lead nowhere once pods are behind it');
    expect(finding.summary).toContain(words);
    expect(pointers(finding)[1]).toContain('Deployment/pay spec.template.spec.containers[].ports');
  });

  it.each<[string, KubeObject[]]>([
    ['a template that declares it', [making('http')]],
    ['a number', [making('htp'), named(8080)]],
    ['a sidecar of the template that declares it', [sidecar()]],
    ['a sidecar that only the pods have, which are about to be replaced', [making('htp'), going()]],
    ['a workload parked at zero that nobody asks for', [parked()]],
    [
      'a DaemonSet that no node is meant for',
      [{ ...making('htp', {}, 'DaemonSet'), status: { desiredNumberScheduled: 0 } }],
    ],
  ])('is quiet on %s', (_, objects) => {
    const given = objects.some(({ kind }) => kind === 'Service') ? objects : [named('http'), ...objects];
    expect(findings(check, given)).toEqual([]);
  });

  function going(): KubeObject {
    return pod('pay-a', {
      labels: PAY,
      deleted: '14:30:00',
      spec: {
        containers: [{ name: 'app' }, { name: 'mesh', ports: [{ name: 'http', containerPort: 15001 }] }],
      },
    });
  }
  function sidecar(): KubeObject {
    const made = making('htp');
    const { template } = made['spec'] as { template: { metadata: object; spec: object } };
    const initContainers = [
      { name: 'mesh', restartPolicy: 'Always', ports: [{ name: 'http', containerPort: 15001 }] },
    ];
    const spec = { ...template.spec, initContainers };
    return { ...made, spec: { replicas: 1, template: { ...template, spec } } };
  }
  function parked(): KubeObject {
    return { ...making('htp'), spec: { ...(making('htp')['spec'] as object), replicas: 0 } };
  }
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a declared name', [named('http'), declaring('pay-a', 'http'), slice('pay', [endpoint('pay-a')])]],
    ['a number that nobody declares', [named(8080), declaring('pay-a', undefined)]],
    [
      'a cache of the same labels that has nothing to do with that port',
      [
        named('http'),
        declaring('pay-a', 'http'),
        pod('redis-0', {
          labels: PAY,
          owner: ['StatefulSet', 'redis'],
          app: { ports: [{ name: 'redis', containerPort: 6379 }] },
        }),
        workload('redis', { kind: 'StatefulSet', pods: PAY }),
      ],
    ],
    ['no pods', [named('http')]],
    [
      'a sidecar that declares it',
      [
        named('proxy'),
        pod('pay-a', {
          labels: PAY,
          spec: {
            initContainers: [
              { name: 'mesh', restartPolicy: 'Always', ports: [{ name: 'proxy', containerPort: 15001 }] },
            ],
          },
        }),
      ],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [named('http')], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });

  it.each([
    ['that no probe met', {}, 1],
    ['that the kubelet asks, of a ready pod', { app: { readinessProbe: { httpGet: { port: 8080 } } } }, 0],
    ['of a pod that is not ready: that one has to be asked about', { ready: false }, 0],
  ])('a number %s', (_, more, unknown) => {
    const labels = { app: 'pay' };
    const objects = [
      service('pay', labels, { spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] } }),
      slice('pay', [endpoint('pay-a')]),
      pod('pay-a', { labels, ...more }),
    ];
    const verdict = verdictOf(check, { objects });
    expect([verdict.findings, verdict.unknown.length]).toEqual([[], unknown]);
  });

  it.each([
    ['ok', 'it answers within the pod'],
    ['refused', 'it is refused within the pod'],
  ])('and says what a port-forward told: %s', (outcome, words) => {
    const labels = { app: 'pay' };
    const objects = [service('pay', labels), slice('pay', [endpoint('pay-a')]), pod('pay-a', { labels })];
    const result = { at: '2026-05-01T14:30:05Z', from: 'pod/shop/pay-a', to: 'pod/shop/pay-a:8080', ms: 3 };
    const probes = { 'port-forward': [{ ...result, outcome, detail: { port: 8080 } }] } as never;
    const [unknown] = verdictOf(check, { objects, probes }).unknown;
    expect(unknown?.because).toBe('not-captured:probe:sockets');
    expect(unknown?.detail).toContain(words);
  });
});

describe('of two workloads that the selector takes in', () => {
  const table = (name: string, port: number): object => ({
    probe: 'sockets',
    at: '2026-05-01T14:30:05Z',
    from: `pod/shop/${name}`,
    to: `pod/shop/${name}`,
    outcome: 'ok',
    ms: 3,
    detail: { container: 'app', listening: [{ protocol: 'tcp', family: 4, address: '0.0.0.0', port }] },
  });
  const objects = [
    named(8080),
    ...['web', 'cache'].flatMap((name) => [
      workload(name, { kind: 'StatefulSet', pods: PAY }),
      pod(`${name}-0`, { labels: { name, ...PAY }, owner: ['StatefulSet', name] }),
    ]),
  ];
  const judged = (web: number, cache: number): string[] =>
    findings(check, objects, {
      probes: { sockets: [table('web-0', web), table('cache-0', cache)] } as never,
    }).flatMap(({ involves }) => involves.map(({ name }) => name));

  it('is quiet where one serves the port: the selector is at fault', () => {
    expect(judged(8080, 6379)).toEqual([]);
  });

  it('fires where none does', () => {
    expect(judged(3000, 6379)).toEqual(['cache-0', 'web-0']);
  });

  it.each([
    ['one serves', 'ok', []],
    ['none does', 'refused', ['cache-0', 'web-0']],
  ])('by what is refused inside: %s', (_, web, struck) => {
    const forward = (name: string, port: number, outcome: string): object => ({
      probe: 'port-forward',
      at: '2026-05-01T14:30:05Z',
      from: `pod/shop/${name}`,
      to: `pod/shop/${name}:${port}`,
      outcome,
      ms: 3,
      detail: { port },
    });
    const declared = ['web', 'cache'].flatMap((name) => [
      workload(name, { kind: 'StatefulSet', pods: PAY }),
      pod(`${name}-0`, {
        labels: { name, ...PAY },
        owner: ['StatefulSet', name],
        app: { ports: [{ containerPort: name === 'web' ? 3000 : 6379 }] },
      }),
    ]);
    const probes = {
      'port-forward': [
        forward('web-0', 8080, web),
        forward('web-0', 3000, 'ok'),
        forward('cache-0', 8080, 'refused'),
        forward('cache-0', 6379, 'ok'),
      ],
    } as never;
    const found = findings(check, [named(8080), ...declared], { probes });
    expect(found.flatMap(({ involves }) => involves.map(({ name }) => name))).toEqual(struck);
  });
});
