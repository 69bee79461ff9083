/** Incidents of the wild, caused for real in namespaces side by side, all seen in one capture without exec. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeNamespace, test } from './fixture.ts';
import { WILD } from './wild/faults.ts';
import { WILD_PODS } from './wild/pods.ts';

test(
  'each has the root that an operator would name, and what is healthy has none',
  { timeout: 300_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const made = [...WILD, ...WILD_PODS].map((fault) => ({
      ...fault,
      namespace: `wild-${randomBytes(4).toString('hex')}`,
    }));
    onTestFinished(async () => {
      for (const { namespace, release } of made) {
        await release?.(kube, namespace);
        await kube.delete({ kind: 'Namespace', name: namespace });
      }
    });
    await Promise.all(
      made.map(async ({ namespace, make }) => {
        await makeNamespace(kube, namespace);
        await make(kube, namespace);
      }),
    );
    // A Service without endpoints and a volume that fails mean nothing in their first minute.
    await new Promise((resolve) => setTimeout(resolve, 68_000));
    const file = join(dir, 'wild.tar.gz');
    await cli(['capture', '-o', file, '--quiet', ...made.flatMap(({ namespace }) => ['-n', namespace])]);
    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    for (const { name, namespace, roots, joined = [] } of made) {
      const here = (key: string): string => key.replaceAll('NS', namespace);
      const found = verdict.roots.filter((key) => key.includes(`/${namespace}/`));
      expect([name, found]).toEqual([name, roots.map(here)]);
      for (const [consequence, cause] of joined) {
        const finding = verdict.findings.find(({ key }) => key === here(consequence));
        expect([name, finding?.key, finding?.causes]).toEqual([
          name,
          here(consequence),
          expect.arrayContaining([here(cause)]),
        ]);
      }
    }
  },
);
