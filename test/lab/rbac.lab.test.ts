/** Whoever holds exactly the printed roles is refused nothing of that level, in the cluster and in one namespace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { applyServer } from './breaking/rollouts.ts';
import { makeUser } from './breaking/users.ts';
import { test } from './fixture.ts';
import type { Kube, KubeObject } from './kube.ts';

interface Captured {
  readonly gaps: ReadonlyArray<{ key: string; reason: string; detail: string }>;
  readonly stderr: string;
}

const refused = ({ gaps }: Captured): string[] =>
  gaps.filter(({ reason }) => reason === 'forbidden').map(({ key, detail }) => `${key}: ${detail}`);

/** The printed documents with names of their own, so that tests do not meet. */
function documentsOf(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).map((document): KubeObject => document.toJS());
}

async function removeOutside(kube: Kube, documents: readonly KubeObject[], namespace: string): Promise<void> {
  for (const { kind, metadata } of documents) {
    if (metadata.namespace === namespace) continue;
    await kube.delete({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    });
  }
}

const LEVELS = [
  { level: 'read', scope: 'cluster' },
  { level: 'port-forward', scope: 'cluster' },
  { level: 'kubelet', scope: 'cluster' },
  { level: 'exec', scope: 'namespace' },
  { level: 'kubelet', scope: 'namespace' },
] as const;

describe('the roles of inquest rbac', () => {
  test.for(LEVELS)(
    'for level $level of the $scope leave nothing of it forbidden',
    async ({ level, scope }, { kube, kubeconfig, namespace, dir, cli }) => {
      await applyServer(kube, namespace, { name: 'payment', labels: { app: 'payment' } });
      const user = await makeUser(kube, kubeconfig, dir, namespace, {});
      const within = scope === 'namespace' ? ['-n', namespace] : [];
      const bound = ['--service-account', `${namespace}:guest`, '--name', `inquest-${namespace}`];
      const { stdout, code } = await cli(['rbac', '--level', level, ...within, ...bound]);
      expect(code).toBe(0);
      const documents = documentsOf(stdout);
      try {
        await kube.apply(documents);
        const exec = level === 'exec' ? ['--allow-exec'] : [];
        const file = join(dir, 'x.tar.gz');
        const run = await cli([
          'capture',
          '--kubeconfig',
          user,
          '-o',
          file,
          '--json',
          '--timeout',
          '40s',
          ...within,
          ...exec,
        ]);
        const captured: Captured = { gaps: JSON.parse(run.stdout).gaps, stderr: run.stderr };
        // What a higher level is for may be refused below it.
        const higher =
          level === 'kubelet' ? /^never$/ : level === 'read' ? /nodes\/proxy|portforward/ : /nodes\/proxy/;
        expect(refused(captured).filter((gap) => !higher.test(gap))).toEqual([]);
        expect(captured.gaps.map(({ key }) => key)).not.toContain('list:pods');
      } finally {
        await removeOutside(kube, documents, namespace);
      }
    },
  );

  test('for one namespace and nothing else still bring all of it', async ({
    kube,
    kubeconfig,
    namespace,
    dir,
    cli,
  }) => {
    await applyServer(kube, namespace, { name: 'payment', labels: { app: 'payment' } });
    const user = await makeUser(kube, kubeconfig, dir, namespace, {});
    const { stdout } = await cli([
      'rbac',
      '-n',
      namespace,
      '--namespace-only',
      '--service-account',
      `${namespace}:guest`,
    ]);
    await kube.apply(documentsOf(stdout));
    const file = join(dir, 'x.tar.gz');
    const run = await cli([
      'capture',
      '--kubeconfig',
      user,
      '-n',
      namespace,
      '-o',
      file,
      '--json',
      '--timeout',
      '40s',
    ]);
    const captured: Captured = { gaps: JSON.parse(run.stdout).gaps, stderr: run.stderr };
    expect(refused(captured).filter((gap) => gap.includes(`namespace "${namespace}"`))).toEqual([]);
    expect(refused(captured).length).toBeGreaterThan(0);
    expect(readFileSync(file).length).toBeGreaterThan(1000);
  });
});
