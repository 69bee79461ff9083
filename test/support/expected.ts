/** What a recorded incident must be diagnosed as, and where a verdict differs from it. Used offline and in the lab. */
import { z } from 'zod';
import { parseTime, SECOND } from '../../src/core/time.ts';
import type { Verdict } from '../../analyze/model/verdict.ts';

/** `samples/<name>/expected.json`: written by the one who caused the fault, never from a verdict. */
export const expectedSchema = z.strictObject({
  /** The one root. */
  root: z.string(),
  /** From root to symptom; each explains the next. */
  chain: z.array(z.string()),
  /** When the fault was caused, RFC 3339. */
  since: z.string(),
  /** What may show besides, by how long the fault has lasted (a client that logs it): as a consequence only. */
  mayShow: z.array(z.string()).optional(),
});
export type Expected = z.infer<typeof expectedSchema>;

/** Kubernetes keeps most times in whole seconds, so an onset may be off by that. */
const GRAIN = 1 * SECOND;

/** Every way in which a verdict differs from what is expected; empty when it is right. */
export function differences(verdict: Verdict, expected: Expected): string[] {
  const found: string[] = [];
  if (verdict.roots.length !== 1 || verdict.roots[0] !== expected.root) {
    found.push(`roots are [${verdict.roots.join(', ')}], expected [${expected.root}]`);
  }
  for (const [index, key] of expected.chain.entries()) {
    const finding = verdict.findings.find((one) => one.key === key);
    const cause = expected.chain[index - 1];
    if (finding === undefined) found.push(`no finding ${key}`);
    else if (cause !== undefined && !finding.causes.includes(cause))
      found.push(`${key} is not explained by ${cause}`);
  }
  const extra = verdict.findings.filter(
    ({ key, role, causes }) =>
      role !== 'advice' &&
      !expected.chain.includes(key) &&
      !(expected.mayShow?.includes(key) === true && causes.some((cause) => expected.chain.includes(cause))),
  );
  for (const finding of extra) found.push(`unexpected finding ${finding.key}`);
  return [...found, ...sinceDifference(verdict, expected)];
}

function sinceDifference(verdict: Verdict, expected: Expected): string[] {
  const root = verdict.findings.find((one) => one.key === expected.root);
  const truth = parseTime(expected.since);
  if (root === undefined || truth === undefined) return [];
  const from = parseTime(root.since.from);
  const to = parseTime(root.since.to);
  if (from === undefined && to === undefined) return [`${root.key} does not say since when`];
  const covers = (from ?? 0) - GRAIN <= truth && truth <= (to ?? from ?? 0) + GRAIN;
  return covers
    ? []
    : [`${root.key} since ${root.since.from}..${root.since.to}, was caused at ${expected.since}`];
}
