/** Namespaces of tests. */
import type { Kube } from '../kube.ts';

/** Makes an empty namespace, ready for pods. */
export async function makeNamespace(kube: Kube, name: string): Promise<void> {
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  // Pods are admitted once the namespace has its default ServiceAccount.
  await kube.waitFor({ kind: 'ServiceAccount', name: 'default', namespace: name }, () => true, {
    timeout: 120_000,
  });
}
