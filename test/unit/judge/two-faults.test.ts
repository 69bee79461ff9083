/** Two faults at once, in two paths and in one: the root of each path comes first there, and no third is blamed. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { EvidenceGiven } from '../../support/evidence.ts';
import { verdictOf as judged } from '../../support/judged.ts';
import { FAULTS, type Fault, type FaultName } from '../../support/faults.ts';

function verdictOf(...faults: readonly Fault[]): Verdict {
  const probes: Record<string, object[]> = {};
  for (const fault of faults)
    for (const [id, results] of Object.entries(fault.probes ?? {})) (probes[id] ??= []).push(...results);
  return judged({
    objects: faults.flatMap(({ objects }) => objects),
    logs: faults.flatMap(({ logs = [] }) => logs),
    probes: probes as unknown as NonNullable<EvidenceGiven['probes']>,
  });
}

/** The roots that lead to what a path shows, in the verdict's order. */
function rootsOf(verdict: Verdict, path: string): string[] {
  const byKey = new Map(verdict.findings.map((finding) => [finding.key, finding]));
  const seen = new Set(verdict.paths.find(({ key }) => key === path)?.findings);
  for (const key of seen) for (const cause of byKey.get(key)?.causes ?? []) seen.add(cause);
  return verdict.roots.filter((key) => seen.has(key));
}

const names = Object.keys(FAULTS) as FaultName[];
/** Each fault beside each other one, and beside another of its kind. */
const PAIRS = names.flatMap((one, index) => names.slice(index).map((other) => [one, other] as const));

describe('one fault', () => {
  it.each(names)('%s is the one root, and everything else follows from it', (name) => {
    const fault = FAULTS[name]('one');
    const verdict = verdictOf(fault);
    expect(verdict.errors).toEqual([]);
    expect([verdict.roots, verdict.unexplained]).toEqual([[fault.root], []]);
    expect(rootsOf(verdict, fault.path)).toEqual([fault.root]);
  });
});

describe('two faults in two paths', () => {
  it('are at least forty', () => {
    expect(PAIRS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(PAIRS)('%s and %s', (first, second) => {
    const [one, two] = [FAULTS[first]('one'), FAULTS[second]('two')];
    const verdict = verdictOf(one, two);
    expect(verdict.errors).toEqual([]);
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.roots.toSorted()).toEqual([one.root, two.root].toSorted());
    expect([rootsOf(verdict, one.path), rootsOf(verdict, two.path)]).toEqual([[one.root], [two.root]]);
  });
});
