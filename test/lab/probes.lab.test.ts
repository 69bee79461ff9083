/** Each outcome of the probes through the API server, on pods made to be so. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ProbeResult } from '../../src/bundle/format.ts';
import { makeUser } from './breaking/users.ts';
import { resultsIn } from './content.ts';
import { test } from './fixture.ts';
import type { Kube } from './kube.ts';
import { field, items } from './values.ts';

interface Made {
  readonly args: readonly string[];
  readonly command?: readonly string[];
  readonly image?: string;
  readonly check?: unknown;
  readonly ports?: readonly unknown[];
  readonly hostNetwork?: boolean;
  readonly env?: readonly unknown[];
}

const http = (path: string, port: number, scheme = 'HTTP'): unknown => ({
  httpGet: { path, port, scheme },
  failureThreshold: 1000,
  timeoutSeconds: 10,
});

/** What each pod is, by name. */
const PODS: Readonly<Record<string, Made>> = {
  healthy: {
    args: ['netexec'],
    check: http('/hostname', 8080),
    ports: [{ containerPort: 8080, name: 'http' }],
  },
  loopback: {
    image: 'lab/busybox:1',
    command: ['httpd', '-f', '-p', '127.0.0.1:8080'],
    args: [],
    check: http('/', 8080),
  },
  'own-address': {
    image: 'lab/busybox:1',
    command: ['sh', '-c', 'exec httpd -f -p "$POD_IP:8080"'],
    args: [],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    check: http('/', 8080),
  },
  nothing: { image: 'lab/busybox:1', command: ['sleep', '3600'], args: [], check: http('/', 8080) },
  // Its log is what it was sent, and a line a connection.
  listener: {
    image: 'lab/busybox:1',
    command: ['sh', '-c', 'while true; do nc -l -p 7070 </dev/null; echo; echo closed; done'],
    args: [],
    ports: [{ containerPort: 7070 }],
  },
  elsewhere: { args: ['netexec', '--http-port=9090'], check: http('/hostname', 8080) },
  'not-found': { args: ['netexec'], check: http('/echo?msg=no&code=404', 8080) },
  unauthorized: { args: ['netexec'], check: http('/echo?msg=no&code=401', 8080) },
  broken: { args: ['netexec'], check: http('/echo?msg=no&code=503', 8080) },
  'tls-asked': { args: ['netexec'], check: http('/hostname', 8080, 'HTTPS') },
  slow: { args: ['netexec'], check: http('/shell?cmd=sleep%203', 8080) },
  silent: { args: ['netexec'], check: http('/shell?cmd=sleep%2020', 8080) },
  undeclared: { args: ['netexec'], ports: [{ containerPort: 8080 }] },
  udp: { args: ['netexec', '--udp-port=8081'], ports: [{ containerPort: 8081, protocol: 'UDP' }] },
  crashing: {
    image: 'lab/busybox:1',
    command: ['sh', '-c', 'exit 1'],
    args: [],
    check: http('/', 8080),
  },
  node: {
    args: ['netexec', '--http-port=18099', '--udp-port=18099'],
    check: http('/hostname', 18099),
    hostNetwork: true,
  },
};

function podOf(namespace: string, name: string, made: Made) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name, test: 'probes' } },
    spec: {
      terminationGracePeriodSeconds: 0,
      ...(made.hostNetwork === true ? { hostNetwork: true } : {}),
      containers: [
        {
          name: 'main',
          image: made.image ?? 'lab/agnhost:1',
          imagePullPolicy: 'Never',
          args: made.args,
          ...(made.command === undefined ? {} : { command: made.command }),
          ...(made.check === undefined ? {} : { readinessProbe: made.check }),
          ...(made.ports === undefined ? {} : { ports: made.ports }),
          ...(made.env === undefined ? {} : { env: made.env }),
        },
      ],
    },
  };
}

async function makePods(kube: Kube, namespace: string): Promise<void> {
  await kube.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'healthy', namespace },
    spec: { selector: { app: 'healthy' }, ports: [{ port: 80, targetPort: 'http' }] },
  });
  await kube.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'all', namespace },
    spec: { clusterIP: 'None', selector: { test: 'probes' }, ports: [{ port: 8080 }] },
  });
  for (const [name, made] of Object.entries(PODS)) await kube.create(podOf(namespace, name, made));
  for (const name of Object.keys(PODS)) {
    await kube.waitFor({ kind: 'Pod', name, namespace }, (pod) => {
      const status = JSON.stringify(pod);
      return name === 'crashing'
        ? status.includes('"terminated"')
        : status.includes('"running"') && status.includes('"podIP"');
    });
  }
  await kube.waitFor({ kind: 'Pod', name: 'healthy', namespace }, (pod) =>
    items(pod, 'status.conditions').some(
      (one) => field(one, 'type') === 'Ready' && field(one, 'status') === 'True',
    ),
  );
}

function outcomes(results: readonly ProbeResult[], namespace: string): Record<string, string> {
  return Object.fromEntries(
    results
      .filter(({ to }) => to.startsWith(`pod/${namespace}/`))
      .map(({ to, outcome }) => [to.slice(`pod/${namespace}/`.length), outcome]),
  );
}

describe('probes through the API server', () => {
  test('tell what each pod is', async ({ kube, namespace, dir, cli }) => {
    await makePods(kube, namespace);
    const file = join(dir, 'x.tar.gz');
    const { code } = await cli(['capture', '-n', namespace, '-o', file, '--quiet', '--timeout', '180s']);
    expect(code).toBe(0);
    const asked = resultsIn(file, 'pod-http');
    expect(outcomes(asked, namespace)).toEqual({
      'healthy:8080': 'ok',
      'loopback:8080': 'refused',
      // busybox has nothing to serve: a 404 is an answer.
      'own-address:8080': 'http-error',
      'nothing:8080': 'refused',
      'listener:7070': 'not-probed',
      'listener:8080': 'not-probed',
      'elsewhere:8080': 'refused',
      'not-found:8080': 'http-error',
      'unauthorized:8080': 'http-error',
      'broken:8080': 'http-error',
      'tls-asked:8080': 'tls-mismatch',
      'slow:8080': 'ok',
      'silent:8080': 'timeout',
      'undeclared:8080': 'not-probed',
      'udp:8081': 'not-probed',
      'udp:8080': 'not-probed',
      'crashing:8080': 'not-probed',
      'node:18099': 'ok',
      'node:8080': 'not-probed',
    });
    const of = (name: string): ProbeResult | undefined =>
      asked.find(({ to }) => to.startsWith(`pod/${namespace}/${name}:`));
    expect(of('not-found')?.detail).toMatchObject({ status: 404, path: '/echo?msg=no&code=404' });
    expect(of('unauthorized')?.detail).toMatchObject({ status: 401 });
    // The application's own 503 is not the API server's, which says that it reached nothing.
    expect(of('broken')?.detail).toMatchObject({ status: 503, text: 'no' });
    expect(of('slow')?.ms).toBeGreaterThan(2900);
    const dialled = resultsIn(file, 'port-forward');
    expect(outcomes(dialled, namespace)).toMatchObject({
      'healthy:8080': 'ok',
      'loopback:8080': 'ok',
      'own-address:8080': 'refused',
      'nothing:8080': 'refused',
      'listener:7070': 'ok',
      'elsewhere:8080': 'refused',
      'silent:8080': 'ok',
      'tls-asked:8080': 'ok',
      'undeclared:8080': 'ok',
      'udp:8081': 'not-probed',
      'crashing:8080': 'not-probed',
      'node:18099': 'ok',
    });
    expect(dialled.find(({ to }) => to === `pod/${namespace}/node:18099`)?.detail).toMatchObject({
      hostNetwork: true,
    });
    // To a port that declares nothing came connections, and not a byte.
    const heard = (await kube.logs(namespace, 'listener')).split('\n').filter((line) => line !== '');
    expect([...new Set(heard)]).toEqual(['closed']);
    const services = resultsIn(file, 'service-http').filter(({ to }) => to.includes(`/${namespace}/`));
    expect(services.map(({ to, outcome }) => [to, outcome])).toContainEqual([
      `service/${namespace}/healthy:80`,
      'ok',
    ]);
  });

  test('compare the answers of every CoreDNS replica with the API', async ({ kube, namespace, dir, cli }) => {
    await kube.create(podOf(namespace, 'healthy', PODS['healthy'] ?? { args: [] }));
    await kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'healthy', namespace },
      spec: { selector: { app: 'healthy' }, ports: [{ port: 80, targetPort: 'http' }] },
    });
    const file = join(dir, 'x.tar.gz');
    await cli(['capture', '-n', namespace, 'svc/healthy', '-o', file, '--quiet', '--timeout', '180s']);
    const results = resultsIn(file, 'dns');
    const replicas = new Set(results.map(({ from }) => from));
    expect(replicas.size).toBe(2);
    const purposes = new Map(results.map(({ detail }) => [detail?.['purpose'], detail]));
    expect(purposes.get('absent')).toMatchObject({ rcode: 'NXDOMAIN', agrees: true });
    expect(purposes.get('outside')).toMatchObject({ rcode: 'NOERROR' });
    expect(purposes.get('kubernetes')).toMatchObject({ rcode: 'NOERROR' });
    const mine = results.filter(({ to }) => to.startsWith(`dns/healthy.${namespace}.svc.cluster.local@`));
    expect(mine).toHaveLength(2);
    for (const { outcome, detail, ms } of mine) {
      expect(outcome).toBe('ok');
      expect(detail).toMatchObject({ agrees: true });
      expect(ms).toBeGreaterThan(0);
    }
  });

  test('say once what is forbidden', async ({ kube, kubeconfig, namespace, dir, cli, diagnose }) => {
    await kube.create(podOf(namespace, 'healthy', PODS['healthy'] ?? { args: [] }));
    await kube.create(podOf(namespace, 'undeclared', PODS['healthy'] ?? { args: [] }));
    await kube.waitFor({ kind: 'Pod', name: 'undeclared', namespace }, (pod) =>
      JSON.stringify(pod).includes('"running"'),
    );
    const rules = [
      {
        apiGroups: ['', 'discovery.k8s.io'],
        resources: ['pods', 'services', 'endpointslices'],
        verbs: ['list'],
      },
    ];
    const poor = await makeUser(kube, kubeconfig, dir, namespace, { rules });
    const file = join(dir, 'poor.tar.gz');
    await cli(['capture', '--kubeconfig', poor, '-n', namespace, '-o', file, '--quiet']);
    const { verdict } = await diagnose(file);
    const gaps = verdict.gaps.filter(({ evidence }) => evidence === 'probe');
    expect(gaps.map(({ key, reason }) => [key, reason])).toEqual(
      expect.arrayContaining([
        [`probe:pod-http@${namespace}`, 'forbidden'],
        [`probe:port-forward@${namespace}`, 'forbidden'],
      ]),
    );
    expect(gaps.filter(({ key }) => key.startsWith('probe:port-forward'))).toHaveLength(1);
  });
});
