/** How faults of Services are made side by side, waited for, and held against what a verdict says of them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { makeNamespace } from '../fixture.ts';
import type { Kube } from '../kube.ts';
import { allReady, hasSaid, type ServiceFault } from './fault.ts';

export type Placed = ServiceFault & { readonly namespace: string };

/** Gives each a namespace of its own name. */
export function placed(faults: readonly ServiceFault[]): Placed[] {
  return faults.map((fault) => ({ ...fault, namespace: `fault-${randomBytes(4).toString('hex')}` }));
}

/** Makes them all, and returns once each shows. */
export async function makeFaults(kube: Kube, made: readonly Placed[]): Promise<void> {
  for (const { namespace, objects } of made) {
    await makeNamespace(kube, namespace);
    await kube.apply(objects(namespace), { namespace });
  }
  // One after the other: their pods start side by side all the same, and the API server is left in peace.
  for (const fault of made) await settled(kube, fault);
  await grown(kube, made);
}

/** Returns once it shows. */
async function settled(kube: Kube, { namespace, unready, last, said = {} }: Placed): Promise<void> {
  await allReady(kube, namespace, unready);
  await last?.(kube, namespace);
  await allReady(kube, namespace, unready);
  for (const [name, words] of Object.entries(said)) await hasSaid(kube, namespace, name, words);
}

/** A Service without endpoints means nothing in its first half minute. */
const GROWN_MS = 62_000;

/** Until the youngest Service of all is old enough, by the clock of this machine, which is the lab's. */
async function grown(kube: Kube, faults: readonly Placed[]): Promise<void> {
  const born: number[] = [];
  for (const { namespace } of faults) {
    for (const { metadata } of await kube.list({ kind: 'Service', namespace }))
      born.push(Date.parse(String(metadata['creationTimestamp'])));
  }
  await sleep(Math.max(0, Math.max(...born) + GROWN_MS - Date.now()));
}

/** Keys of all that a root explains, by whatever lies between. */
function following({ findings }: Verdict, root: string): string[] {
  const found = new Set([root]);
  for (const above of found)
    for (const { key, causes } of findings) if (causes.includes(above)) found.add(key);
  return [...found];
}

/** What the verdict says of one fault, in the form of what is expected of it. */
function told(verdict: Verdict, fault: Placed) {
  const { name, namespace } = fault;
  const here = (keys: readonly string[]): string[] =>
    keys.filter((key) => key.includes(`/${namespace}/`)).map((key) => key.replaceAll(namespace, 'NS'));
  const key = verdict.roots.find((one) => one.includes(`/${namespace}/`));
  const root = verdict.findings.find((one) => one.key === key);
  const follows = key === undefined ? [] : following(verdict, key);
  const wanted = new Set(fault.explains);
  const blind = verdict.unknown
    .filter(({ object }) => object?.namespace === namespace)
    .map(({ check }) => check);
  return {
    seen: {
      name,
      roots: here(verdict.roots),
      unexplained: here(verdict.unexplained),
      explains: here(follows)
        .filter((one) => wanted.has(one))
        .toSorted(),
      unknown: (fault.unknown ?? []).filter((check) => blind.includes(check)),
    },
    wanted: {
      name,
      roots: fault.roots ?? [],
      unexplained: fault.unexplained ?? [],
      explains: [...wanted].toSorted(),
      unknown: fault.unknown ?? [],
    },
    says: `${root?.summary ?? ''} ${root?.detail ?? ''}`,
  };
}

/** Each is told as it is to be. */
export function holds(verdict: Verdict, faults: readonly Placed[]): void {
  expect(verdict.errors).toEqual([]);
  const answers = faults.map((fault) => told(verdict, fault));
  expect(answers.map(({ seen }) => seen)).toEqual(answers.map(({ wanted }) => wanted));
  for (const [index, { name, says }] of faults.entries())
    expect([name, answers[index]?.says]).toEqual([name, expect.stringMatching(says ?? /^/)]);
}
