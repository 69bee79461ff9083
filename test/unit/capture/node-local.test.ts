/** NodeLocal DNS caches: who they are, where they listen, from which pods they are asked, and what is a gap. */
import { afterEach, describe, expect, it } from 'vitest';
import { localDnsOf } from '../../../capture/network/local-dns.ts';
import dns from '../../../capture/probes/dns.ts';
import type { Scope } from '../../../capture/collector.ts';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import { dnsDetailSchema } from '../../../src/bundle/probes.ts';
import { type FakeApiServer, json, pagedList, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';
import { type ExecCall, type Ran, serveExec } from '../../support/fake-exec.ts';

describe('the addresses of a cache', () => {
  const labelled = { labels: { 'k8s-app': 'node-local-dns' } };
  it.each([
    [
      ['-localip', '169.254.20.10,10.96.0.10', '-conf', '/etc/Corefile'],
      ['169.254.20.10', '10.96.0.10'],
    ],
    [['-localip=10.96.0.10,169.254.25.10'], ['169.254.25.10', '10.96.0.10']],
    [['-conf', '/etc/Corefile'], ['169.254.20.10']],
    [['-localip', '__PILLAR__LOCAL__DNS__'], ['169.254.20.10']],
  ])('are those of its arguments, the link-local ones first: %j', (args, addresses) => {
    expect(localDnsOf(labelled, [{ args }])).toEqual(addresses);
  });

  it('are none of any other pod', () => {
    expect(localDnsOf({ labels: { 'k8s-app': 'kube-dns' } }, [{ args: ['-localip', '1.2.3.4'] }])).toEqual(
      [],
    );
  });
});

let server: FakeApiServer | undefined;
afterEach(async () => await server?.close());

interface Made {
  readonly namespace?: string;
  readonly node?: string;
  readonly labels?: object;
  readonly image?: string;
  readonly args?: readonly string[];
}
const pod = (
  name: string,
  { namespace = 'shop', node = 'n1', labels = {}, image = 'app:1', args = [] }: Made,
) => ({
  metadata: { namespace, name, uid: name, labels },
  spec: { nodeName: node, containers: [{ name: 'app', image, args }] },
  status: {
    phase: 'Running',
    podIP: '10.244.0.9',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'app', state: { running: {} } }],
  },
});
const CACHE: Made = {
  namespace: 'kube-system',
  labels: { 'k8s-app': 'node-local-dns' },
  image: 'node-cache:1',
  args: ['-localip', '169.254.20.10,10.96.0.10'],
};

/** Pods of a cluster with one Service, probed; `program` is what their images have. */
async function probed(
  pods: readonly object[],
  program: (call: ExecCall) => Ran | undefined,
  scope: Partial<Scope> = { allowExec: true },
) {
  const own = scope.namespaces === undefined ? '' : '/namespaces/shop';
  const service = (namespace: string, name: string, clusterIP: string) => ({
    metadata: { namespace, name },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] },
  });
  server = await startFakeApiServer({
    [`/api/v1${own}/services`]: pagedList('ServiceList', [
      service('default', 'kubernetes', '10.96.0.1'),
      service('shop', 'web', '10.96.0.7'),
    ]),
    [`/apis/discovery.k8s.io/v1${own}/endpointslices`]: pagedList('EndpointSliceList', [
      {
        metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        endpoints: [{ addresses: ['10.244.0.9'], targetRef: { kind: 'Pod', name: 'web' } }],
        ports: [],
      },
    ]),
    [`/apis/networking.k8s.io/v1${own}/ingresses`]: pagedList('IngressList', []),
    [`/api/v1${own}/pods`]: pagedList('PodList', pods),
    '/api/v1/namespaces/kube-system/configmaps/coredns': json({ data: {} }),
  });
  const { calls } = serveExec(server, program);
  const made = await fakeContext(server.url, { timeoutMs: 20_000, scope });
  try {
    const results: ProbeResult[] = [];
    for await (const one of dns.run(made.context)) results.push(one);
    for (const { detail } of results) expect(() => dnsDetailSchema.parse(detail)).not.toThrow();
    const gaps = made.gaps.filter(({ key }) => key.startsWith('probe:dns'));
    return { results, gaps, calls };
  } finally {
    made.close();
  }
}

const ZONE: Readonly<Record<string, string>> = {
  'kubernetes.default.svc.cluster.local.': '10.96.0.1',
  'web.shop.svc.cluster.local.': '10.96.0.7',
  'www.example.com.': '192.0.2.1',
};

/** BusyBox's nslookup, asked for one of `servers`. */
function nslookup({ command }: ExecCall, servers = ['169.254.20.10', '10.96.0.10']): Ran | undefined {
  if (command[0] !== 'nslookup') return undefined;
  const [name = '', address = ''] = command.slice(-2);
  if (!servers.includes(address))
    return { code: 1, stdout: ';; connection timed out; no servers could be reached\n' };
  const head = `Server:\t\t${address}\nAddress:\t${address}:53\n\n`;
  const known = ZONE[name];
  return known === undefined
    ? { code: 1, stdout: `${head}** server can't find ${name}: NXDOMAIN\n` }
    : { stdout: `${head}Name:\t${name}\nAddress: ${known}\n` };
}

describe('NodeLocal caches', () => {
  it('without --allow-exec are one gap, which says how to close it, and nothing is run', async () => {
    const { results, gaps, calls } = await probed([pod('cache', CACHE)], nslookup, {});
    expect([results, calls]).toEqual([[], []]);
    expect(gaps).toMatchObject([
      { key: 'probe:dns/node-local', reason: 'unavailable', detail: expect.stringContaining('--allow-exec') },
    ]);
  });

  it('are asked from their own pod what CoreDNS is asked, at each address, beside what the API says', async () => {
    const { results, gaps } = await probed([pod('cache', CACHE), pod('web', {})], nslookup);
    expect(results.map(({ from, to, outcome, detail }) => [from, to, outcome, detail?.['agrees']])).toEqual([
      ['pod/kube-system/cache', 'dns/kubernetes.default.svc.cluster.local@169.254.20.10', 'ok', true],
      ['pod/kube-system/cache', expect.stringMatching(/^dns\/inquest-asks-.*@169/), 'ok', true],
      ['pod/kube-system/cache', 'dns/web.shop.svc.cluster.local@169.254.20.10', 'ok', true],
      ['pod/kube-system/cache', 'dns/www.example.com@169.254.20.10', 'ok', undefined],
      ['pod/kube-system/cache', 'dns/kubernetes.default.svc.cluster.local@10.96.0.10', 'ok', true],
    ]);
    expect(results[0]?.detail).toMatchObject({
      server: { namespace: 'kube-system', pod: 'cache', node: 'n1', address: '169.254.20.10' },
      container: 'app',
      way: 'nslookup',
      transport: 'udp',
      purpose: 'kubernetes',
    });
    expect(gaps).toEqual([]);
  });

  it('whose own image has no program are asked from another pod of their node, and from none of another', async () => {
    const elsewhere = pod('web', { node: 'n2', image: 'busybox:1' });
    const here = pod('client', { image: 'busybox:1' });
    const { results, gaps } = await probed([pod('cache', CACHE), elsewhere, here], (call) =>
      call.pod === 'kube-system/cache' ? undefined : nslookup(call),
    );
    expect(new Set(results.map(({ from }) => from))).toEqual(new Set(['pod/shop/client']));
    expect(gaps).toEqual([]);
  });

  it('are a gap where no pod of their node has a program, and it says what would bring one', async () => {
    const { results, gaps } = await probed([pod('cache', CACHE), pod('web', {})], () => undefined);
    expect(results).toEqual([]);
    expect(gaps).toMatchObject([
      {
        key: 'probe:dns/node-local/n1',
        subject: { probe: 'dns', node: 'n1' },
        detail: expect.stringMatching(/no pod of its node .*--allow-debug-pod/),
      },
    ]);
  });

  it('that do not answer are left alone after the first name of the cluster', async () => {
    const { results } = await probed([pod('cache', CACHE)], (call) => nslookup(call, []));
    expect(results.map(({ to, outcome }) => [to.replace(/^.*@/, ''), outcome])).toEqual([
      ['169.254.20.10', 'timeout'],
      ['10.96.0.10', 'timeout'],
    ]);
  });

  it('outside of the capture’s namespaces are found by the resolver of a client; a cloud’s own resolver is none', async () => {
    const resolver = (search: string): string =>
      `search ${search}\nnameserver 169.254.20.10\noptions ndots:5\n`;
    const program =
      (search: string) =>
      (call: ExecCall): Ran | undefined =>
        call.command[0] === 'cat' ? { stdout: resolver(search) } : nslookup(call);
    const scope = { allowExec: true, namespaces: ['shop'] };
    const found = await probed([pod('web', {})], program('shop.svc.cluster.local svc.cluster.local'), scope);
    expect(found.results[0]).toMatchObject({
      from: 'pod/shop/web',
      detail: { server: { node: 'n1', address: '169.254.20.10' } },
    });
    await server?.close();
    const none = await probed([pod('web', {})], program('ec2.internal'), scope);
    expect([none.results, none.gaps]).toEqual([[], []]);
  });
});
