/** Looks from inside the pods and from outside the cluster: sockets, resolver, connects, debug pods, published addresses. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ProbeResult } from '../../src/bundle/format.ts';
import { makeUser } from './breaking/users.ts';
import { contentOf, resultsIn } from './content.ts';
import { test } from './fixture.ts';
import { hasCondition, type Kube, text } from './kube.ts';
import { items } from './values.ts';

const BUSYBOX = { image: 'lab/busybox:1', imagePullPolicy: 'Never' };
const AGNHOST = { image: 'lab/agnhost:1', imagePullPolicy: 'Never' };

interface Made {
  readonly container: object;
  readonly more?: object;
}

/** A container without a single program beside its own, as a distroless image is: nothing in /bin, busybox called `sleep`. */
const distroless: Made = {
  container: {
    ...BUSYBOX,
    command: ['/app/sleep', '3600'],
    volumeMounts: [
      { name: 'app', mountPath: '/app' },
      { name: 'nothing', mountPath: '/bin' },
    ],
  },
  more: {
    initContainers: [
      {
        ...BUSYBOX,
        name: 'copy',
        command: ['cp', '/bin/busybox', '/app/sleep'],
        volumeMounts: [{ name: 'app', mountPath: '/app' }],
      },
    ],
    volumes: [
      { name: 'app', emptyDir: {} },
      { name: 'nothing', emptyDir: {} },
    ],
  },
};

const PODS: Readonly<Record<string, Made>> = {
  loopback: { container: { ...BUSYBOX, command: ['httpd', '-f', '-p', '127.0.0.1:8080'] } },
  open: { container: { ...AGNHOST, args: ['netexec', '--http-port=8080', '--udp-port=8081'] } },
  'own-address': {
    container: {
      ...BUSYBOX,
      command: ['sh', '-c', 'exec httpd -f -p "$POD_IP:8080"'],
      env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    },
  },
  distroless,
  client: {
    container: {
      ...BUSYBOX,
      command: ['sleep', '3600'],
      env: [
        { name: 'OPEN_URL', value: 'http://open:80' },
        { name: 'LOOPBACK_URL', value: 'http://loopback:80' },
      ],
    },
  },
};

async function makePods(kube: Kube, namespace: string): Promise<void> {
  for (const [name, { container, more }] of Object.entries(PODS)) {
    await kube.apply(
      [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, labels: { app: name } },
          spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', ...container }], ...more },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name },
          spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ],
      { namespace },
    );
  }
  for (const name of Object.keys(PODS)) {
    await kube.waitFor({ kind: 'Pod', namespace, name }, (pod) => hasCondition(pod, 'Ready'), {
      timeout: 90_000,
    });
  }
}

const listening = (results: readonly ProbeResult[], pod: string): unknown =>
  results.find(({ to, from }) => (to ?? from)?.includes(`/${pod}`))?.detail?.['listening'];

describe('--allow-exec', () => {
  test('tells what listens, what resolves and what can be reached from inside', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    await makePods(kube, namespace);
    const file = join(dir, 'exec.tar.gz');
    const { code, stderr } = await cli(['capture', '-n', namespace, '-o', file, '--allow-exec']);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('ephemeral')]);

    const sockets = resultsIn(file, 'sockets');
    expect(listening(sockets, 'loopback')).toEqual([
      { protocol: 'tcp', family: 4, address: '127.0.0.1', port: 8080, waiting: 0 },
    ]);
    const address = text(await kube.get({ kind: 'Pod', namespace, name: 'own-address' }), 'status.podIP');
    expect(listening(sockets, 'own-address')).toEqual([
      { protocol: 'tcp', family: 4, address, port: 8080, waiting: 0 },
    ]);
    // Go listens on IPv6 for both families.
    expect(listening(sockets, 'open')).toEqual(
      expect.arrayContaining([
        { protocol: 'tcp', family: 6, address: '::', port: 8080, waiting: 0 },
        { protocol: 'udp', family: 6, address: '::', port: 8081 },
      ]),
    );

    const resolver = resultsIn(file, 'resolver').find(({ to, from }) => (to ?? from)?.includes('/client'));
    expect(resolver?.detail).toMatchObject({
      nameservers: ['10.96.0.10'],
      search: expect.arrayContaining([`${namespace}.svc.cluster.local`]),
      options: expect.arrayContaining(['ndots:5']),
    });

    const connects = resultsIn(file, 'connect').filter(({ from }) => from === `pod/${namespace}/client`);
    const outcomes = Object.fromEntries(
      connects.map(({ detail, outcome }) => [
        `${String(detail?.['host'])}:${String(detail?.['port'])}`,
        outcome,
      ]),
    );
    expect(outcomes).toMatchObject({ 'open:80': 'ok', 'loopback:80': 'refused' });
    // Each says which program of the image was used.
    for (const { detail } of [...sockets, ...connects]) expect(detail?.['way']).toMatch(/\w/);

    const { manifest } = await contentOf(file);
    const missing = manifest?.gaps.filter(({ key }) => /^probe:(?:sockets|resolver|connect)/.test(key)) ?? [];
    expect(missing.map(({ reason, detail, subject }) => [reason, detail, subject['pod']])).toEqual(
      expect.arrayContaining([['unavailable', expect.stringContaining('distroless'), 'distroless']]),
    );
    expect(missing.every(({ subject }) => subject['pod'] === 'distroless')).toBe(true);
  });

  test('without the right to exec is one gap a probe, said before it starts, and nothing is tried', async ({
    kube,
    kubeconfig,
    namespace,
    dir,
    cli,
  }) => {
    await makePods(kube, namespace);
    const reader = await makeUser(kube, kubeconfig, dir, namespace, {
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] }],
    });
    const file = join(dir, 'reader.tar.gz');
    const { code, stderr } = await cli([
      'capture',
      '--kubeconfig',
      reader,
      '-n',
      namespace,
      '-o',
      file,
      '--allow-debug-pod',
      'lab/busybox:1',
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('exec')]);
    const { manifest } = await contentOf(file);
    for (const probe of ['sockets', 'resolver', 'connect']) {
      const own = manifest?.gaps.filter(({ key }) => key.startsWith(`probe:${probe}`)) ?? [];
      expect([probe, own.map(({ reason }) => reason)]).toEqual([probe, ['forbidden']]);
    }
    for (const pod of await kube.list({ kind: 'Pod', namespace }))
      expect(items(pod, 'spec.ephemeralContainers')).toEqual([]);
  });
});

describe('--allow-debug-pod', () => {
  test('looks into a pod without any tool, and says before that the container stays', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    await makePods(kube, namespace);
    const file = join(dir, 'debug.tar.gz');
    const { stderr } = await cli([
      'capture',
      '-n',
      namespace,
      '-o',
      file,
      '--allow-debug-pod',
      'lab/busybox:1',
    ]);
    expect(stderr).toContain(
      `Putting an ephemeral container of lab/busybox:1 into pod ${namespace}/distroless: it ends by itself, but stays`,
    );
    const own = resultsIn(file, 'sockets').find(({ to, from }) => (to ?? from)?.includes('/distroless'));
    expect(own?.detail?.['way']).toMatch(/^debug-pod: /);
    expect(own?.detail?.['listening']).toEqual([]);
    for (const pod of await kube.list({ kind: 'Pod', namespace })) {
      const name = text(pod, 'metadata.name');
      expect([name, items(pod, 'spec.ephemeralContainers').length]).toEqual([
        name,
        name === 'distroless' ? 1 : 0,
      ]);
    }
  });

  test('of an image that is not there is a gap with the kubelet’s words', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    await makePods(kube, namespace);
    const file = join(dir, 'no-image.tar.gz');
    await cli(['capture', '-n', namespace, '-o', file, '--allow-debug-pod', 'lab/nowhere:1']);
    const { manifest } = await contentOf(file);
    const own = manifest?.gaps.filter(({ key }) => key.startsWith('probe:sockets')) ?? [];
    expect(own.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^the ephemeral container of lab\/nowhere:1 does not run(?: yet)?: \w+/),
    ]);
  });
});

const EDGE = '127.0.0.7';

/** A key and a certificate for `shop.example` that nobody trusts. */
function selfSigned(dir: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-days', '2', '-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example'];
  execFileSync('openssl', [...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

async function open(server: Server, port = 0, address = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function edgeSteps(file: string): string[] {
  return resultsIn(file, 'edge').map(({ outcome, detail }) =>
    [detail?.['step'], `${String(detail?.['address'])}:${String(detail?.['port'])}`, outcome].join(' '),
  );
}

describe('the edge', () => {
  test('is looked at from here: every published address, open and refused, without a byte to a load balancer’s port; not with --no-edge', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end('hello');
    });
    try {
      const port = await open(server);
      const ports = [
        { name: 'http', port, appProtocol: 'http' },
        { name: 'closed', port: 9 },
      ];
      await kube.apply(
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'front' },
          spec: { type: 'LoadBalancer', ports },
        },
        { namespace },
      );
      await kube.patch(
        { kind: 'Service', namespace, name: 'front' },
        { status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }, { ip: '127.0.0.2' }] } } },
        'merge',
        'status',
      );
      const file = join(dir, 'edge.tar.gz');
      await cli(['capture', '-n', namespace, '-o', file, '--timeout', '180s']);
      expect(edgeSteps(file)).toEqual(
        expect.arrayContaining([
          `tcp 127.0.0.1:${port} ok`,
          'tcp 127.0.0.1:9 refused',
          `tcp 127.0.0.2:${port} refused`,
          'tcp 127.0.0.2:9 refused',
        ]),
      );
      // Nothing declares what may be sent there.
      expect(asked).toEqual([]);
      await cli(['capture', '-n', namespace, '-o', join(dir, 'no-edge.tar.gz'), '--no-edge', '--no-logs']);
      expect(asked).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('of an Ingress is asked by name: TLS with the whole chain, HTTP with Host', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    const asked: string[] = [];
    const answer: RequestListener = (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.writeHead(503).end();
    };
    const secure = createHttps(selfSigned(dir), answer);
    const names: unknown[] = [];
    secure.on('secureConnection', (socket) => names.push(socket.servername));
    const plain = createTcp((socket) => socket.on('error', () => undefined).resume());
    try {
      await open(secure, 443, EDGE);
      await open(plain, 80, EDGE);
      const backend = { service: { name: 'web', port: { number: 80 } } };
      await kube.apply(
        {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'front' },
          spec: {
            tls: [{ hosts: ['shop.example'], secretName: 'shop' }],
            rules: [
              { host: 'shop.example', http: { paths: [{ path: '/pay', pathType: 'Prefix', backend }] } },
            ],
          },
        },
        { namespace },
      );
      await kube.patch(
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name: 'front' },
        { status: { loadBalancer: { ingress: [{ ip: EDGE }] } } },
        'merge',
        'status',
      );
      const file = join(dir, 'ingress.tar.gz');
      await cli(['capture', '-n', namespace, '-o', file, '--timeout', '180s']);
      expect(edgeSteps(file)).toEqual(
        expect.arrayContaining([
          `tls ${EDGE}:443 ok`,
          `http ${EDGE}:443 http-error`,
          `http ${EDGE}:80 timeout`,
        ]),
      );
      const tls = resultsIn(file, 'edge').find(({ detail }) => detail?.['step'] === 'tls');
      expect(tls?.detail).toMatchObject({ trusted: false, nameMatches: true, host: 'shop.example' });
      expect(tls?.detail?.['chain']).toHaveLength(1);
      expect(names).toContain('shop.example');
      expect(new Set(asked.map((one) => one.split(' ')[2]))).toEqual(new Set(['shop.example']));
    } finally {
      secure.close();
      plain.close();
    }
  });
});
