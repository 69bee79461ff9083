/** Faults of the platform, each caused for real on the whole lab, captured, and found as the root of what stands still. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { freezeDatabase, thawDatabase } from './breaking/api-server.ts';
import { breakNetworkPlugin, removeNetworkPlugin } from './breaking/kubelet.ts';
import { stopNode, waitNode } from './breaking/nodes.ts';
import { applyServer, readyEndpoints } from './breaking/rollouts.ts';
import { labNamed } from './cluster/lab.ts';
import { stop } from './cluster/processes.ts';
import { contentOf } from './content.ts';
import { test as base } from './fixture.ts';
import { caller, deployment, webServer } from './incidents/incident.ts';
import { type Kube, type KubeObject, text } from './kube.ts';
import { until } from './run.ts';
import { fromJson } from './values.ts';
import { labCommand } from './lab-command.ts';
import { BROKEN, expectRoot, mendAll, MINUTE, verdictOf } from './own-lab.ts';

/** A lab of its own: what is done to nodes here would still be felt by whatever test comes next. */
const LAB = 'platform';

const test = base.override('lab', { scope: 'file' }, () => labNamed(LAB));
beforeAll(async () => void (await labCommand(LAB, ['up'])), 10 * MINUTE);
afterAll(async () => void (await labCommand(LAB, ['down'])), MINUTE);

const LONG = { timeout: 10 * MINUTE };

/** Milliseconds since the oldest renewal among the leaders' Leases, as the API server remembers them. */
async function oldestLeaseAge(kube: Kube): Promise<number> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?resourceVersion=0';
  const { text: body } = await kube.raw('GET', path, { timeout: 20_000 });
  const { items } = fromJson<{ items: KubeObject[] }>(body);
  const named = items.filter(({ metadata }) => metadata.name.startsWith('kube-'));
  return Date.now() - Math.min(...named.map((lease) => Date.parse(text(lease, 'spec.renewTime'))));
}

describe('a node', () => {
  afterEach(async () => await mendAll(labNamed(LAB)), 10 * MINUTE);

  test('that is cordoned on purpose raises no alarm', LONG, async ({ kube, dir, cli, diagnose }) => {
    await kube.patch({ kind: 'Node', name: BROKEN }, { spec: { unschedulable: true } });
    const { findings } = await verdictOf({ dir, cli, diagnose });
    expect(findings.filter(({ role }) => role !== 'advice').map(({ key }) => key)).toEqual([]);
  });

  test(
    'without kube-proxy, whose pods cannot reach a Service made since, is the root',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await stop(lab, `${BROKEN}-kube-proxy`, 0);
      // A Service that came since has no rules there.
      await applyServer(kube, namespace, { name: 'web', nodeName: 'node-1' });
      const client = caller(`web.${namespace}.svc.cluster.local:80`);
      const labels = { app: 'shop' };
      const shop = deployment({ name: 'shop', namespace, replicas: 1, labels, container: client });
      await kube.apply(placed(shop, { nodeName: BROKEN }));
      await sleep(75_000);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, [`platform/kube-proxy:Node/${BROKEN}`]);
    },
  );

  test.for(['frozen', 'unplugged'] as const)(
    'that is lost (%s) is the root of its pods and their Service',
    LONG,
    async (how, { lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', nodeName: BROKEN });
      await stopNode(lab, BROKEN, how);
      await waitNode(kube, BROKEN, false, 3 * MINUTE);
      await until('no endpoint', MINUTE, async () => (await readyEndpoints(kube, namespace, 'web')) === 0);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, [
        `platform/node-not-ready:Node/${BROKEN}`,
        `pod/not-ready:Deployment/${namespace}/web`,
        `service/no-endpoints:Service/${namespace}/web`,
      ]);
      expect(verdict.findings[0]?.summary).toContain('Kubelet stopped posting node status');
    },
  );
});

/** A Deployment whose pods are placed as this part of their spec says. */
function placed(made: KubeObject, how: Readonly<Record<string, unknown>>): KubeObject {
  const copy: KubeObject & { spec: { template: { spec: object } } } = fromJson(JSON.stringify(made));
  Object.assign(copy.spec.template.spec, how);
  return copy;
}

/** Deployment and Service `web`: one server, placed so. */
async function applyPlaced(
  kube: Kube,
  namespace: string,
  how: Readonly<Record<string, unknown>>,
): Promise<void> {
  const labels = { app: 'web' };
  const web = deployment({ name: 'web', namespace, replicas: 1, labels, container: webServer });
  await kube.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
    },
    placed(web, how),
  ]);
}

describe('the control plane', () => {
  afterEach(async () => await mendAll(labNamed(LAB)), 10 * MINUTE);

  test.for([
    ['kube-controller-manager', 'pod/not-created:Deployment/NS/web'],
    ['kube-scheduler', 'service/no-endpoints:Service/NS/web'],
  ] as const)(
    'without %s is the root of what is not made or not bound',
    LONG,
    async ([name, then], { lab, kube, namespace, dir, cli, diagnose }) => {
      await stop(lab, name, 0);
      await applyPlaced(kube, namespace, {});
      await sleep(75_000);
      const verdict = await verdictOf({ dir, cli, diagnose });
      const root = `platform/control-plane:Lease/kube-system/${name}`;
      expectRoot(verdict, [root, then.replace('NS', namespace)]);
    },
  );

  test(
    'whose database stands still is the one root, by what the API server remembers',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', nodeName: 'node-1' });
      const readyz = async (): Promise<number> =>
        (await kube.raw('GET', '/readyz', { timeout: 20_000, accept: '*/*' })).status;
      try {
        freezeDatabase(lab);
        await until('an API server that is not ready', 2 * MINUTE, async () => (await readyz()) === 500);
        // Longer than any Lease lasts: all of them are old by now.
        await until('an old Lease', 3 * MINUTE, async () => (await oldestLeaseAge(kube)) > 60_000);
        const verdict = await verdictOf({ dir, cli, diagnose });
        expectRoot(verdict, ['platform/control-plane:Service/default/kubernetes#readyz']);
        expect(verdict.gaps.map(({ key }) => key)).toContain('memory:lists');
        const { bodies } = await contentOf(join(dir, 'platform.tar.gz'));
        const list = fromJson<Record<string, unknown>>(
          bodies.get('resources/core/v1/pods/list.json') ?? '{}',
        );
        expect(list).toMatchObject({ outcome: 'complete', fromCache: true });
        expect(bodies.get('resources/core/v1/pods/0001.ndjson')).toContain(`"namespace":"${namespace}"`);
      } finally {
        await thawDatabase(lab);
      }
    },
  );
});

// Last: Events of sandboxes that failed are told for a while after.
describe('a node', () => {
  afterEach(async () => await mendAll(labNamed(LAB)), 10 * MINUTE);

  test(
    'without a network plugin says so, and is not merely NotReady',
    LONG,
    async ({ lab, kube, dir, cli, diagnose }) => {
      await removeNetworkPlugin(lab, BROKEN);
      await waitNode(kube, BROKEN, false, 3 * MINUTE);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, [`platform/cni:Node/${BROKEN}`, `platform/node-not-ready:Node/${BROKEN}`]);
      expect(verdict.findings[0]?.summary).toContain('cni plugin not initialized');
    },
  );

  test(
    'with a network plugin that is not installed makes no sandbox',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await breakNetworkPlugin(lab, BROKEN);
      await applyPlaced(kube, namespace, { nodeName: BROKEN });
      await sleep(65_000);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, [`platform/cni:Node/${BROKEN}`, `service/no-endpoints:Service/${namespace}/web`]);
      expect(verdict.findings[0]?.summary).toMatch(/1 pod no network: .*nowhere-installed/);
    },
  );

  test(
    'with a network plugin that is not installed, behind a wrong selector, comes next',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await breakNetworkPlugin(lab, BROKEN);
      await applyPlaced(kube, namespace, { nodeName: BROKEN });
      await kube.patch(
        { kind: 'Service', namespace, name: 'web' },
        { spec: { selector: { app: 'web-v1' } } },
      );
      await sleep(65_000);
      const verdict = await verdictOf({ dir, cli, diagnose });
      const [root, next] = [
        `service/selector-mismatch:Service/${namespace}/web`,
        `platform/cni:Node/${BROKEN}`,
      ];
      expect(verdict.roots).toEqual([root, next]);
      expect(verdict.unexplained).toEqual([]);
      expect(verdict.findings.find(({ key }) => key === root)?.masks).toEqual([next]);
      const path = verdict.paths.find(({ service }) => service === `${namespace}/web`);
      expect(path?.layers).toMatchObject({ service: 'fail', pod: 'fail', platform: 'fail' });
    },
  );
});
