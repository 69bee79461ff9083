/** One check over evidence in memory, the verdict parsed by its schema. */
import type { Check } from '../../../analyze/checks/check.ts';
import { judge } from '../../../analyze/judge.ts';
import type { Finding } from '../../../analyze/model/finding.ts';
import { verdictSchema, type Verdict } from '../../../analyze/model/verdict.ts';
import { storeFrom, type EvidenceGiven, type KubeObject } from '../../support/evidence.ts';

export function verdictOf(check: Check, given: EvidenceGiven): Verdict {
  const store = storeFrom(given);
  try {
    const verdict = verdictSchema.parse(judge(store, [check]));
    if (verdict.errors.length > 0) throw new Error(verdict.errors.map(({ message }) => message).join('; '));
    return verdict;
  } finally {
    store.close();
  }
}

/** The findings, in order. */
export function findings(check: Check, objects: readonly KubeObject[], more: EvidenceGiven = {}): Finding[] {
  return verdictOf(check, { ...more, objects }).findings;
}

/** The one finding; throws when there is none or another. */
export function theFinding(check: Check, objects: readonly KubeObject[], more: EvidenceGiven = {}): Finding {
  const [first, ...rest] = findings(check, objects, more);
  if (first === undefined || rest.length > 0)
    throw new Error(`${1 + rest.length} findings or none, where one is wanted`);
  return first;
}

/** What of the evidence a person would look for: each pointer as `Kind/name path = value` or its text. */
export function pointers(finding: Finding): string[] {
  return finding.evidence.map(({ object, path, value, text }) =>
    path === undefined ? (text ?? '') : `${object?.kind}/${object?.name} ${path} = ${JSON.stringify(value)}`,
  );
}
