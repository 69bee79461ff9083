// What a lab test is handed: a namespace of its own, a client, and our program pointed at the cluster.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { type Lab, labNamed } from './cluster/lab.ts';
import { connect, type Kube } from './kube.ts';
import { type CliOptions, type CliResult, runCli } from './run-cli.ts';

export interface LabFixture {
  lab: Lab;
  /** Client with all rights. */
  kube: Kube;
  /** Path of the admin's kubeconfig. */
  kubeconfig: string;
  /** Name of an empty namespace that goes away after the test. */
  namespace: string;
  /** An empty folder that goes away after the test. */
  dir: string;
  /** Runs the built `inquest` with KUBECONFIG set to the admin's. */
  cli: (args: readonly string[], options?: CliOptions) => Promise<CliResult>;
}

/** `test` of vitest with a lab; needs `global-setup.ts` to have run. */
export const test = base.extend<LabFixture>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures one needs: none
  lab: async ({}, use) => {
    await use(labNamed());
  },
  kubeconfig: async ({ lab }, use) => {
    await use(lab.kubeconfig);
  },
  kube: async ({ kubeconfig }, use) => {
    const kube = connect(kubeconfig);
    await use(kube);
    kube.close();
  },
  namespace: async ({ kube }, use) => {
    const name = `test-${randomBytes(4).toString('hex')}`;
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    // Pods are admitted once the namespace has its default ServiceAccount.
    await kube.waitFor({ kind: 'ServiceAccount', name: 'default', namespace: name }, () => true);
    await use(name);
    // Its content takes its time to end; nobody needs to wait for that.
    await kube.delete({ kind: 'Namespace', name });
  },
  // oxlint-disable-next-line no-empty-pattern -- as above
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'inquest-lab-test-'));
    await use(dir);
    await rm(dir, { recursive: true, force: true });
  },
  cli: async ({ kubeconfig }, use) => {
    await use(
      async (args, options = {}) =>
        await runCli(args, { ...options, env: { KUBECONFIG: kubeconfig, ...options.env } }),
    );
  },
});
