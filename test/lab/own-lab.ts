// For test files that break nodes or the control plane: a lab of their own, made whole after each test.
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { thawDatabase } from './breaking/api-server.ts';
import { restoreNode } from './breaking/kubelet.ts';
import { startNode, waitNode } from './breaking/nodes.ts';
import { readyEndpoints } from './breaking/rollouts.ts';
import type { Lab } from './cluster/lab.ts';
import type { Cli, Diagnose } from './fixture.ts';
import { connect, type Kube, text } from './kube.ts';
import { until } from './run.ts';

export const MINUTE = 60_000;
/** The one that is broken; the other goes on. */
export const BROKEN = 'node-2';

/** Brings back whatever a test left broken, and waits until all is well: it must not spoil the next one. */
export async function mendAll(lab: Lab): Promise<void> {
  await startNode(lab, BROKEN);
  // Starts the leaders again as well.
  await thawDatabase(lab);
  await restoreNode(lab, BROKEN);
  const kube = connect(lab.kubeconfig);
  try {
    await kube.patch({ kind: 'Node', name: BROKEN }, { spec: { unschedulable: null } });
    for (const { name } of lab.nodes) await waitNode(kube, name, true, 3 * MINUTE);
    await untilCalm(kube);
  } finally {
    kube.close();
  }
}

/** Both leaders lead, and cluster DNS is whole. */
async function untilCalm(kube: Kube): Promise<void> {
  await until('leaders that renew', 3 * MINUTE, async () => {
    const leases = await kube.list({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      namespace: 'kube-system',
    });
    const young = leases.filter((lease) => Date.now() - Date.parse(text(lease, 'spec.renewTime')) < 10_000);
    return ['kube-controller-manager', 'kube-scheduler'].every((name) =>
      young.some((lease) => lease.metadata.name === name),
    );
  });
  await until('two DNS servers', 3 * MINUTE, async () => {
    return (await readyEndpoints(kube, 'kube-system', 'kube-dns')) === 2;
  });
}

/** What the product makes of the cluster as it is now. */
export async function verdictOf(tools: { dir: string; cli: Cli; diagnose: Diagnose }): Promise<Verdict> {
  const file = join(tools.dir, 'platform.tar.gz');
  await tools.cli(['capture', '-o', file, '--quiet', '--timeout', '60s'], { timeout: 3 * MINUTE });
  const { verdict } = await tools.diagnose(file);
  expect(verdict.errors).toEqual([]);
  return verdict;
}

/** Keys of the chain that are missing or not due to the one before. */
function brokenLinks({ findings }: Verdict, chain: readonly string[]): string[] {
  return chain.filter((key, index) => {
    const before = chain[index - 1];
    const finding = findings.find((one) => one.key === key);
    return finding === undefined || (before !== undefined && !finding.causes.includes(before));
  });
}

/** One root, and the chain from it. */
export function expectRoot(verdict: Verdict, chain: readonly string[]): void {
  expect(verdict.roots).toEqual([chain[0]]);
  expect(brokenLinks(verdict, chain)).toEqual([]);
}
