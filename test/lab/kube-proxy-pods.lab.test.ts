/** kube-proxy as the DaemonSet that clusters in the wild run it as: what takes it down, on one node or on all. On a lab of its own. */
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import {
  forbidProxies,
  mendProxies,
  reconfigureProxies,
  renewProxies,
  runProxiesAsPods,
  waitProxies,
} from './breaking/kube-proxy.ts';
import { applyServer } from './breaking/rollouts.ts';
import { labNamed } from './cluster/lab.ts';
import { test as base } from './fixture.ts';
import { caller, deployment, logged } from './incidents/incident.ts';
import { connect, field, type Kube, type KubeObject, text } from './kube.ts';
import { labCommand } from './lab-command.ts';
import { BROKEN, expectRoot, MINUTE, verdictOf } from './own-lab.ts';
import { until } from './run.ts';

const LAB = 'proxies';
const LONG = { timeout: 10 * MINUTE };
const OTHER = 'node-1';
const SET = 'DaemonSet/kube-system/kube-proxy';

const test = base.override('lab', { scope: 'file' }, () => labNamed(LAB));
beforeAll(async () => {
  await labCommand(LAB, ['up']);
  await withLab(async (kube) => await runProxiesAsPods(labNamed(LAB), kube));
}, 10 * MINUTE);
beforeEach(async () => {
  await withLab(async (kube) => await mendProxies(labNamed(LAB), kube));
}, 5 * MINUTE);
afterAll(async () => void (await labCommand(LAB, ['down'])), MINUTE);

async function withLab(act: (kube: Kube) => Promise<void>): Promise<void> {
  const kube = connect(labNamed(LAB).kubeconfig);
  try {
    await act(kube);
  } finally {
    kube.close();
  }
}

/** A shop on the node that is broken, whose Service came after its rules stood still; returns when its log complains. */
async function applyShop(kube: Kube, namespace: string): Promise<void> {
  await applyServer(kube, namespace, { name: 'web', nodeName: OTHER });
  const container = caller(`web.${namespace}.svc.cluster.local:80`);
  const shop = deployment({ name: 'shop', namespace, replicas: 1, labels: { app: 'shop' }, container });
  const { spec } = shop as KubeObject & { spec: { template: { spec: Record<string, unknown> } } };
  spec.template.spec['nodeName'] = BROKEN;
  await kube.apply(shop);
  const complaints = async (): Promise<boolean> => (await logged(kube, namespace, 'shop', 'ERROR')) > 5;
  await until('a client that fails', 2 * MINUTE, complaints);
}

async function proxyOf(kube: Kube, node: string): Promise<KubeObject> {
  const pods = await kube.list({
    kind: 'Pod',
    namespace: 'kube-system',
    labelSelector: 'k8s-app=kube-proxy',
  });
  const pod = pods.find((one) => text(one, 'spec.nodeName') === node);
  if (pod === undefined) throw new Error(`no kube-proxy on ${node}`);
  return pod;
}

/** Waits until what kube-proxy of a node has logged since it was started holds these words so often. */
async function untilSaid(kube: Kube, node: string, words: string, times: number): Promise<void> {
  await until(`kube-proxy of ${node} to say ${words}`, 4 * MINUTE, async () => {
    const { metadata } = await proxyOf(kube, node);
    const log = await kube.logs('kube-system', metadata.name).catch(() => '');
    return log.split(words).length > times;
  });
}

/** Waits until kube-proxy of a node was restarted so often; one that the kubelet gave its old configuration is made anew. */
async function untilRestarted(kube: Kube, node: string, times: number): Promise<void> {
  await until(`restarts of kube-proxy on ${node}`, 4 * MINUTE, async () => {
    const pod = await proxyOf(kube, node);
    const restarts = Number(field(pod, 'status.containerStatuses.0.restartCount') ?? 0);
    const started = text(pod, 'status.containerStatuses.0.state.running.startedAt');
    if (restarts === 0 && Date.now() - Date.parse(started) > 20_000) await renewProxies(kube, node);
    return restarts >= times;
  });
}

describe('kube-proxy as a DaemonSet', () => {
  test(
    'that is well, and was restarted on one node, is no root',
    LONG,
    async ({ kube, dir, cli, diagnose }) => {
      await renewProxies(kube, BROKEN);
      await waitProxies(kube, 2);
      const { roots, unexplained, unknown } = await verdictOf({ dir, cli, diagnose });
      expect([roots, unexplained]).toEqual([[], []]);
      expect(unknown.filter(({ check }) => check === 'platform/kube-proxy')).toEqual([]);
    },
  );

  test(
    'whose pod dies of its configuration on one node, is the root of what fails from there',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await reconfigureProxies(lab, kube, { mode: 'nftable' }, BROKEN);
      await untilRestarted(kube, BROKEN, 3);
      await applyShop(kube, namespace);
      const verdict = await verdictOf({ dir, cli, diagnose });
      const root = `platform/kube-proxy:Node/${BROKEN}`;
      expectRoot(verdict, [root]);
      expectRoot(verdict, [root, `pod/dependency-unreachable:Deployment/${namespace}/shop`]);
      const loop = verdict.findings.find(({ key }) => key === `pod/crash-loop:${SET}`);
      expect(loop?.causes).toEqual([root]);
      expect(verdict.findings[0]?.summary).toContain('KubeProxyConfiguration.Mode');
    },
  );

  test(
    'whose pods die of their configuration on all nodes, is one root that names them',
    LONG,
    async ({ lab, kube, dir, cli, diagnose }) => {
      await reconfigureProxies(lab, kube, { mode: 'nftable' });
      for (const node of [OTHER, BROKEN]) await untilRestarted(kube, node, 3);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expect(verdict.roots).toEqual([`platform/kube-proxy:Node/${OTHER}`]);
      expect(verdict.findings[0]?.summary).toContain(
        `2 nodes (${OTHER}, ${BROKEN}) have a kube-proxy that dies`,
      );
      expect(verdict.unexplained).toEqual([]);
    },
  );

  test('that may not read Services is the root', LONG, async ({ kube, dir, cli, diagnose }) => {
    await forbidProxies(kube);
    await renewProxies(kube, BROKEN);
    await untilSaid(kube, BROKEN, 'is forbidden', 7);
    const verdict = await verdictOf({ dir, cli, diagnose });
    // The other one goes on with the watches that it has; once those end it stands still as well.
    const root = `platform/kube-proxy:Node/${BROKEN}`;
    const others = [root, `platform/kube-proxy:Node/${OTHER}`];
    expect(verdict.roots).toContain(root);
    expect(verdict.roots.filter((key) => !others.includes(key))).toEqual([]);
    expect(verdict.unexplained).toEqual([]);
    const told = verdict.findings.find(({ key }) => key === root)?.summary;
    expect(told).toContain('is forbidden: User "system:serviceaccount:kube-system:kube-proxy"');
  });
});
