/** Counters of kubelets, kube-proxy and the API server: which pod, container and node a sample is about. */
import { describe, expect, it } from 'vitest';
import type { Entry, IngestContext } from '../../../analyze/ingest/ingester.ts';
import metrics from '../../../analyze/ingest/kinds/metrics.ts';

type Row = Record<string, unknown>;

function loaded(path: string, text: string): { rows: Row[]; invalid: number } {
  const rows: Row[] = [];
  let invalid = 0;
  const insert =
    (_table: string, columns: readonly string[]) =>
    (...values: unknown[]) => {
      rows.push(Object.fromEntries(columns.map((column, index) => [column, values[index]])));
    };
  const stand = {
    out: { insert },
    gap: () => undefined,
    invalid: () => (invalid += 1),
    note: () => undefined,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parts of a context that this ingester uses
  const context = stand as unknown as IngestContext;
  const entry: Entry = { path, fileId: 1 };
  expect(metrics.paths.test(path)).toBe(true);
  const sink = metrics.start(context).open(entry);
  sink.write(Buffer.from(text));
  sink.end();
  return { rows, invalid };
}

describe('samples', () => {
  it('of cAdvisor and of probes name the pod and container of their labels', () => {
    const { rows } = loaded(
      'nodes/n1/metrics-cadvisor.last.prom',
      'container_oom_events_total{container="app",namespace="shop",pod="web-1"} 2 1700000000000\n' +
        'container_oom_events_total{container="",namespace="shop",pod="web-1"} 3\n',
    );
    expect(rows).toMatchObject([
      {
        source: 'cadvisor',
        node: 'n1',
        namespace: 'shop',
        pod: 'web-1',
        container: 'app',
        scrape: 'last',
        value: 2,
      },
      { source: 'cadvisor', pod: 'web-1', container: null, value: 3 },
    ]);
    expect(loaded('nodes/n.1/metrics-probes.first.prom', 'x{pod="p"} 1\n').rows).toMatchObject([
      { source: 'probes', node: 'n.1', pod: 'p', scrape: 'first' },
    ]);
  });

  it('of kube-proxy are the node’s, of the API server nobody’s, of a pod its own', () => {
    expect(loaded('nodes/n1/kube-proxy.first.prom', 'x{pod="p"} 1\n').rows).toMatchObject([
      { source: 'kube-proxy', node: 'n1', pod: null },
    ]);
    expect(loaded('apiserver/metrics.last.prom', 'x 1\nno sample at all\n')).toMatchObject({
      rows: [{ source: 'apiserver', node: null, pod: null, scrape: 'last' }],
      invalid: 1,
    });
    expect(loaded('metrics/edge/nginx/10254.first.prom', 'x 1\n').rows).toMatchObject([
      { source: 'pod', node: null, namespace: 'edge', pod: 'nginx' },
    ]);
  });
});
