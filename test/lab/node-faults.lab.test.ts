/** Nodes that lose their kubelet, run short, or lose what moves their traffic; and one that is well again. On a lab of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { narrowDisk, pressNode } from './breaking/kubelet.ts';
import { startNode, stopNode, waitNode } from './breaking/nodes.ts';
import { applyServer, readyEndpoints } from './breaking/rollouts.ts';
import { labNamed } from './cluster/lab.ts';
import { signalComponent, startAgain, stop } from './cluster/processes.ts';
import { test as base } from './fixture.ts';
import { type Kube, hasCondition } from './kube.ts';
import { labCommand } from './lab-command.ts';
import { BROKEN, expectRoot, mendAll, MINUTE, verdictOf } from './own-lab.ts';
import { until } from './run.ts';

const LAB = 'nodes';
const LONG = { timeout: 10 * MINUTE };

const test = base.override('lab', { scope: 'file' }, () => labNamed(LAB));
beforeAll(async () => void (await labCommand(LAB, ['up'])), 10 * MINUTE);
afterAll(async () => void (await labCommand(LAB, ['down'])), MINUTE);
afterEach(async () => await mendAll(labNamed(LAB)), 10 * MINUTE);

const isEmpty = async (kube: Kube, namespace: string): Promise<boolean> =>
  (await readyEndpoints(kube, namespace, 'web')) === 0;

/** Without endpoints, and for longer than the minute in which that means nothing. */
async function empty(kube: Kube, namespace: string): Promise<void> {
  await until('no endpoint', 2 * MINUTE, () => isEmpty(kube, namespace));
  await sleep(65_000);
}

const MIB = 1024 * 1024;

/** Gives the pod of `web` a program beside it that writes so many MiB into an emptyDir. */
async function letWrite(kube: Kube, namespace: string, mebibytes: number): Promise<void> {
  const writer = {
    name: 'writer',
    image: 'lab/busybox:1',
    imagePullPolicy: 'Never',
    command: ['sh', '-c', `dd if=/dev/zero of=/scratch/full bs=1M count=${mebibytes}; sleep 3600`],
    volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
  };
  const spec = { containers: [writer], volumes: [{ name: 'scratch', emptyDir: {} }] };
  await kube.patch(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' },
    { spec: { strategy: { type: 'Recreate', rollingUpdate: null }, template: { spec } } },
    'strategic',
  );
}

/** The node evicts, its taint keeps the next pod away, and the Service is empty. */
function underPressure(namespace: string): string[] {
  return [
    `platform/node-pressure:Node/${BROKEN}`,
    `pod/unschedulable:Deployment/${namespace}/web`,
    `service/no-endpoints:Service/${namespace}/web`,
  ];
}

describe('a node', () => {
  test(
    'whose kubelet is stopped is the root, though its containers run on',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', nodeName: BROKEN });
      await stop(lab, `${BROKEN}-kubelet`, 0);
      await waitNode(kube, BROKEN, false, 3 * MINUTE);
      await empty(kube, namespace);
      expectRoot(await verdictOf({ dir, cli, diagnose }), [
        `platform/node-not-ready:Node/${BROKEN}`,
        `pod/not-ready:Deployment/${namespace}/web`,
        `service/no-endpoints:Service/${namespace}/web`,
      ]);
    },
  );

  test.for([
    ['memory.available', 'MemoryPressure'],
    ['pid.available', 'PIDPressure'],
  ] as const)(
    'short of %s evicts, and is the root of what that empties',
    LONG,
    async ([signal, condition], { lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', replicas: 1, onlyOn: BROKEN });
      await pressNode(lab, BROKEN, signal);
      await kube.waitFor({ kind: 'Node', name: BROKEN }, (node) => hasCondition(node, condition), {
        timeout: 2 * MINUTE,
        what: condition,
      });
      await empty(kube, namespace);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, underPressure(namespace));
      expect(verdict.findings[0]?.summary).toContain(condition);
    },
  );

  test(
    'short of disk evicts what has written the most, and is the root of what that empties',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', replicas: 1, onlyOn: BROKEN });
      await narrowDisk(lab, BROKEN, 512 * MIB);
      await waitNode(kube, BROKEN, true, 2 * MINUTE);
      await letWrite(kube, namespace, 2048);
      await kube.waitFor({ kind: 'Node', name: BROKEN }, (node) => hasCondition(node, 'DiskPressure'), {
        timeout: 3 * MINUTE,
        what: 'DiskPressure',
      });
      await empty(kube, namespace);
      const verdict = await verdictOf({ dir, cli, diagnose });
      expectRoot(verdict, underPressure(namespace));
      const [root] = verdict.findings;
      expect(root?.summary).toMatch(/is under DiskPressure, and \d+ pods? (?:was|were) evicted/);
      expect(root?.detail).toContain('The node was low on resource: ephemeral-storage');
      // What was evicted for its node held no more than a limit of its own.
      expect(verdict.findings.filter(({ check }) => check === 'pod/storage-limit')).toEqual([]);
    },
  );

  test('whose kube-proxy stands still is not known to be well', LONG, async ({ lab, dir, cli, diagnose }) => {
    signalComponent(lab, `${BROKEN}-kube-proxy`, 'SIGSTOP');
    const { roots, unknown, gaps } = await verdictOf({ dir, cli, diagnose });
    // Silence may be a firewall's too: only a refusal, or its own word, is blamed.
    expect(roots).toEqual([]);
    expect(gaps.map(({ key }) => key)).toContain(`node:${BROKEN}/kube-proxy/healthz`);
    const open = unknown.filter(({ check }) => check === 'platform/kube-proxy');
    expect(open.map(({ object }) => object?.name)).toEqual([BROKEN]);
  });

  test(
    'that was lost and is back is no root: its traces are told as over',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await applyServer(kube, namespace, { name: 'web', nodeName: BROKEN });
      await stopNode(lab, BROKEN, 'frozen');
      await waitNode(kube, BROKEN, false, 3 * MINUTE);
      await until('no endpoint', 2 * MINUTE, () => isEmpty(kube, namespace));
      await startNode(lab, BROKEN);
      await waitNode(kube, BROKEN, true, 3 * MINUTE);
      await until(
        'endpoints again',
        2 * MINUTE,
        async () => (await readyEndpoints(kube, namespace, 'web')) > 0,
      );
      const { roots, unexplained } = await verdictOf({ dir, cli, diagnose });
      expect([roots, unexplained]).toEqual([[], []]);
    },
  );
});

describe('the control plane', () => {
  test(
    'whose controller manager was away and is back is no root',
    LONG,
    async ({ lab, kube, namespace, dir, cli, diagnose }) => {
      await stop(lab, 'kube-controller-manager', 0);
      await until('its Lease to lapse', 2 * MINUTE, async () => {
        const lease = {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          namespace: 'kube-system',
        } as const;
        const held = await kube.get({ ...lease, name: 'kube-controller-manager' });
        const { renewTime } = held['spec'] as { renewTime?: string };
        return Date.now() - Date.parse(renewTime ?? '') > 30_000;
      });
      startAgain(lab, 'kube-controller-manager');
      await applyServer(kube, namespace, { name: 'web' });
      const { roots, unexplained } = await verdictOf({ dir, cli, diagnose });
      expect([roots, unexplained]).toEqual([[], []]);
    },
  );
});
