/** A bundle under `--redact strict` gives the verdict that the open one gives, with pseudonyms in place of names. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { createRedactor, type Redactor } from '../../../src/bundle/redaction/redactor.ts';
import { evidenceFiles, type EvidenceGiven } from '../../support/evidence.ts';
import { FAULTS, type FaultName } from '../../support/faults.ts';
import { type Files, recordedFiles, verdictOfFiles } from '../../support/recorded.ts';

function strictly(files: Files, redactor: Redactor): Files {
  return new Map(
    [...files].map(([path, bytes]) => [redactor.path(path), redactor.text({ evidence: 'bundle' }, bytes)]),
  );
}

/** What a reader takes from it. Findings of equal worth lie in the order of their names, which are others here. */
function said(verdict: Verdict): unknown {
  return {
    roots: verdict.roots.length === 1 ? verdict.roots : verdict.roots.toSorted(),
    unexplained: verdict.unexplained.toSorted(),
    errors: verdict.errors,
    findings: verdict.findings
      .map(({ key, severity, confidence, since, causes, masks, summary, object, evidence }) => ({
        key,
        severity,
        confidence,
        since,
        causes: causes.toSorted(),
        masks: masks.toSorted(),
        summary,
        object,
        evidence: evidence.map(({ kind, path, at }) => [kind, path, at]),
      }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    paths: verdict.paths
      .map(({ key, layers }) => ({ key, layers }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function compare(files: Files): { open: Verdict; strict: unknown; expected: unknown } {
  const redactor = createRedactor({ mode: 'strict' });
  const strict = verdictOfFiles(strictly(files, redactor));
  const open = verdictOfFiles(files);
  // Sorted again: pseudonyms sort otherwise than names.
  const expected = said(redactor.document(open) as Verdict);
  return { open, strict: said(strict), expected };
}

function filesOf(name: FaultName): Files {
  const { objects, logs = [], probes = {} } = FAULTS[name]('one');
  const given = { objects, logs, probes: probes as unknown as NonNullable<EvidenceGiven['probes']> };
  return new Map([...evidenceFiles(given)].map(([path, text]) => [path, Buffer.from(text)]));
}

describe('the verdict of a strict bundle', () => {
  it.each(Object.keys(FAULTS) as FaultName[])('is the same: %s', (name) => {
    const { open, strict, expected } = compare(filesOf(name));
    expect(open.roots).not.toEqual([]);
    expect(strict).toEqual(expected);
  });

  it.each(['selector-mismatch', 'target-port-rollout'])('is the same for the recorded %s', async (sample) => {
    const { open, strict, expected } = compare(await recordedFiles(sample));
    expect(open.roots).toHaveLength(1);
    expect(strict).toEqual(expected);
    expect(JSON.stringify(strict)).not.toMatch(/payment|shop|checkout|frontend|orders/);
  });
});
