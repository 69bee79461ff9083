// The lab itself: what it promises to tests, and that what it breaks is truly broken and comes back.
import { afterEach, describe, expect } from 'vitest';
import { badLine, hangApi, restartApi, resumeApi } from './breaking/api-server.ts';
import { outOfMemory } from './breaking/memory.ts';
import { startNode, stopNode, waitNode } from './breaking/nodes.ts';
import { applyServer, readyEndpoints, relabelPods } from './breaking/rollouts.ts';
import { makeUser } from './breaking/users.ts';
import { labNamed } from './cluster/lab.ts';
import { up } from './cluster/up.ts';
import { test } from './fixture.ts';
import { connect, field, hasCondition, items, type Kube, KubeError, text } from './kube.ts';
import { until } from './run.ts';

const quiet = (): void => undefined;

/** Runs a shell line in a pod that serves agnhost netexec. */
async function shell(kube: Kube, namespace: string, pod: string, line: string): Promise<string> {
  const { text: answer } = await kube.proxy(namespace, pod, 8080, `/shell?cmd=${encodeURIComponent(line)}`);
  return text(JSON.parse(answer), 'output');
}

async function podsOf(kube: Kube, namespace: string): Promise<string[]> {
  const pods = await kube.list({ kind: 'Pod', namespace });
  return pods.map((pod) => pod.metadata.name);
}

describe('the cluster', () => {
  test('has two Ready nodes and says so at once when asked to come up again', async ({ kube, lab }) => {
    const nodes = await kube.list({ kind: 'Node' });
    expect(nodes.map((node) => [node.metadata.name, hasCondition(node, 'Ready')])).toEqual([
      ['node-1', true],
      ['node-2', true],
    ]);
    const again = await up(lab, quiet);
    expect(again.already).toBe(true);
    expect(again.seconds).toBeLessThan(2);
  });

  test('serves on both nodes, through the API proxy and by Service name, and logs the DNS queries', async ({
    kube,
    namespace,
  }) => {
    for (const node of ['node-1', 'node-2']) {
      await applyServer(kube, namespace, { name: `on-${node}`, replicas: 1, nodeName: node });
    }
    const pods = await podsOf(kube, namespace);
    for (const pod of pods) expect((await kube.proxy(namespace, pod, 8080, '/hostname')).text).toBe(pod);

    const [first = ''] = pods;
    const host = `on-node-2.${namespace}.svc.cluster.local`;
    expect(await shell(kube, namespace, first, `nslookup ${host}`)).toMatch(/Address: 10\./);
    const serving = pods.find((pod) => pod.startsWith('on-node-2'));
    // kube-proxy follows a moment after the pods.
    await until('an answer by Service name', 10_000, async () => {
      const dial = `/dial?host=${host}&port=80&request=hostname&protocol=http`;
      const { text: answer } = await kube.proxy(namespace, first, 8080, dial);
      return items(JSON.parse(answer), 'responses')[0] === serving;
    });

    const servers = await kube.list({
      kind: 'Pod',
      namespace: 'kube-system',
      labelSelector: 'k8s-app=kube-dns',
    });
    expect(servers).toHaveLength(2);
    await until('the query in the logs of CoreDNS', 10_000, async () => {
      const logs = await Promise.all(
        servers.map(async (pod) => await kube.logs('kube-system', pod.metadata.name, { tailLines: 50 })),
      );
      return logs.some((log) => log.includes(`A IN ${host}.`) && log.includes('NOERROR'));
    });
    const metrics = await kube.proxy('kube-system', servers[0]?.metadata.name ?? '', 9153, '/metrics');
    expect(metrics.text).toContain('coredns_dns_requests_total');
  });

  test('answers for names outside', async ({ kube, namespace }) => {
    await applyServer(kube, namespace, { name: 'asker', replicas: 1 });
    const [pod = ''] = await podsOf(kube, namespace);
    expect(await shell(kube, namespace, pod, 'nslookup www.example.com')).toContain('Address: 172.30.0.1');
    expect(await shell(kube, namespace, pod, 'nslookup nowhere.example')).toContain('NXDOMAIN');
  });
});

describe('breaking', () => {
  test('a rollout moves the label and leaves the Service without endpoints', async ({ kube, namespace }) => {
    await applyServer(kube, namespace, { name: 'payment', labels: { app: 'payment-v1' } });
    // The endpoints controller follows a moment after the pods.
    await until(
      'two endpoints',
      10_000,
      async () => (await readyEndpoints(kube, namespace, 'payment')) === 2,
    );
    await relabelPods(kube, namespace, 'payment', { app: 'payment-v2' });
    await until('no endpoint', 10_000, async () => (await readyEndpoints(kube, namespace, 'payment')) === 0);
  });

  test('a container is OOMKilled with exit code 137', async ({ kube, namespace }) => {
    const pod = await outOfMemory(kube, namespace);
    const terminated = field(pod, 'status.containerStatuses.0.state.terminated');
    expect(terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  test('a user with few rights sees what it may and is refused the rest', async ({
    kube,
    kubeconfig,
    namespace,
    dir,
  }) => {
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
    const guest = connect(await makeUser(kube, kubeconfig, dir, namespace, { rules }));
    try {
      expect(await guest.list({ kind: 'Pod', namespace })).toEqual([]);
      const refused = guest.list({ kind: 'Service', namespace });
      await expect(refused).rejects.toBeInstanceOf(KubeError);
      await expect(refused).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
      await expect(guest.list({ kind: 'Pod', namespace: '*' })).rejects.toMatchObject({ status: 403 });
    } finally {
      guest.close();
    }
  });

  test('a bad line delays, hangs and resumes for its own users only', async ({ kube, kubeconfig, dir }) => {
    const line = await badLine(kubeconfig, dir, { delay: 200 });
    const slow = connect(line.kubeconfig);
    try {
      const began = performance.now();
      await slow.list({ kind: 'Node' });
      expect(performance.now() - began).toBeGreaterThan(400);
      line.hang();
      await expect(slow.raw('GET', '/version', { timeout: 1000 })).rejects.toThrow(/abort|timeout/i);
      expect((await kube.raw('GET', '/version')).status).toBe(200);
      line.resume();
      expect((await slow.raw('GET', '/version')).status).toBe(200);
    } finally {
      slow.close();
      await line.close();
    }
  });
});

describe('breaking for everybody', () => {
  // Whatever a failed test left broken must not spoil the next one.
  afterEach(async () => {
    const lab = labNamed();
    await resumeApi(lab);
    for (const node of lab.nodes) await startNode(lab, node.name);
  });

  test('the API server hangs and goes on', async ({ kube, lab }) => {
    hangApi(lab);
    await expect(kube.raw('GET', '/version', { timeout: 1000 })).rejects.toThrow(/abort|timeout/i);
    await resumeApi(lab);
    expect((await kube.raw('GET', '/version')).status).toBe(200);
  });

  test('the API server starts anew', async ({ kube, lab }) => {
    await restartApi(lab);
    expect(await kube.list({ kind: 'Node' })).toHaveLength(2);
  });

  test('a frozen node becomes NotReady and comes back', async ({ kube, lab }) => {
    await stopNode(lab, 'node-2', 'frozen');
    await waitNode(kube, 'node-2', false);
    await startNode(lab, 'node-2');
    await waitNode(kube, 'node-2', true);
  });

  test('a killed node comes back and its pods start anew', async ({ kube, lab, namespace }) => {
    await applyServer(kube, namespace, { name: 'survivor', replicas: 1, nodeName: 'node-2' });
    const [pod = ''] = await podsOf(kube, namespace);
    await stopNode(lab, 'node-2', 'killed');
    await expect(kube.proxy(namespace, pod, 8080, '/hostname', { timeout: 4000 })).resolves.toMatchObject({
      status: 503,
    });
    await startNode(lab, 'node-2');
    await kube.waitFor(
      { kind: 'Pod', name: pod, namespace },
      (object) =>
        hasCondition(object, 'Ready') && Number(field(object, 'status.containerStatuses.0.restartCount')) > 0,
      { timeout: 90_000, what: `${pod} started anew` },
    );
  });

  test('an unplugged node is out of reach and comes back', async ({ kube, lab, namespace }) => {
    await applyServer(kube, namespace, { name: 'remote', replicas: 1, nodeName: 'node-2' });
    const [pod = ''] = await podsOf(kube, namespace);
    await stopNode(lab, 'node-2', 'unplugged');
    const away = await kube.proxy(namespace, pod, 8080, '/hostname', { timeout: 5000 }).then(
      (response) => response.status,
      () => 'no answer',
    );
    expect(away).not.toBe(200);
    await startNode(lab, 'node-2');
    await until(
      'an answer from the pod',
      30_000,
      async () => (await kube.proxy(namespace, pod, 8080, '/hostname', { timeout: 3000 })).text === pod,
    );
  });
});
