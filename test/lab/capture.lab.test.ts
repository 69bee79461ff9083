/** Captures of a real cluster: what is in them, what few rights leave, and a file in time whatever hangs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import { badLine, hangApi, resumeApi } from './breaking/api-server.ts';
import { startNode, stopNode, waitNode } from './breaking/nodes.ts';
import { makeUser } from './breaking/users.ts';
import { labNamed } from './cluster/lab.ts';
import { contentOf } from './content.ts';
import { test } from './fixture.ts';
import { hasCondition, type Kube } from './kube.ts';
import { whenSaid } from './run-cli.ts';

/** A pod that writes `line N` ten times a second, on a node if one is named. */
async function talker(kube: Kube, namespace: string, name: string, node?: string): Promise<void> {
  await kube.apply(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name } },
      spec: {
        ...(node === undefined ? {} : { nodeName: node }),
        terminationGracePeriodSeconds: 0,
        initContainers: [
          {
            name: 'prepare',
            image: 'lab/busybox:1',
            imagePullPolicy: 'Never',
            command: ['echo', 'prepared'],
          },
        ],
        containers: [
          {
            name: 'app',
            image: 'lab/busybox:1',
            imagePullPolicy: 'Never',
            command: ['sh', '-c', 'i=0; while true; do echo "line $i"; i=$((i+1)); sleep 0.1; done'],
          },
        ],
      },
    },
    { namespace },
  );
  const ref = { kind: 'Pod', namespace, name };
  // Its readiness is the container's: nothing of the init container counts.
  await kube.waitFor(ref, (pod) => hasCondition(pod, 'Ready'), { timeout: 60_000 });
}

describe('a whole capture', () => {
  test('holds every kind of evidence, without a gap, in half a minute', async ({
    kube,
    namespace,
    dir,
    cli,
  }) => {
    await talker(kube, namespace, 'talker');
    await kube.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'hush' },
        stringData: { password: 'lab-secret-value-1234' },
      },
      { namespace },
    );
    const file = join(dir, 'whole.tar.gz');
    const result = await cli(['capture', '-o', file, '--json', '--strict']);
    expect(JSON.parse(result.stderr.split('\n')[0] ?? '')).toMatchObject({
      event: 'begun',
      user: 'kubernetes-admin',
      version: expect.stringMatching(/^v1\.\d+\.\d+/),
      missing: [],
    });
    expect(result.code).toBe(0);
    const { manifest, bodies } = await contentOf(file);
    expect(manifest).toMatchObject({ end: 'complete', gaps: [] });
    const paths = [...bodies.keys()];
    expect(paths[0]).toBe('bundle.json');
    // The first counters are read meanwhile and arrive when they do; of all that is taken in turn, Events come first.
    const inTurn = paths.filter((path) => !/^(?:bundle\.json$|metrics\/|changes\/|collectors\/)/.test(path));
    expect(inTurn.slice(0, 2)).toEqual([
      'resources/core/v1/events/0001.ndjson',
      'resources/core/v1/events/list.json',
    ]);
    expect(bodies.get(`logs/${namespace}/talker/app.log`)).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line \d+$/m);
    expect(bodies.get(`logs/${namespace}/talker/prepare.log`)).toMatch(/Z prepared\n$/);
    for (const wanted of [
      /^metrics\/kube-system\/coredns-[^/]+\/9153\.first\.prom$/,
      /^metrics\/kube-system\/coredns-[^/]+\/9153\.last\.prom$/,
      /^logs\/kube-system\/coredns-[^/]+\/coredns\.log$/,
      /^nodes\/node-1\/configz\.json$/,
      /^nodes\/node-2\/stats-summary\.json$/,
      /^health\/readyz\.txt$/,
      /^discovery\/apis\.json$/,
      /^resources\/apps\/v1\/deployments\/0001\.ndjson$/,
      /^resources\/networking\.k8s\.io\/v1\/networkpolicies\/list\.json$/,
    ]) {
      expect(paths.filter((path) => wanted.test(path))).not.toEqual([]);
    }
    expect(bodies.get('resources/core/v1/configmaps/0001.ndjson')).toContain('Corefile');
    expect(bodies.get('resources/core/v1/secrets/0001.ndjson')).toContain('"hush"');
    expect([...bodies.values()].filter((body) => /lab-secret-value|bGFiLXNlY3JldC12YWx1/.test(body))).toEqual(
      [],
    );
    expect(result.ms).toBeLessThan(30_000);
  });

  test('records what changes meanwhile', async ({ kube, namespace, dir, cli }) => {
    await talker(kube, namespace, 'talker');
    const file = join(dir, 'changes.tar.gz');
    await cli(['capture', '-o', file], {
      onStart: (child) =>
        whenSaid(child, '✓ EndpointSlices', () => {
          const labels = { app: 'moved' };
          void kube.patch({ kind: 'Pod', namespace, name: 'talker' }, { metadata: { labels } });
        }),
    });
    const { bodies } = await contentOf(file);
    const changes = (bodies.get('changes/core/v1/pods.ndjson') ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(changes).toContainEqual(
      expect.objectContaining({
        type: 'MODIFIED',
        object: expect.objectContaining({
          metadata: expect.objectContaining({ namespace, name: 'talker', labels: { app: 'moved' } }),
        }),
      }),
    );
  });
});

test('a user who may list pods of one namespace gets those, and a gap for all else', async ({
  kube,
  kubeconfig,
  namespace,
  dir,
  cli,
}) => {
  await talker(kube, namespace, 'talker');
  const poor = await makeUser(kube, kubeconfig, dir, namespace, {
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
  });
  const file = join(dir, 'poor.tar.gz');
  const result = await cli(['capture', '--kubeconfig', poor, '-o', file, '--strict']);
  expect(result.code).toBe(3);
  expect(result.stderr.split('\n')[0]).toMatch(
    /; may read in single namespaces only: pods; may not read: Events, logs, Services, /,
  );
  const { manifest, bodies } = await contentOf(file);
  expect(manifest?.end).toBe('complete');
  expect(bodies.get(`resources/core/v1/pods/${namespace}.0001.ndjson`)).toContain('"talker"');
  expect(JSON.parse(bodies.get(`resources/core/v1/pods/list.${namespace}.json`) ?? '')).toMatchObject({
    outcome: 'complete',
    items: 1,
    namespace,
  });
  const gaps = new Map(manifest?.gaps.map((gap) => [gap.key, gap]));
  for (const key of [
    'list:pods',
    'list:services',
    `list:services@${namespace}`,
    'list:discovery.k8s.io/endpointslices',
    `log:${namespace}/talker/app`,
    'metrics:kube-system/coredns',
    'list:nodes',
  ]) {
    expect(gaps.get(key)).toMatchObject({ reason: 'forbidden', status: 403 });
  }
  expect(gaps.has(`list:pods@${namespace}`)).toBe(false);
});

test('a node that goes away costs its own logs only', async ({ lab, kube, namespace, dir, cli }) => {
  await Promise.all(['node-1', 'node-2'].map((node) => talker(kube, namespace, `on-${node}`, node)));
  const file = join(dir, 'node.tar.gz');
  try {
    await stopNode(lab, 'node-2', 'frozen');
    const result = await cli(['capture', '-o', file, '--timeout', '40s']);
    expect(result.code).toBe(0);
    const { manifest, bodies, ms } = await contentOf(file);
    expect(ms).toBeLessThan(42_000);
    expect(bodies.get(`logs/${namespace}/on-node-1/app.log`)).toContain('line 1');
    const keys = manifest?.gaps.map((gap) => gap.key) ?? [];
    expect(
      keys.filter((key) => key === `log:${namespace}/on-node-2/app` || key === `log:${namespace}`),
    ).not.toEqual([]);
    expect(keys.filter((key) => key.startsWith('node:node-2/'))).not.toEqual([]);
    expect(keys.filter((key) => key.startsWith('list:'))).toEqual([]);
  } finally {
    await startNode(lab, 'node-2');
    await waitNode(kube, 'node-2', true);
  }
});

describe('whatever hangs, the file is there in time', () => {
  afterEach(() => resumeApi(labNamed()));

  test.for(['Cluster ', '✓ Events', '✓ EndpointSlices', '✓ logs of containers', '✓ all other objects'])(
    'nothing passes after "%s"',
    async (moment, { kubeconfig, dir, cli }) => {
      const line = await badLine(kubeconfig, dir);
      const file = join(dir, 'stopped.tar.gz');
      const result = await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file, '--timeout', '8s'], {
        onStart: (child) => whenSaid(child, moment, () => line.hang()),
      });
      await line.close();
      expect(result.code).toBe(0);
      const { manifest, bodies, ms } = await contentOf(file);
      expect(ms).toBeLessThan(10_000);
      expect(manifest?.gaps.length).toBeGreaterThan(0);
      expect(manifest?.gaps.filter((gap) => gap.reason !== 'timeout')).toEqual([]);
      for (const collector of manifest?.collectors ?? []) {
        expect([...bodies.keys()]).toContain(`collectors/${collector.id}.json`);
      }
    },
  );

  test('API server stopped in the middle', async ({ lab, dir, cli }) => {
    const file = join(dir, 'stopped.tar.gz');
    const result = await cli(['capture', '-o', file, '--timeout', '6s'], {
      onStart: (child) => whenSaid(child, '✓ Events', () => hangApi(lab)),
    });
    await resumeApi(lab);
    expect(result.code).toBe(0);
    const { manifest, ms } = await contentOf(file);
    expect(ms).toBeLessThan(8000);
    expect(manifest?.end).toBe('deadline');
    expect(manifest?.gaps.map((gap) => gap.key)).toContain('list:apps/deployments');
  });

  test('Ctrl-C finishes the file', async ({ kubeconfig, dir, cli }) => {
    const line = await badLine(kubeconfig, dir);
    line.hang();
    const file = join(dir, 'interrupted.tar.gz');
    let pressed = 0;
    const result = await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file], {
      onStart: (child) =>
        void setTimeout(() => {
          pressed = performance.now();
          child.kill('SIGINT');
        }, 6500),
    });
    expect(performance.now() - pressed).toBeLessThan(2000);
    await line.close();
    expect(result.code).toBe(130);
    expect((await contentOf(file)).manifest).toMatchObject({ end: 'interrupted' });
  });
});

test('a killed capture leaves what it had', async ({ kubeconfig, dir, cli }) => {
  // Nothing passes any more, so that it cannot come to its end before it is killed.
  const line = await badLine(kubeconfig, dir);
  const file = join(dir, 'killed.tar.gz');
  const result = await cli(['capture', '--kubeconfig', line.kubeconfig, '-o', file], {
    onStart: (child) =>
      whenSaid(child, '✓ EndpointSlices', () => {
        line.hang();
        // What has arrived is in the file a second later.
        setTimeout(() => child.kill('SIGKILL'), 1500);
      }),
  });
  await line.close();
  expect(result.signal).toBe('SIGKILL');
  const left = readdirSync(dir).find((name) => name.includes('.partial'));
  const { manifest, bodies } = await contentOf(join(dir, left ?? ''));
  expect(manifest).toBeUndefined();
  expect([...bodies.keys()]).toContain('resources/core/v1/pods/list.json');
});
