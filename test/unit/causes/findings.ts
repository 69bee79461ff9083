/** Findings and checks made of a few words, for tests of how they are joined. */
import type { Check } from '../../../analyze/checks/check.ts';
import type { CheckFinding, Finding } from '../../../analyze/model/finding.ts';
import { findingKey, type ObjectRef } from '../../../src/core/ids.ts';

export function service(name: string, namespace = 'shop'): ObjectRef {
  return { apiVersion: 'v1', kind: 'Service', namespace, name };
}

export function pod(name: string, namespace = 'shop'): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name };
}

/** A finding as a check returns it; `since` is one moment, or bounds. */
export function found(object: ObjectRef, more: Partial<CheckFinding> = {}): CheckFinding {
  return {
    severity: 'critical',
    confidence: 'certain',
    object,
    summary: `${object.kind} ${object.name} is wrong`,
    detail: 'Because the test says so.',
    evidence: [{ kind: 'field', object, path: 'spec', value: 1 }],
    since: { basis: 'unknown' },
    involves: [],
    remedy: { summary: 'Mend it.', confirm: [], mend: [] },
    ...more,
  };
}

/** The same as the judgement keeps it. */
export function finding(check: string, object: ObjectRef, more: Partial<Finding> = {}): Finding {
  return {
    ...found(object),
    key: findingKey(check, object),
    check,
    layer: 'service',
    role: 'cause',
    causes: [],
    masks: [],
    ...more,
  };
}

export function check(id: string, more: Partial<Check> = {}): Check {
  return {
    id,
    layer: 'service',
    title: id,
    role: 'cause',
    needs: [],
    explain: { rule: 'None.', notConfusedWith: [], sources: [] },
    explains: [],
    run: () => [],
    ...more,
  };
}

export function at(from: string, to = from): Finding['since'] {
  return { from: `2026-05-01T${from}Z`, to: `2026-05-01T${to}Z`, basis: 'observed' };
}
