/** Counters of kubelets, kube-proxy and the API server as a real cluster gives them, and where they stand in the store. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { openBundle } from '../../src/bundle/reader.ts';
import { outOfMemory } from './breaking/memory.ts';
import { type Cli, test } from './fixture.ts';
import { items, text } from './kube.ts';

async function rows(cli: Cli, file: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const { stdout, stderr } = await cli(['query', file, sql, '--json']);
  expect(stderr).toBe('');
  const parsed: Record<string, unknown>[] = JSON.parse(stdout);
  return parsed;
}

describe('counters', () => {
  test('of a container that eats its memory and of its probes', async ({ kube, namespace, dir, cli }) => {
    await kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'unwell', namespace },
      spec: {
        containers: [
          {
            name: 'app',
            image: 'lab/agnhost:1',
            imagePullPolicy: 'Never',
            args: ['netexec'],
            resources: { limits: { cpu: '50m', memory: '64Mi' } },
            readinessProbe: { httpGet: { path: '/', port: 9 }, periodSeconds: 1 },
          },
        ],
      },
    });
    await outOfMemory(kube, namespace, { restartPolicy: 'Always' });
    await kube.waitFor({ kind: 'Pod', name: 'unwell', namespace }, (pod) =>
      items(pod, 'status.containerStatuses').some((status) => text(status, 'state.running.startedAt') !== ''),
    );
    // A few probes, and a look of cAdvisor at the container, which it has every ten seconds or so.
    await sleep(15_000);
    const file = join(dir, 'x.tar.gz');
    await cli(['capture', '-n', namespace, '-o', file, '--quiet', '--timeout', '40s']);
    const here = `namespace = '${namespace}'`;
    const failed = await rows(
      cli,
      file,
      `SELECT pod, container, scrape, value FROM metrics WHERE ${here} AND source = 'probes'
       AND name = 'prober_probe_total' AND labels ->> 'result' = 'failed' ORDER BY scrape`,
    );
    expect(failed).toMatchObject([
      { pod: 'unwell', container: 'app', scrape: 'first' },
      { pod: 'unwell', container: 'app', scrape: 'last' },
    ]);
    expect(Number(failed[1]?.['value'])).toBeGreaterThan(Number(failed[0]?.['value']));
    // The lab's kubelets have cAdvisor know pods' cgroups alone: its containerd listens at an unusual place.
    const limits = await rows(
      cli,
      file,
      `SELECT DISTINCT value FROM metrics WHERE ${here} AND pod = 'unwell' AND container IS NULL
       AND name = 'container_spec_memory_limit_bytes'`,
    );
    expect(limits).toEqual([{ value: 64 * 1024 * 1024 }]);
    const names = await rows(
      cli,
      file,
      `SELECT DISTINCT name FROM metrics WHERE ${here} AND source = 'cadvisor'`,
    );
    expect(names.map(({ name }) => name)).toContain('container_oom_events_total');
    expect(names.map(({ name }) => name)).toContain('container_cpu_cfs_throttled_periods_total');
  });

  test('of the API server and kube-proxy are in the file, and few', async ({ namespace, dir, cli }) => {
    const file = join(dir, 'x.tar.gz');
    await cli(['capture', '-n', namespace, '-o', file, '--quiet', '--timeout', '40s']);
    const bundle = await openBundle(file);
    const files = new Map<string, string>();
    for await (const entry of bundle.entries()) files.set(entry.path, (await entry.read()).toString('utf8'));
    await bundle.close();
    for (const label of ['first', 'last']) {
      const metrics = files.get(`apiserver/metrics.${label}.prom`) ?? '';
      expect(metrics).toContain('apiserver_flowcontrol_current_limit_seats');
      expect(metrics).toContain('aggregator_unavailable_apiservice');
      expect(metrics.length).toBeLessThan(300_000);
    }
    expect(files.get('health/readyz.txt')).toContain('[+]etcd ok');
    for (const node of ['node-1', 'node-2']) {
      const word: { status: number; body: { lastUpdated: string } } = JSON.parse(
        files.get(`nodes/${node}/kube-proxy-healthz.json`) ?? '{}',
      );
      expect(word.status).toBe(200);
      expect(Date.parse(word.body.lastUpdated)).toBeGreaterThan(0);
    }
    const leases = files.get('resources/coordination.k8s.io/v1/leases/kube-system.0001.ndjson') ?? '';
    expect(leases).toContain('"name":"kube-scheduler"');
    expect(bundle.manifest?.latencies?.kinds['list']?.count).toBeGreaterThan(10);
    // Nobody but the node itself reaches kube-proxy's metrics here, as is usual: no gap is made of it.
    expect(bundle.manifest?.gaps.map(({ key }) => key).filter((key) => key.startsWith('node:'))).toEqual([]);
  });
});
