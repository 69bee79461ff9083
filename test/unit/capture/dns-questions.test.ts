/** What cluster DNS is asked, how its answers are held against the API, and what happens when a replica stops answering. */
import { decode, type Packet, streamEncode } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { createInventory } from '../../../capture/inventory.ts';
import {
  agrees,
  clusterDomainOf,
  dnsQuestions,
  type NameQuestion,
} from '../../../capture/network/dns-questions.ts';
import dns from '../../../capture/probes/dns.ts';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import { dnsDetailSchema } from '../../../src/bundle/probes.ts';
import { type FakeApiServer, json, pagedList, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';
import { type FakePort, serveForward } from '../../support/fake-port-forward.ts';

const service = (namespace: string, name: string, spec: object) => ({
  metadata: { namespace, name },
  spec: { ports: [{ port: 80 }], ...spec },
});
const slice = (name: string, endpoints: readonly object[]) => ({
  metadata: { namespace: 'shop', name, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 80, protocol: 'TCP' }],
  endpoints,
});
const API = service('default', 'kubernetes', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] });

function questionsOf(
  services: readonly object[],
  slices: readonly object[] = [],
  edge: readonly string[] = [],
) {
  const inventory = createInventory();
  for (const one of services) inventory.observe('services', one);
  for (const one of slices) inventory.observe('discovery.k8s.io/endpointslices', one);
  return dnsQuestions(inventory.network, {}, inventory.telling, 'cluster.local', edge);
}
const ofShop = ({ questions }: { questions: readonly NameQuestion[] }) =>
  questions.filter(({ name }) => name.endsWith('.shop.svc.cluster.local'));

describe('the questions', () => {
  it('are of ExternalNames first, of which nothing but DNS tells, of both families', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      service('shop', `web-${index}`, { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] }),
    );
    const external = service('shop', 'outside', { type: 'ExternalName', externalName: 'www.example.com' });
    const asked = ofShop(questionsOf([API, ...many, external]));
    expect(asked.slice(0, 2).map(({ name, type }) => [name, type])).toEqual([
      ['outside.shop.svc.cluster.local', 'A'],
      ['outside.shop.svc.cluster.local', 'AAAA'],
    ]);
  });

  it('are the names of the cluster first, and what an upstream is asked for last', () => {
    const { questions, leftOut } = questionsOf(
      [API, service('shop', 'web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] })],
      [],
      ['shop.example', '*.shop.example', '192.0.2.7'],
    );
    expect(questions.map(({ name, purpose }) => `${purpose} ${name}`)).toEqual([
      'kubernetes kubernetes.default.svc.cluster.local',
      'absent inquest-asks-for-a-name-that-is-not-there.default.svc.cluster.local',
      'service web.shop.svc.cluster.local',
      'outside www.example.com',
      'edge-host shop.example',
    ]);
    expect(leftOut).toBe(0);
  });

  it('are 20 Services and 10 hosts at most; the others are counted', () => {
    const many = Array.from({ length: 25 }, (_, i) =>
      service('shop', `s${i}`, { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] }),
    );
    const hosts = Array.from({ length: 12 }, (_, i) => `h${i}.example`);
    const all = questionsOf(many, [], hosts);
    expect([ofShop(all).length, all.leftOut]).toEqual([20, 7]);
  });

  it('ask for both families where the API has both', () => {
    const both = service('shop', 'web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'] });
    expect(ofShop(questionsOf([both]))).toMatchObject([
      { type: 'A', truth: ['10.96.0.7'] },
      { type: 'AAAA', truth: ['fd00::7'] },
    ]);
  });

  it('of a headless Service know its endpoints; not while one is unready, which publishing may add', () => {
    const headless = service('shop', 'db', { clusterIP: 'None' });
    const end = (address: string, ready: boolean) => ({ addresses: [address], conditions: { ready } });
    expect(ofShop(questionsOf([headless], [slice('db', [end('10.244.0.7', true)])]))).toMatchObject([
      { truth: ['10.244.0.7'] },
    ]);
    const unsure = questionsOf(
      [headless],
      [slice('db', [end('10.244.0.7', true), end('10.244.0.8', false)])],
    );
    expect(ofShop(unsure).map(({ truth }) => truth)).toEqual([undefined]);
  });

  it('read the zone from the Corefile', () => {
    expect(clusterDomainOf('.:53 {\n  kubernetes corp.internal. in-addr.arpa {\n  }\n}')).toBe(
      'corp.internal',
    );
    expect(clusterDomainOf('.:53 {\n  forward . /etc/resolv.conf\n}')).toBeUndefined();
  });
});

describe('an answer', () => {
  const of = (truth?: readonly string[], purpose: NameQuestion['purpose'] = 'service'): NameQuestion => ({
    name: 'x',
    type: 'A',
    purpose,
    ...(truth === undefined ? {} : { truth }),
  });
  it('agrees with the API, or not, or cannot be held against it', () => {
    expect(agrees(of(['10.0.0.1', '10.0.0.2']), 'NOERROR', ['10.0.0.2', '10.0.0.1'])).toBe(true);
    expect(agrees(of(['10.0.0.1']), 'NOERROR', ['10.0.0.9'])).toBe(false);
    expect(agrees(of(['10.0.0.1']), 'SERVFAIL', [])).toBe(false);
    expect(agrees(of([]), 'NXDOMAIN', [])).toBe(true);
    expect(agrees(of(undefined), 'NOERROR', ['10.0.0.9'])).toBeUndefined();
    expect(agrees(of(undefined, 'absent'), 'NOERROR', ['10.0.0.9'])).toBe(false);
  });
});

let server: FakeApiServer | undefined;
afterEach(async () => await server?.close());

const replica = {
  metadata: { namespace: 'kube-system', name: 'coredns-1', labels: { 'k8s-app': 'kube-dns' } },
  spec: { nodeName: 'n', containers: [{ name: 'coredns', ports: [{ name: 'dns-tcp', containerPort: 53 }] }] },
  status: {
    phase: 'Running',
    podIP: '10.244.0.2',
    containerStatuses: [{ name: 'coredns', state: { running: {} } }],
  },
};

/** A server that answers what `zone` has, says NXDOMAIN otherwise, and never answers for a name that is `undefined` there. */
const nameServer =
  (zone: Readonly<Record<string, string | undefined>>): FakePort =>
  (data) => {
    const query = decode(data.subarray(2));
    const [question] = query.questions ?? [];
    const name = question?.name ?? '';
    const known = Object.hasOwn(zone, name);
    const address = zone[name];
    if (question === undefined || (known && address === undefined)) return undefined;
    const answer: Packet = {
      type: 'response',
      id: query.id ?? 0,
      flags: known ? 0 : 3,
      questions: [question],
      answers: address === undefined ? [] : [{ name, type: 'A', ttl: 5, data: address }],
    };
    return streamEncode(answer);
  };

async function probed(port: FakePort) {
  server = await startFakeApiServer({
    '/api/v1/services': pagedList('ServiceList', [
      API,
      service('shop', 'web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] }),
    ]),
    '/apis/discovery.k8s.io/v1/endpointslices': pagedList('EndpointSliceList', []),
    '/apis/networking.k8s.io/v1/ingresses': pagedList('IngressList', []),
    '/api/v1/pods': pagedList('PodList', [replica]),
    '/api/v1/namespaces/kube-system/configmaps/coredns': json({ data: {} }),
  });
  serveForward(server, { 53: port });
  const made = await fakeContext(server.url, {
    timeoutMs: 20_000,
    scope: { focus: [{ kind: 'host', name: 'shop.example' }] },
  });
  try {
    const results: ProbeResult[] = [];
    for await (const one of dns.run(made.context)) results.push(one);
    const gaps = made.gaps.filter(({ key }) => key.startsWith('probe:dns'));
    return {
      results: results.map(({ outcome, detail }) => [dnsDetailSchema.parse(detail), outcome] as const),
      gaps,
    };
  } finally {
    made.close();
  }
}

const KNOWN = {
  'kubernetes.default.svc.cluster.local': '10.96.0.1',
  'web.shop.svc.cluster.local': '10.96.0.7',
  'www.example.com': '192.0.2.1',
  'shop.example': '192.0.2.2',
};
const told = (results: Awaited<ReturnType<typeof probed>>['results']) =>
  results.map(([{ purpose, rcode, agrees: agreed }, outcome]) => [purpose, outcome, rcode, agreed]);

describe('the probe', () => {
  it('tells rcode, answers and TTL, beside the truth of the API', async () => {
    const { results, gaps } = await probed(
      nameServer({ ...KNOWN, 'web.shop.svc.cluster.local': '10.96.0.99' }),
    );
    expect(told(results)).toEqual([
      ['kubernetes', 'ok', 'NOERROR', true],
      ['absent', 'ok', 'NXDOMAIN', true],
      ['service', 'ok', 'NOERROR', false],
      ['outside', 'ok', 'NOERROR', undefined],
      ['edge-host', 'ok', 'NOERROR', undefined],
    ]);
    expect(results[2]?.[0]).toMatchObject({
      answers: [{ data: '10.96.0.99', ttl: 5 }],
      truth: ['10.96.0.7'],
    });
    expect(gaps).toEqual([]);
  });

  it('goes on with the other names when an outside one gets no answer', async () => {
    const { results, gaps } = await probed(nameServer({ ...KNOWN, 'www.example.com': undefined }));
    expect(told(results).slice(-3)).toEqual([
      ['service', 'ok', 'NOERROR', true],
      ['outside', 'timeout', undefined, undefined],
      ['edge-host', 'ok', 'NOERROR', undefined],
    ]);
    expect(gaps).toEqual([]);
  }, 20_000);

  it('leaves a replica alone that refuses, and says how many names were not asked', async () => {
    const { results, gaps } = await probed('refused');
    expect(told(results)).toEqual([['kubernetes', 'refused', undefined, undefined]]);
    expect(gaps).toMatchObject([
      {
        key: 'probe:dns/kube-system/coredns-1',
        detail: expect.stringMatching(/^4 more names were not asked: .*refused/),
      },
    ]);
  });
});
