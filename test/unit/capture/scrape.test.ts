/** Counters twice, filtered as they stream past: the API server's, the kubelets', those of what stands at the edge. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../../capture/collector.ts';
import apiserver from '../../../capture/collectors/apiserver.ts';
import edge from '../../../capture/collectors/edge-counters.ts';
import nodeCounters from '../../../capture/collectors/node-counters.ts';
import { keepsLine } from '../../../capture/families.ts';
import { NODES, PODS } from '../../../capture/kinds.ts';
import { filtered } from '../../../capture/scrape.ts';
import {
  type Answer,
  type FakeApiServer,
  inTurn,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

async function counted(collector: Collector, answers: Record<string, Answer>) {
  server = await startFakeApiServer(answers);
  const { context, budget, files, gaps, close } = await fakeContext(server.url);
  const running = collector.run(context);
  await context.lists.take(context, NODES);
  await context.lists.take(context, PODS);
  await sleep(150);
  budget.finish();
  await running;
  close();
  const scraped = Object.fromEntries([...files].filter(([path]) => path.endsWith('.prom')));
  return { files: scraped, gaps: gaps.filter(({ evidence }) => evidence !== 'list'), asked: server.requests };
}

const nodes = pagedList('NodeList', [{ metadata: { name: 'n1' } }, { metadata: { name: 'n2' } }]);
const oom = (count: number): string =>
  `container_oom_events_total{container="app",id="/x",namespace="shop",pod="web-1"} ${count}\n`;
const refused = status(
  503,
  'error trying to reach service: dial tcp 1.2.3.4:10249: connect: connection refused',
);
const kubelet = (node: string): Record<string, Answer> => ({
  [`/api/v1/nodes/${node}/proxy/metrics/probes`]: text('prober_probe_total{result="failed"} 3\n'),
  [`/api/v1/nodes/${node}/proxy/metrics/cadvisor`]: inTurn(
    text(`# TYPE x\n${oom(1)}container_tasks_state{pod="web-1"} 0\n`),
    text(oom(2)),
  ),
  [`/api/v1/nodes/${node}:10249/proxy/metrics`]: refused,
});

describe('lines', () => {
  it.each([
    ['cadvisor', 'container_oom_events_total{container="a",pod="p"} 1', true],
    ['cadvisor', 'container_oom_events_total{container="",id="/system.slice",pod=""} 1', false],
    ['cadvisor', 'container_fs_reads_total{pod="p"} 1', false],
    ['apiserver', 'apiserver_request_total{code="200",verb="GET"} 9', false],
    ['apiserver', 'apiserver_request_total{code="429",verb="GET"} 9', true],
    ['apiserver', 'apiserver_request_total{code="503",verb="GET"} 9', true],
    ['apiserver', 'aggregator_unavailable_apiservice{name="v1beta1.metrics.k8s.io"} 1', true],
    ['apiserver', 'etcd_request_duration_seconds_bucket{le="1"} 1', false],
    ['edge', 'nginx_ingress_controller_config_last_reload_successful 0', true],
    ['edge', 'traefik_config_last_reload_success 1', true],
    ['kube-proxy', 'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1', true],
    ['probes', '# HELP prober_probe_total', false],
  ] as const)('of %s: %s', (scraped, line, kept) => {
    expect(keepsLine(scraped, line)).toBe(kept);
  });

  it('are whole however the body is cut, and a body without end is given up', async () => {
    const body = Buffer.from(`${oom(1)}other 1\n${oom(2)}`);
    for (let at = 0; at < body.length; at += 7) {
      const cut = (async function* () {
        yield body.subarray(0, at);
        yield body.subarray(at);
      })();
      // oxlint-disable-next-line no-await-in-loop -- one after another is what is looked at
      expect((await filtered(cut, 'cadvisor')).toString()).toBe(oom(1) + oom(2));
    }
    const endless = (async function* () {
      for (;;) yield Buffer.alloc(1 << 20, 'x');
    })();
    await expect(filtered(endless, 'cadvisor')).rejects.toThrow(/1 MiB/);
  });
});

describe('counters', () => {
  it('of kubelets are read twice; kube-proxy on localhost alone is no gap', async () => {
    const { files, gaps } = await counted(nodeCounters, {
      '/api/v1/nodes': nodes,
      ...kubelet('n1'),
      ...kubelet('n2'),
    });
    expect(files['nodes/n1/metrics-cadvisor.first.prom']).toBe(oom(1));
    expect(files['nodes/n2/metrics-cadvisor.last.prom']).toBe(oom(2));
    expect(Object.keys(files)).toHaveLength(8);
    expect(gaps).toEqual([]);
  });

  it('that are forbidden are asked for once', async () => {
    const { gaps, asked } = await counted(nodeCounters, {
      '/api/v1/nodes': nodes,
      '/api/v1/nodes/n1/proxy/metrics/probes': status(403, 'nodes/proxy is forbidden'),
    });
    expect(gaps).toMatchObject([{ evidence: 'node', reason: 'forbidden' }]);
    expect(asked.filter((url) => url.includes('/proxy/'))).toHaveLength(1);
  });

  it('of the API server are read twice, or are one gap', async () => {
    const well = await counted(apiserver, {
      '/metrics': text('apiserver_admission_webhook_fail_open_count{name="w"} 1\ngo_threads 9\n'),
    });
    expect(Object.values(well.files)).toEqual(
      Array(2).fill('apiserver_admission_webhook_fail_open_count{name="w"} 1\n'),
    );
    await server?.close();
    const { gaps } = await counted(apiserver, { '/metrics': status(403, 'forbidden') });
    expect(gaps).toMatchObject([{ key: 'metrics:apiserver', reason: 'forbidden' }]);
  });

  it('of an ingress controller are read where it says; of other pods never', async () => {
    const pod = (name: string, image: string, annotations = {}) => ({
      metadata: { namespace: 'edge', name, annotations },
      spec: { containers: [{ name: 'c', image, ports: [{ name: 'metrics', containerPort: 10254 }] }] },
    });
    const at = '/api/v1/namespaces/edge/pods';
    const { files, asked } = await counted(edge, {
      '/api/v1/pods': pagedList('PodList', [
        pod('nginx', 'nginx-ingress-controller:v1'),
        pod('traefik', 'traefik:v3', { 'prometheus.io/port': '9100', 'prometheus.io/path': '/m' }),
        pod('evil', 'traefik:v3', { 'prometheus.io/path': '/../../secrets?x' }),
        pod('web', 'web:1'),
      ]),
      [`${at}/nginx:10254/proxy/metrics`]: text('nginx_ingress_controller_config_last_reload_successful 0\n'),
      [`${at}/traefik:9100/proxy/m`]: text('traefik_config_last_reload_success 1\n'),
    });
    expect(Object.keys(files).toSorted()).toEqual([
      'metrics/edge/nginx/10254.first.prom',
      'metrics/edge/nginx/10254.last.prom',
      'metrics/edge/traefik/9100.first.prom',
      'metrics/edge/traefik/9100.last.prom',
    ]);
    expect(asked.filter((url) => /web|evil/.test(url))).toEqual([]);
  });
});
