import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import {
  connectDetailSchema,
  resolverDetailSchema,
  socketsDetailSchema,
} from '../../../src/bundle/probes.ts';
import { READ_WAYS } from '../../../capture/inside/ways.ts';
import type { Probe } from '../../../capture/probe.ts';
import connect from '../../../capture/probes/connect.ts';
import resolver from '../../../capture/probes/resolver.ts';
import sockets from '../../../capture/probes/sockets.ts';
import type { Scope } from '../../../capture/collector.ts';
import { type FakeApiServer, json, pagedList, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';
import { type ExecCall, type FakeExec, type Ran, serveExec } from '../../support/fake-exec.ts';

const TCP =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n';
const FILES = `nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5\n# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n${TCP}`;

const pod = (name: string, more: { image?: string; env?: unknown[]; ip?: string } = {}) => ({
  metadata: { namespace: 'shop', name, uid: name },
  spec: { nodeName: 'n', containers: [{ name: 'app', image: more.image ?? 'app:1', env: more.env ?? [] }] },
  status: {
    phase: 'Running',
    podIP: more.ip ?? '10.244.0.9',
    containerStatuses: [{ name: 'app', state: { running: {} } }],
  },
});

describe('a look inside', () => {
  let fake: FakeApiServer;
  beforeEach(async () => {
    fake = await startFakeApiServer({
      '/api/v1/services': pagedList('ServiceList', [
        {
          metadata: { namespace: 'shop', name: 'payment' },
          spec: { clusterIP: '10.96.0.17', ports: [{ port: 80, targetPort: 8080 }] },
        },
      ]),
      '/apis/discovery.k8s.io/v1/endpointslices': pagedList('EndpointSliceList', [
        {
          metadata: {
            namespace: 'shop',
            name: 'payment-1',
            labels: { 'kubernetes.io/service-name': 'payment' },
          },
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
          endpoints: ['a', 'b'].map((name) => ({
            addresses: ['10.244.0.9'],
            conditions: { ready: name === 'a' },
            targetRef: { kind: 'Pod', name },
          })),
        },
      ]),
      '/api/v1/configmaps': pagedList('ConfigMapList', []),
      '/api/v1/pods': pagedList('PodList', [
        pod('a'),
        pod('b'),
        pod('client', { image: 'client:1', env: [{ name: 'URL', value: 'http://payment/x' }] }),
      ]),
    });
  });
  afterEach(async () => await fake.close());

  const run = async (
    probes: readonly Probe[],
    program: (call: ExecCall) => Ran | undefined,
    scope: Partial<Scope> = { allowExec: true },
  ) => {
    const served: FakeExec = serveExec(fake, program);
    const { context, gaps, close } = await fakeContext(fake.url, { scope });
    const results: ProbeResult[] = [];
    for (const probe of probes) for await (const result of probe.run(context)) results.push(result);
    close();
    return { results, gaps, calls: served.calls };
  };
  const cat = ({ command }: ExecCall): Ran | undefined =>
    command[0] === 'cat' ? { stdout: FILES, stderr: 'cat: /proc/net/tcp6', code: 1 } : undefined;

  it('reads each pod once for both probes, unready ones first, and says by what way', async () => {
    const { results, gaps, calls } = await run([sockets, resolver], cat);
    expect(gaps).toEqual([]);
    expect(calls.map((call) => call.pod)).toEqual(['shop/b', 'shop/a', 'shop/client']);
    expect(results[0]).toMatchObject({
      from: 'pod/shop/b',
      outcome: 'ok',
      detail: {
        way: 'cat',
        listening: [{ protocol: 'tcp', family: 4, address: '127.0.0.1', port: 8080 }],
      },
    });
    expect(results[3]?.detail).toMatchObject({
      nameservers: ['10.96.0.10'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local'],
      options: ['ndots:5'],
      hosts: expect.stringMatching(/^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost/),
    });
    expect(() => socketsDetailSchema.parse(results[0]?.detail)).not.toThrow();
    expect(() => resolverDetailSchema.parse(results[3]?.detail)).not.toThrow();
  });

  it('is had once more, seconds later, where connections wait to be accepted', async () => {
    const waits = TCP.replace('0A 00000000:00000000', '0A 00000000:00000002');
    const { results, calls } = await run([sockets], ({ command, pod: name }) =>
      command[0] === 'cat' ? { stdout: name === 'shop/a' ? waits : TCP } : undefined,
    );
    expect(calls.map((call) => call.pod)).toEqual(['shop/b', 'shop/a', 'shop/client', 'shop/a']);
    expect(results[3]).toMatchObject({ from: 'pod/shop/a', detail: { listening: [{ waiting: 2 }] } });
    expect(Date.parse(results[3]?.at ?? '') - Date.parse(results[1]?.at ?? '')).toBeGreaterThan(2500);
  });

  it('takes another way where there is no cat', async () => {
    const { results } = await run([sockets], ({ command }) =>
      command[0] === 'sh' ? { stdout: FILES } : undefined,
    );
    expect(results.map(({ detail }) => (detail as { way: string }).way)).toEqual(['sh', 'sh', 'sh']);
  });

  it('in images without any tool is a gap once an image, found out once', async () => {
    const { results, gaps, calls } = await run([sockets], () => undefined);
    expect(results).toEqual([]);
    expect(new Set(gaps.map(({ key }) => key))).toEqual(
      new Set(['probe:sockets/image:app:1', 'probe:sockets/image:client:1']),
    );
    expect(gaps[0]?.detail).toContain('distroless');
    expect(calls.length).toBeLessThanOrEqual(READ_WAYS.length * 3);
  });

  it('that is forbidden is one gap', async () => {
    fake.server.on('upgrade', (_request, socket) => {
      const body = JSON.stringify({ kind: 'Status', message: 'pods "a" is forbidden', code: 403 });
      socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const { context, gaps, close } = await fakeContext(fake.url, { scope: { allowExec: true } });
    const results: ProbeResult[] = [];
    for await (const result of sockets.run(context)) results.push(result);
    close();
    expect(results).toEqual([]);
    expect(new Set(gaps.map(({ key, reason }) => `${key} ${reason}`))).toEqual(
      new Set(['probe:sockets@shop forbidden']),
    );
  });

  it('is never had without --allow-exec', async () => {
    const { results, calls } = await run([sockets, resolver, connect], cat, {});
    expect(results).toEqual([]);
    expect(calls).toEqual([]);
    expect(fake.requests).toEqual([]);
  });

  it('connects from the client to the name, the ClusterIP and the pods behind it', async () => {
    const { results, gaps } = await run([connect], ({ command }) =>
      command[0] !== 'nc' || command.includes('-z')
        ? undefined
        : command.includes('10.96.0.17')
          ? { code: 1, stderr: 'nc: timed out' }
          : { code: 0 },
    );
    expect(gaps).toEqual([]);
    for (const { detail } of results) expect(() => connectDetailSchema.parse(detail)).not.toThrow();
    expect(
      results.map(({ from, to, outcome, detail }) => [from, to, outcome, (detail as { host: string }).host]),
    ).toEqual([
      ['pod/shop/client', 'service/shop/payment:80', 'ok', 'payment'],
      ['pod/shop/client', 'service/shop/payment:80', 'timeout', '10.96.0.17'],
      ['pod/shop/client', 'pod/shop/b:8080', 'ok', '10.244.0.9'],
      ['pod/shop/client', 'pod/shop/a:8080', 'ok', '10.244.0.9'],
    ]);
  });

  it('puts in an ephemeral container only when told to, and tells before', async () => {
    const events: string[] = [];
    let name = '';
    fake.on('/api/v1/namespaces/shop/pods/client', (request, response, count) =>
      json({
        spec: {},
        status: { ephemeralContainerStatuses: count === 0 ? [] : [{ name, state: { running: {} } }] },
      })(request, response, count),
    );
    fake.on('/api/v1/namespaces/shop/pods/client/ephemeralcontainers', (request, response, count) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        events.push(`${request.method} ${request.headers['content-type']}`);
        name = /inquest-debug-\w+/.exec(body)?.[0] ?? '';
        json({})(request, response, count);
      });
    });
    serveExec(fake, ({ command, container }) =>
      container === name && command[0] === 'nc' && !command.includes('-z') ? { code: 0 } : undefined,
    );
    const { context, gaps, close } = await fakeContext(fake.url, {
      scope: { allowExec: true, debugImage: 'busybox:1' },
    });
    const results: ProbeResult[] = [];
    const warned = { ...context, warn: (line: string) => void events.push(line) };
    for await (const result of connect.run(warned)) results.push(result);
    close();
    expect(gaps).toEqual([]);
    expect(results).toHaveLength(4);
    expect(results[0]?.detail).toMatchObject({ way: 'debug-pod: nc -e true', container: name });
    expect(events).toEqual([
      expect.stringContaining('ephemeral container of busybox:1 into pod shop/client'),
      'PATCH application/strategic-merge-patch+json',
    ]);
  });

  it('by an image that cannot be pulled is a gap', async () => {
    fake.on('/api/v1/namespaces/shop/pods/client', (request, response, count) => {
      const waiting = { reason: 'ErrImageNeverPull', message: 'no such image' };
      const status = { ephemeralContainerStatuses: [{ name: last, state: { waiting } }] };
      json({ spec: {}, status })(request, response, count);
    });
    let last = '';
    fake.on('/api/v1/namespaces/shop/pods/client/ephemeralcontainers', (request, response, count) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        last = /inquest-debug-\w+/.exec(body)?.[0] ?? '';
        json({})(request, response, count);
      });
    });
    serveExec(fake, () => undefined);
    const { context, gaps, close } = await fakeContext(fake.url, {
      scope: { allowExec: true, debugImage: 'no/such:1' },
    });
    const results: ProbeResult[] = [];
    for await (const result of connect.run(context)) results.push(result);
    close();
    expect(results).toEqual([]);
    expect(gaps[0]?.detail).toContain('ErrImageNeverPull');
  });
});
