/** Faults of pods, each caused for real in its own namespace beside what looks like it, seen from outside and from inside. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { makeNamespace, test } from './fixture.ts';
import { crashFaults } from './pod-faults/crashes.ts';
import type { PodFault } from './pod-faults/fault.ts';
import { portFaults } from './pod-faults/ports.ts';
import { readinessFaults } from './pod-faults/readiness.ts';

type Placed = PodFault & { readonly namespace: string };

const placed = (faults: readonly PodFault[]): Placed[] =>
  faults.map((fault) => ({ ...fault, namespace: `pods-${randomBytes(4).toString('hex')}` }));

/** What the verdict says of one fault, in the form of what is expected of it. */
function told(verdict: Verdict, { name, namespace, roots, unexplained, advice, empties }: Placed) {
  const here = (keys: readonly string[]): string[] => keys.filter((key) => key.includes(`/${namespace}/`));
  const [key] = here([...verdict.roots, ...verdict.unexplained]);
  const found = verdict.findings.find((one) => one.key === key);
  const empty = verdict.findings.find((one) => one.key === `service/no-endpoints:Service/${namespace}/web`);
  const keysOf = (keys: readonly string[] = []): string[] =>
    keys.map((one) => one.replaceAll('NS', namespace));
  const wantedAdvice = keysOf(advice);
  return {
    seen: {
      name,
      roots: here(verdict.roots),
      unexplained: here(verdict.unexplained),
      advice: wantedAdvice.filter((one) => verdict.findings.some((finding) => finding.key === one)),
      empties: empties === true && (empty?.causes.length ?? 0) > 0,
    },
    wanted: {
      name,
      roots: keysOf(roots),
      unexplained: keysOf(unexplained),
      advice: wantedAdvice,
      empties: empties === true,
    },
    summary: found?.summary ?? '',
  };
}

function holds(verdict: Verdict, faults: readonly Placed[]): void {
  expect(verdict.errors).toEqual([]);
  const answers = faults.map((fault) => told(verdict, fault));
  expect(answers.map(({ seen }) => seen)).toEqual(answers.map(({ wanted }) => wanted));
  for (const [index, { says }] of faults.entries()) {
    expect(answers[index]?.summary).toMatch(says ?? /^/);
  }
}

test(
  'each is the root of what it breaks, and what looks like it is quiet',
  { timeout: 900_000 },
  async ({ kube, dir, cli, diagnose, onTestFinished }) => {
    const ports = placed(portFaults);
    const made = [...ports, ...placed([...readinessFaults, ...crashFaults])];
    onTestFinished(async () => {
      for (const { namespace } of made) await kube.delete({ kind: 'Namespace', name: namespace });
    });
    for (const { namespace, objects } of made) {
      await makeNamespace(kube, namespace);
      await kube.apply(objects, { namespace });
    }
    // Containers that die must have backed off, and a Service without endpoints means nothing in its first minute.
    await new Promise((resolve) => setTimeout(resolve, 65_000));
    for (const { namespace, last } of made) await last?.(kube, namespace);
    const within = (faults: readonly Placed[]): string[] =>
      faults.flatMap(({ namespace }) => ['-n', namespace]);
    const plain = join(dir, 'plain.tar.gz');
    await cli(['capture', '-o', plain, '--quiet', '--timeout', '100s', ...within(made)]);
    const inside = join(dir, 'inside.tar.gz');
    await cli(['capture', '-o', inside, '--quiet', '--timeout', '100s', '--allow-exec', ...within(ports)]);
    const outside = await diagnose(plain);
    holds(
      outside.verdict,
      made.filter((fault) => fault.inside !== true),
    );
    holds((await diagnose(inside)).verdict, ports);
  },
);
