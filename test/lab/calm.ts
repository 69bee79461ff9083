// What earlier tests left behind would be evidence in the captures of later ones.
import type { Lab } from './cluster/lab.ts';
import { connect, field, items, text, type Kube } from './kube.ts';
import { until } from './run.ts';
import { messageOf } from './values.ts';

/** Namespaces that tests make end in hexadecimal digits. */
const OF_A_TEST = /-[0-9a-f]{6,8}$/;
/** Taints that tests put on nodes begin so. */
export const TAINTED_BY_TESTS = 'inquest.test/';
const PATIENCE_MS = 240_000;

/**
 * Waits until the namespaces of earlier tests are gone, and deletes what a killed run left. One that stays is told and no
 * error: the test that minds it will say so.
 */
export async function clearNamespaces(lab: Lab, report: (line: string) => void): Promise<void> {
  const kube = connect(lab.kubeconfig);
  let left: readonly string[] = [];
  try {
    await untaint(kube);
    await until('the end of namespaces of earlier tests', PATIENCE_MS, async () => {
      const found = (await kube.list({ kind: 'Namespace' })).filter(({ metadata }) =>
        OF_A_TEST.test(metadata.name),
      );
      left = found.map(({ metadata }) => metadata.name);
      for (const one of found) {
        if (field(one, 'metadata.deletionTimestamp') !== undefined) continue;
        await kube.delete({ kind: 'Namespace', name: one.metadata.name });
      }
      return left.length === 0;
    });
  } catch (error) {
    report(`${messageOf(error)}; still there: ${left.join(', ')}`);
  } finally {
    kube.close();
  }
}

/** Takes away what a killed run left on nodes. */
async function untaint(kube: Kube): Promise<void> {
  for (const node of await kube.list({ kind: 'Node' })) {
    const taints = items(node, 'spec.taints');
    const rest = taints.filter((one) => !text(one, 'key').startsWith(TAINTED_BY_TESTS));
    if (rest.length < taints.length)
      await kube.patch({ kind: 'Node', name: node.metadata.name }, { spec: { taints: rest } });
  }
}
