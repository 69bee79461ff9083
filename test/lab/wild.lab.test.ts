/** Incidents of the wild, caused for real in namespaces side by side, all seen in one capture without exec. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeNamespace, test } from './fixture.ts';
import { CHANGES } from './wild/changes.ts';
import { WILD } from './wild/faults.ts';
import { WILD_PODS } from './wild/pods.ts';
import { WILD_WAITS } from './wild/waits.ts';

// In two goes: with too many at once, probes take longer than their time.
test.for([
  ['what is configured', WILD],
  ['pods, waits and changes', [...WILD_PODS, ...WILD_WAITS, ...CHANGES]],
] as const)(
  'each has the root that an operator would name, and what is healthy has none: %s',
  { timeout: 300_000 },
  async ([, faults], { kube, dir, cli, diagnose, onTestFinished }) => {
    const made = faults.map((fault) => ({
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
    // A pod that waits and a volume that fails mean nothing in their first minute.
    await new Promise((resolve) => setTimeout(resolve, 68_000));
    const file = join(dir, 'wild.tar.gz');
    await cli(['capture', '-o', file, '--quiet', ...made.flatMap(({ namespace }) => ['-n', namespace])]);
    const { verdict } = await diagnose(file);
    expect(verdict.errors).toEqual([]);
    const of = (namespace: string, keys: readonly string[]): string[] =>
      keys.filter((key) => key.includes(`/${namespace}/`));
    const here = (key: string, namespace: string): string => key.replaceAll('NS', namespace);
    expect(made.map(({ name, namespace }) => [name, of(namespace, verdict.roots)])).toEqual(
      made.map(({ name, namespace, roots }) => [name, roots.map((key) => here(key, namespace))]),
    );
    const severe = verdict.findings.flatMap(({ key, severity }) => (severity === 'critical' ? [key] : []));
    const served = made.filter(({ warns }) => warns === true);
    expect(served.flatMap(({ namespace }) => of(namespace, severe))).toEqual([]);
    for (const { name, namespace, joined = [] } of made) {
      for (const [consequence, cause] of joined) {
        const finding = verdict.findings.find(({ key }) => key === here(consequence, namespace));
        expect([name, finding?.key, finding?.causes]).toEqual([
          name,
          here(consequence, namespace),
          expect.arrayContaining([here(cause, namespace)]),
        ]);
      }
    }
  },
);
