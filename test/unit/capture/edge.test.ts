import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { edgeDetailSchema } from '../../../src/bundle/probes.ts';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import { dial, type Step } from '../../../capture/edge/dial.ts';
import { createNames, type Names } from '../../../capture/edge/names.ts';
import { createEdgeDigest, type EdgeTarget } from '../../../capture/network/edge-digest.ts';
import { probeEdge } from '../../../capture/probes/edge.ts';
import type { Scope } from '../../../capture/collector.ts';
import { json, pagedList, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

const folder = mkdtempSync(join(tmpdir(), 'inquest-edge-'));
let pem: { key: string; cert: string };
const open: Server[] = [];

beforeAll(() => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ].concat([
      '-subj',
      '/CN=shop.example',
      '-addext',
      'subjectAltName=DNS:shop.example',
      '-keyout',
      key,
      '-out',
      cert,
    ]),
    { stdio: 'ignore' },
  );
  pem = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listening(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const dialled = async (
  port: number,
  more: { tls?: boolean; host?: string; path?: string } = {},
): Promise<readonly Step[]> =>
  await dial({
    port,
    tls: false,
    http: true,
    host: 'shop.example',
    address: '127.0.0.1',
    path: '/',
    signal: new AbortController().signal,
    ...more,
  });
const told = (steps: readonly Step[]): string[] =>
  steps.map(({ outcome, detail }) => `${detail.step} ${outcome}`);

describe('one address of the edge', () => {
  it('gets one GET with the host asked for, and its status is told', async () => {
    const asked: string[] = [];
    const port = await listening(
      createHttp((request, response) => {
        asked.push(`${request.method} ${request.url} ${request.headers.host}`);
        response.writeHead(302, { location: 'https://elsewhere.example/' });
        response.end();
      }),
    );
    const steps = await dialled(port, { path: '/health' });
    expect(told(steps)).toEqual(['tcp ok', 'http ok']);
    expect(steps[1]?.detail).toMatchObject({ status: 302, path: '/health' });
    expect(asked).toEqual([`GET /health shop.example:${port}`]);
  });

  it('that answers with an error is an HTTP error with its status', async () => {
    const port = await listening(createHttp((_request, response) => void response.writeHead(503).end()));
    const steps = await dialled(port);
    expect(told(steps)).toEqual(['tcp ok', 'http http-error']);
    expect(steps[1]?.detail.status).toBe(503);
  });

  it('where nothing listens refuses, and no more is tried', async () => {
    const server = createTcp();
    const port = await listening(server);
    await new Promise((resolve) => open.pop()?.close(resolve));
    expect(told(await dialled(port))).toEqual(['tcp refused']);
  });

  it('shows its chain, trusted or not, and whether it is for the name', async () => {
    const port = await listening(createHttps(pem, (_request, response) => void response.end('ok')));
    const right = await dialled(port, { tls: true });
    expect(told(right)).toEqual(['tcp ok', 'tls ok', 'http ok']);
    expect(right[1]?.detail).toMatchObject({
      trusted: false,
      nameMatches: true,
      text: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      chain: [{ subject: 'CN=shop.example', names: ['shop.example'] }],
    });
    const wrong = await dialled(port, { tls: true, host: 'other.example' });
    expect(wrong[1]?.detail).toMatchObject({ nameMatches: false });
  });

  it('that speaks plain HTTP where TLS is declared, and the reverse, is a mismatch', async () => {
    const plain = await listening(createHttp((_request, response) => void response.end()));
    expect(told(await dialled(plain, { tls: true }))).toEqual(['tcp ok', 'tls tls-mismatch']);
    const secure = await listening(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        // The alert of a TLS server that got no ClientHello.
        socket.once('data', () => socket.end(Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])));
      }),
    );
    expect(told(await dialled(secure))).toEqual(['tcp ok', 'http tls-mismatch']);
  });

  it('that resets or closes without a word is a reset', async () => {
    const port = await listening(createTcp((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(told(await dialled(port))).toEqual(['tcp ok', 'http reset']);
    const mute = await listening(createTcp((socket) => socket.once('data', () => socket.end())));
    expect(told(await dialled(mute, { tls: true }))).toEqual(['tcp ok', 'tls reset']);
  });

  it('is no finding when the capture ends first', async () => {
    const port = await listening(createTcp((socket) => socket.resume()));
    const stop = new AbortController();
    const dialling = dial({
      port,
      tls: false,
      http: true,
      host: 'a.example',
      address: '127.0.0.1',
      path: '/',
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(new Error('over')), 50);
    await expect(dialling).rejects.toThrow('over');
  });
});

/** Two addresses and an alias for shop.example, NXDOMAIN for all else (RFC 1035). */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  const known = query.subarray(12, end).includes('shop');
  const data = type === 1 ? ['c0000201', 'c0000202'] : type === 5 ? ['026c62076578616d706c6500'] : [];
  const records = (known ? data : []).map((hex) => {
    const head = Buffer.from('c00c0000000100000005', 'hex');
    head.writeUInt16BE(type, 2);
    const length = Buffer.from([0, hex.length / 2]);
    return Buffer.concat([head, length, Buffer.from(hex, 'hex')]);
  });
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

describe('the resolver', () => {
  it('gives every address and name, or the code of the failure', async () => {
    const server = createSocket('udp4');
    server.on('message', (query, peer) => server.send(answerTo(query), peer.port, peer.address));
    await new Promise<void>((resolve) => {
      server.bind(0, '127.0.0.1', resolve);
    });
    const names = createNames([`127.0.0.1:${server.address().port}`]);
    const { signal } = new AbortController();
    expect(await names.resolve('shop.example', signal)).toMatchObject({
      outcome: 'ok',
      addresses: ['192.0.2.1', '192.0.2.2'],
      cnames: ['lb.example'],
    });
    expect(await names.resolve('absent.example', signal)).toMatchObject({
      outcome: 'dns-error',
      addresses: [],
      text: 'ENOTFOUND',
    });
    server.close();
  });
});

const ingress = (port80: unknown = {}) => ({
  metadata: { namespace: 'shop', name: 'web' },
  spec: {
    tls: [{ hosts: ['*.shop.example'] }],
    rules: [
      { host: 'a.shop.example', http: { paths: [{ path: '/api', pathType: 'Prefix' }] } },
      {
        host: 'plain.example',
        http: { paths: [{ path: '/x(/|$)(.*)', pathType: 'ImplementationSpecific' }] },
      },
    ],
  },
  status: { loadBalancer: { ingress: [{ ip: '127.0.0.1' }, { hostname: 'lb.example' }] } },
  ...(port80 as object),
});

describe('what is published', () => {
  const targetsOf = (objects: ReadonlyArray<readonly [string, object]>): readonly EdgeTarget[] => {
    const digest = createEdgeDigest();
    for (const [resource, object] of objects) digest.observe(resource, object as Record<string, unknown>);
    return digest.targets();
  };

  it('by an Ingress: hosts, TLS by what covers them, paths that are no patterns', () => {
    const targets = targetsOf([['networking.k8s.io/ingresses', ingress()]]);
    expect(targets.map(({ host, path, ports }) => [host, path, ports.map(({ port }) => port)])).toEqual([
      ['a.shop.example', '/api', [443, 80]],
      ['plain.example', '/', [80]],
      ['*.shop.example', '/', [443, 80]],
    ]);
    expect(targets[0]).toMatchObject({
      addresses: ['127.0.0.1', 'lb.example'],
      publishedBy: 'Ingress/shop/web',
    });
  });

  it('by a Gateway: listeners, and the hosts of its routes', () => {
    const group = 'gateway.networking.k8s.io';
    const targets = targetsOf([
      [
        `${group}/gateways`,
        {
          metadata: { namespace: 'infra', name: 'gw' },
          spec: {
            listeners: [
              { name: 'a', port: 8443, protocol: 'HTTPS', hostname: '*.example' },
              { name: 'b', port: 80, protocol: 'HTTP' },
            ],
          },
          status: { addresses: [{ type: 'IPAddress', value: '192.0.2.9' }] },
        },
      ],
      [
        `${group}/httproutes`,
        {
          metadata: { namespace: 'shop', name: 'r' },
          spec: {
            parentRefs: [{ name: 'gw', namespace: 'infra' }],
            hostnames: ['shop.example'],
            rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/shop' } }] }],
          },
        },
      ],
    ]);
    expect(targets).toEqual([
      {
        host: 'shop.example',
        path: '/shop',
        addresses: ['192.0.2.9'],
        publishedBy: 'Gateway/infra/gw',
        ports: [
          { port: 8443, tls: true, http: true },
          { port: 80, tls: false, http: true },
        ],
      },
    ]);
  });

  it('by a load balancer: its TCP ports, to which no byte is sent', () => {
    const service = {
      metadata: { namespace: 'shop', name: 'lb' },
      spec: { type: 'LoadBalancer', ports: [{ port: 5432 }, { port: 53, protocol: 'UDP' }] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } },
    };
    expect(targetsOf([['services', service]])).toMatchObject([
      { host: '192.0.2.7', ports: [{ port: 5432, tls: false, http: false }] },
    ]);
  });
});

describe('the edge probe', () => {
  const names: Names = {
    servers: ['192.0.2.53'],
    resolve: (host) =>
      Promise.resolve(
        host === 'lb.example'
          ? { outcome: 'ok', addresses: ['127.0.0.2'], cnames: [], ms: 1 }
          : { outcome: 'dns-error', addresses: [], cnames: [], text: 'ENOTFOUND', ms: 1 },
      ),
  };

  const run = async (scope: Partial<Scope> = {}) => {
    const groups = {
      items: [
        {
          metadata: { name: 'networking.k8s.io' },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'ingresses',
                  responseKind: { kind: 'Ingress' },
                  scope: 'Namespaced',
                  verbs: ['list'],
                },
              ],
            },
          ],
        },
      ],
    };
    const fake = await startFakeApiServer({
      '/api': json({ kind: 'APIGroupDiscoveryList', items: [] }),
      '/apis': json({ kind: 'APIGroupDiscoveryList', ...groups }),
      '/apis/networking.k8s.io/v1/ingresses': pagedList('IngressList', [ingress()]),
      '/api/v1/services': pagedList('ServiceList', []),
    });
    const { context, gaps, close } = await fakeContext(fake.url, { scope });
    const results: ProbeResult[] = [];
    for await (const result of probeEdge(context, names)) results.push(result);
    close();
    await fake.close();
    return { results, gaps, requests: fake.requests };
  };

  it('looks at every address of every host, says a wildcard is none, and keeps to the schema', async () => {
    const { results } = await run();
    for (const { detail } of results) expect(() => edgeDetailSchema.parse(detail)).not.toThrow();
    const said = results.map(({ to, outcome }) => `${to} ${outcome}`);
    expect(said).toContain('dns/a.shop.example@192.0.2.53 dns-error');
    expect(said.filter((one) => one.startsWith('edge/a.shop.example@127.0.0.1:'))).not.toEqual([]);
    expect(said.filter((one) => one.startsWith('edge/a.shop.example@127.0.0.2:'))).not.toEqual([]);
    expect(said).toContain('edge/*.shop.example@127.0.0.1:443 not-probed');
  });

  it('puts the host in focus first', async () => {
    const { results } = await run({ focus: [{ kind: 'host', name: 'plain.example' }] });
    expect(results[0]?.to).toBe('dns/plain.example@192.0.2.53');
  });

  it('sends nothing with --no-edge, and says so', async () => {
    const { results, gaps, requests } = await run({ edge: false });
    expect(results).toEqual([]);
    expect(requests).toEqual([]);
    expect(gaps).toMatchObject([{ key: 'probe:edge', reason: 'out-of-scope' }]);
  });
});
