/** What the bundle's reader found wrong with the file → gaps: damage is missing evidence like any other. */
import type { BundleProblem, ProblemKind } from '../../src/bundle/problem.ts';
import type { GapRow } from './ingester.ts';

const REASONS: Partial<Record<ProblemKind, string>> = {
  'no-manifest': 'interrupted',
  cut: 'interrupted',
  limit: 'too-large',
};

/** One gap a problem; its key tells the kind and the entry (`bundle:altered:logs/…`). */
export function problemGap(problem: BundleProblem): GapRow {
  const kind = problem.kind === 'no-manifest' ? 'interrupted' : problem.kind;
  return {
    key: `bundle:${kind}${problem.path === undefined ? '' : `:${problem.path}`}`,
    evidence: 'bundle',
    reason: REASONS[problem.kind] ?? 'invalid',
    detail: problem.path === undefined ? problem.detail : `${problem.path}: ${problem.detail}`,
    partial: true,
  };
}

/** Problems after which a store must not stand for the bundle of that digest: it is not what was captured. */
export function isTampered(problems: readonly BundleProblem[]): boolean {
  return problems.some(({ kind }) => kind === 'altered' || kind === 'damaged' || kind === 'missing');
}
