/** What is asked of CoreDNS and of kubelets through the API server's proxy. */
import { afterEach, describe, expect, it } from 'vitest';
import coredns from '../../../capture/collectors/coredns.ts';
import { createInventory } from '../../../capture/inventory.ts';
import { PODS, SERVICES } from '../../../capture/kinds.ts';
import { nodesInTurn } from '../../../capture/network/node-order.ts';
import kubelets from '../../../capture/collectors/kubelets.ts';
import {
  type Answer,
  type FakeApiServer,
  inTurn,
  json,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

const dnsPods = '/api/v1/namespaces/kube-system/pods';
const replica = (name: string, port = 9153) => ({
  metadata: { name },
  spec: {
    containers: [
      {
        ports: [
          { name: 'dns', containerPort: 53 },
          { name: 'metrics', containerPort: port },
        ],
      },
    ],
  },
});

/** How many scrapes there are to wait for; one gap where the pods cannot be listed. */
const settled = (answers: Record<string, Answer>): number =>
  Math.max(1, Object.keys(answers).filter((path) => path.includes('/proxy/')).length);

async function scraped(answers: Record<string, Answer>) {
  server = await startFakeApiServer(answers);
  const { context, budget, files, gaps, close } = await fakeContext(server.url);
  const running = coredns.run(context);
  // Until the first scrapes have ended: as files, or as gaps.
  const { promise: idle, resolve } = Promise.withResolvers<void>();
  const looking = setInterval(() => {
    if (settled(answers) <= files.size + gaps.length) resolve();
  }, 10);
  await idle;
  clearInterval(looking);
  const before = new Map(files);
  budget.finish();
  await running;
  close();
  return { before, files: Object.fromEntries(files), gaps, asked: server.requests };
}

describe('CoreDNS', () => {
  it('has the metrics of every replica read at the first and at the last second', async () => {
    const { before, files, gaps, asked } = await scraped({
      [dnsPods]: json({ items: [replica('a'), replica('b', 9999)] }),
      [`${dnsPods}/a:9153/proxy/metrics`]: inTurn(text('x 1\n'), text('x 5\n')),
      [`${dnsPods}/b:9999/proxy/metrics`]: text('y 1\n'),
    });
    expect([...before.keys()]).toHaveLength(2);
    expect(files).toEqual({
      'metrics/kube-system/a/9153.first.prom': 'x 1\n',
      'metrics/kube-system/a/9153.last.prom': 'x 5\n',
      'metrics/kube-system/b/9999.first.prom': 'y 1\n',
      'metrics/kube-system/b/9999.last.prom': 'y 1\n',
    });
    expect(gaps).toEqual([]);
    expect(asked[0]).toBe(`${dnsPods}?labelSelector=k8s-app%3Dkube-dns`);
  });

  it('that does not answer is a gap, asked once, and costs no other replica', async () => {
    const { files, gaps, asked } = await scraped({
      [dnsPods]: json({ items: [replica('a'), replica('b')] }),
      [`${dnsPods}/a:9153/proxy/metrics`]: status(
        503,
        'dial tcp 10.244.0.2:9153: connect: connection refused',
      ),
      [`${dnsPods}/b:9153/proxy/metrics`]: text('y 1\n'),
    });
    expect(gaps).toMatchObject([
      { key: 'metrics:kube-system/a', evidence: 'metrics', reason: 'unavailable' },
    ]);
    expect(Object.keys(files)).toHaveLength(2);
    expect(asked.filter((url) => url.includes('/a:'))).toHaveLength(1);
  });

  it('that may not be looked for is one gap', async () => {
    const { gaps } = await scraped({ [dnsPods]: status(403, 'pods is forbidden') });
    expect(gaps).toMatchObject([{ key: 'metrics:kube-system/coredns', reason: 'forbidden', status: 403 }]);
  });
});

describe('kubelets', () => {
  const nodes = pagedList('NodeList', [{ metadata: { name: 'n1' } }, { metadata: { name: 'n2' } }]);
  const well = (node: string): Record<string, Answer> => ({
    [`/api/v1/nodes/${node}/proxy/healthz`]: text('ok'),
    [`/api/v1/nodes/${node}/proxy/configz`]: json({ kubeletconfig: {} }),
    [`/api/v1/nodes/${node}/proxy/pods`]: json({ items: [{ metadata: { name: 'p' } }] }),
    [`/api/v1/nodes/${node}/proxy/stats/summary`]: json({ node: {} }),
    [`/api/v1/nodes/${node}:10256/proxy/healthz`]: json({ lastUpdated: 'then', currentTime: 'now' }),
  });

  async function asked(answers: Record<string, Answer>, timeoutMs = 5000) {
    server = await startFakeApiServer({ '/api/v1/nodes': nodes, ...answers });
    const { context, files, gaps, close } = await fakeContext(server.url, { timeoutMs });
    // In a capture an earlier tier has listed them.
    if (answers['/api/v1/pods'] !== undefined) await context.lists.take(context, PODS);
    if (answers['/api/v1/services'] !== undefined) await context.lists.take(context, SERVICES);
    await kubelets.run(context);
    close();
    const paths = [...files.keys()].filter((path) => path.startsWith('nodes/'));
    return { files, paths, gaps, urls: server.requests.filter((url) => url.includes('/proxy/')) };
  }

  it('answer on their health, configuration, pods and usage', async () => {
    const { paths, gaps, files } = await asked({ ...well('n1'), ...well('n2') });
    expect(paths).toHaveLength(10);
    expect(JSON.parse(files.get('nodes/n1/pods.json') ?? '')).toMatchObject({
      items: [{ metadata: { name: 'p' } }],
    });
    expect(gaps).toEqual([]);
  });

  it('that are forbidden are asked once, and are one gap', async () => {
    const { gaps, urls } = await asked({
      '/api/v1/nodes/n1/proxy/healthz': status(403, 'nodes/proxy is forbidden'),
    });
    expect(urls).toHaveLength(1);
    expect(gaps).toMatchObject([{ key: 'node:*', evidence: 'node', reason: 'forbidden' }]);
  });

  it('that fail in one answer give the others', async () => {
    const { paths, gaps } = await asked({
      ...well('n1'),
      ...well('n2'),
      '/api/v1/nodes/n2/proxy/configz': status(500, 'broken'),
    });
    expect(paths).toHaveLength(9);
    expect(gaps).toMatchObject([{ key: 'node:n2/configz', subject: { node: 'n2', path: 'configz' } }]);
  });

  it('tell of a kube-proxy that is behind, and of one that is not there', async () => {
    const { files, gaps } = await asked({
      ...well('n1'),
      ...well('n2'),
      '/api/v1/nodes/n1:10256/proxy/healthz': json({ lastUpdated: 'long ago' }, 503),
      '/api/v1/nodes/n2:10256/proxy/healthz': status(
        503,
        'error trying to reach service: dial tcp 172.30.0.12:10256: connect: connection refused',
      ),
    });
    const word = (node: string): unknown =>
      JSON.parse(files.get(`nodes/${node}/kube-proxy-healthz.json`) ?? '');
    expect(word('n1')).toMatchObject({ status: 503, body: { lastUpdated: 'long ago' } });
    expect(word('n2')).toMatchObject({ refused: expect.stringContaining('connection refused') });
    expect(gaps).toEqual([]);
  });

  it('tell what kube-proxy says of Services that are kept local, one question each', async () => {
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_555 };
    const { files, gaps } = await asked({
      ...well('n1'),
      ...well('n2'),
      '/api/v1/services': pagedList('ServiceList', [
        { metadata: { namespace: 'shop', name: 'web' }, spec },
        { metadata: { namespace: 'shop', name: 'api' }, spec: { type: 'ClusterIP' } },
      ]),
      '/api/v1/nodes/n1:32555/proxy/': json({ localEndpoints: 1 }),
      '/api/v1/nodes/n2:32555/proxy/': json({ localEndpoints: 0 }, 503),
    });
    const word = (node: string): unknown =>
      JSON.parse(files.get(`nodes/${node}/service-health-check-32555.json`) ?? '');
    expect(word('n1')).toMatchObject({ status: 200, body: { localEndpoints: 1 } });
    expect(word('n2')).toMatchObject({ status: 503, body: { localEndpoints: 0 } });
    expect(gaps).toEqual([]);
  });

  it('beyond a hundred are left out: those of pods in question first, nodes that are not Ready last, the rest one gap', async () => {
    const names = Array.from({ length: 130 }, (_, index) => `node-${index}`);
    // Those that are lost come first in the list, and the one of the unwell pod last.
    const list = pagedList(
      'NodeList',
      names.map((name, index) => node(name, index >= 40)),
    );
    const { gaps, urls } = await asked(
      {
        '/api/v1/nodes': list,
        '/api/v1/pods': pagedList('PodList', [unwellPod('node-129')]),
        ...Object.assign({}, ...names.map((name) => well(name))),
      },
      60_000,
    );
    const first = [...new Set(urls.map((url) => /nodes\/(node-\d+)/.exec(url)?.[1]))];
    expect(first).toHaveLength(100);
    expect(first[0]).toBe('node-129');
    // 90 that are Ready, and ten of the forty that are not.
    expect(first.filter((name) => Number(name?.slice(5)) >= 40)).toHaveLength(90);
    expect(gaps).toMatchObject([
      {
        key: 'node:*/more',
        reason: 'out-of-scope',
        detail: expect.stringMatching(/^30 of 130 kubelets were not asked: 30 because 100 are asked at most/),
      },
    ]);
  }, 60_000);

  it('of nodes that are not Ready are given up after eight that say nothing, and cost the others nothing', async () => {
    const lost = Array.from({ length: 20 }, (_, index) => `lost-${index}`);
    const silent = status(504, 'dial tcp 10.0.0.9:10250: i/o timeout');
    const { gaps, paths, urls } = await asked(
      {
        '/api/v1/nodes': pagedList('NodeList', [...lost.map((name) => node(name, false)), node('n1', true)]),
        ...well('n1'),
        ...Object.fromEntries(lost.map((name) => [`/api/v1/nodes/${name}/proxy/healthz`, silent])),
      },
      60_000,
    );
    expect(paths).toHaveLength(5);
    expect(urls[0]).toContain('/nodes/n1/');
    const asking = urls.filter((url) => url.includes('/lost-'));
    // Four are under way when the eighth has said nothing.
    expect(asking.length).toBeGreaterThanOrEqual(8);
    expect(asking.length).toBeLessThanOrEqual(11);
    expect(gaps).toContainEqual(
      expect.objectContaining({
        key: 'node:*/more',
        reason: 'unreachable',
        detail: expect.stringMatching(/because their nodes are not Ready and 8 kubelets had not answered/),
      }),
    );
  });
});

/** A pod that is Running and not ready. */
const unwellPod = (nodeName: string) => ({
  metadata: { namespace: 'shop', name: 'bad' },
  spec: { nodeName, containers: [{ name: 'app', image: 'x' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
});

function node(name: string, ready: boolean, zone?: string) {
  return {
    metadata: { name, ...(zone === undefined ? {} : { labels: { 'topology.kubernetes.io/zone': zone } }) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
  };
}

describe('the order of nodes', () => {
  it('is: of pods in question, neighbours of what is lost, the rest; and what is lost last', () => {
    const inventory = createInventory();
    const nodes = [
      node('lost', false, 'a'),
      node('rest', true, 'b'),
      node('neighbour', true, 'a'),
      node('lost-of-pod', false, 'a'),
      node('of-pod', true, 'b'),
    ];
    for (const one of nodes) inventory.observe('nodes', one);
    for (const name of ['of-pod', 'lost-of-pod']) {
      const pod = unwellPod(name);
      inventory.observe('pods', { ...pod, metadata: { ...pod.metadata, name } });
    }
    expect(nodesInTurn(inventory, {}).map(({ name, lost }) => [name, lost])).toEqual([
      ['of-pod', false],
      ['neighbour', false],
      ['rest', false],
      ['lost-of-pod', true],
      ['lost', true],
    ]);
  });

  it('is as they were listed where nothing tells them apart, and a node without conditions is not lost', () => {
    const inventory = createInventory();
    for (const name of ['b', 'a']) inventory.observe('nodes', { metadata: { name } });
    expect(nodesInTurn(inventory, {})).toEqual([
      { name: 'b', lost: false },
      { name: 'a', lost: false },
    ]);
  });
});
