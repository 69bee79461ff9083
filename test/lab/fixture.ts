// What a lab test is handed: a namespace of its own, a client, and our program pointed at the cluster.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { verdictSchema, type Verdict } from '../../analyze/model/verdict.ts';
import { labNamed } from './cluster/lab.ts';
import { connect, type Kube } from './kube.ts';
import { makeNamespace } from './kube/namespaces.ts';
import { LabError } from './lab-error.ts';
import { type CliOptions, type CliResult, runCli } from './run-cli.ts';

/** Runs the built `inquest` with KUBECONFIG set to the admin's, and a cache that goes away after the test. */
export type Cli = (args: readonly string[], options?: CliOptions) => Promise<CliResult>;

/** What the built `inquest diagnose FILE --json` says, and its exit code; with these flags besides. */
export type Diagnose = (
  file: string,
  ...flags: string[]
) => Promise<{ readonly verdict: Verdict; readonly code: number | null }>;

function temporaryFolder(onCleanup: (remove: () => void) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'inquest-lab-test-'));
  onCleanup(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * `test` of vitest with a lab; needs `global-setup.ts` to have run. For a whole file: `lab`, `kubeconfig` (path of the
 * admin's), `kube` (client with all rights). For one test: `namespace` (name of an empty one), `dir` (an empty folder),
 * `cli`, `diagnose`.
 */
export const test = base
  .extend('lab', { scope: 'file' }, () => labNamed())
  .extend('kubeconfig', { scope: 'file' }, ({ lab }) => lab.kubeconfig)
  .extend('kube', { scope: 'file' }, ({ kubeconfig }, { onCleanup }): Kube => {
    const kube = connect(kubeconfig);
    onCleanup(() => kube.close());
    return kube;
  })
  .extend('namespace', async ({ kube }, { onCleanup }) => {
    const name = `test-${randomBytes(4).toString('hex')}`;
    // Its content takes its time to end; nobody needs to wait for that.
    onCleanup(async () => await kube.delete({ kind: 'Namespace', name }));
    await makeNamespace(kube, name);
    return name;
  })
  // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern which fixtures one needs: none
  .extend('dir', ({}, { onCleanup }) => temporaryFolder(onCleanup))
  .extend('cli', ({ kubeconfig }, { onCleanup }): Cli => {
    const env = { KUBECONFIG: kubeconfig, XDG_CACHE_HOME: temporaryFolder(onCleanup) };
    return async (args, options = {}) => await runCli(args, { ...options, env: { ...env, ...options.env } });
  })
  .extend('diagnose', ({ cli }): Diagnose => async (file, ...flags) => {
    const { code, stdout, stderr } = await cli(['diagnose', file, '--json', ...flags]);
    if (stdout === '') throw new LabError(`no verdict of ${file}, exit code ${code}: ${stderr}`);
    return { verdict: verdictSchema.parse(JSON.parse(stdout)), code };
  });

export { makeNamespace } from './kube/namespaces.ts';
