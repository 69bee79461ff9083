/** Runs checks over the facts: three-valued answers, a gap turned into *unknown*, a throw into an error and never a finding. */
import { messageOf } from '../../src/core/errors.ts';
import { findingKey, objectKey, type ObjectRef } from '../../src/core/ids.ts';
import type { Check, Judged, Need } from '../checks/check.ts';
import type { Coverage } from '../facts/coverage.ts';
import type { AllFacts } from '../facts/facts.ts';
import { narrow } from '../facts/narrow.ts';
import type { Finding } from '../model/finding.ts';
import type { Unknown, Verdict } from '../model/verdict.ts';

export interface CheckRun {
  readonly check: Check;
  readonly findings: readonly Finding[];
  readonly unknown: readonly Unknown[];
  /** Keys of the objects it found nothing wrong with, and what spoke against the fault there, where the check says. */
  readonly passed: ReadonlyMap<string, string | undefined>;
  readonly error: string | undefined;
}

/** Runs one check. Where all of a need is missing it is not run at all. */
export function runCheck(check: Check, facts: AllFacts): CheckRun {
  const missing = listNeeds(check).flatMap((resource) => {
    const coverage = facts.coverage.of(resource);
    return coverage.known ? [] : [{ resource, coverage, nothing: !facts.coverage.anything(resource) }];
  });
  const unknown: Unknown[] = missing.map(({ resource, coverage }) => unknownOf(check.id, resource, coverage));
  const dispensable = new Set<Need>(check.judgesWithout ?? []);
  if (missing.some(({ resource, nothing }) => nothing && !dispensable.has(`list:${resource}`)))
    return empty(check, unknown, undefined);
  let judged: readonly Judged[];
  try {
    judged = check.run(narrow(facts, check.id, [...check.needs, ...(check.uses ?? [])]));
  } catch (error) {
    return empty(check, unknown, messageOf(error));
  }
  return weigh(check, facts, judged, unknown);
}

function empty(check: Check, unknown: readonly Unknown[], error: string | undefined): CheckRun {
  return { check, findings: [], unknown, passed: new Map(), error };
}

function weigh(
  check: Check,
  facts: AllFacts,
  judged: readonly Judged[],
  before: readonly Unknown[],
): CheckRun {
  const findings = new Map<string, Finding>();
  const passed = new Map<string, string | undefined>();
  const unknown = [...before];
  const blind = blindness(check, facts);
  for (const one of judged) {
    if (one.outcome === 'unknown') {
      const { object, because, detail } = one;
      unknown.push({ check: check.id, ...(object === undefined ? {} : { object }), because, detail });
      continue;
    }
    const object = one.outcome === 'fail' ? one.finding.object : one.object;
    const gap = blind(object.namespace, one.outcome === 'fail');
    if (gap !== undefined) {
      if (one.outcome === 'fail')
        unknown.push({ ...unknownOf(check.id, gap.resource, gap.coverage), object });
    } else if (one.outcome === 'pass') {
      passed.set(keyOf(object), one.because);
    } else {
      const { part, role, ...rest } = one.finding;
      const key = findingKey(check.id, object, part);
      findings.set(key, {
        key,
        check: check.id,
        layer: check.layer,
        ...rest,
        role: role ?? check.role,
        causes: [],
        masks: [],
      });
    }
  }
  return { check, findings: [...findings.values()], unknown, passed, error: undefined };
}

const keys = new WeakMap<ObjectRef, string>();

/** Nearly every check passes nearly every pod: the key of one is put together once, not once a check. */
function keyOf(object: ObjectRef): string {
  const key = keys.get(object) ?? objectKey(object);
  keys.set(object, key);
  return key;
}

interface Blind {
  readonly resource: string;
  readonly coverage: Coverage;
}

/** Whether a gap in a need forbids an answer about a namespace; asked once a namespace. */
function blindness(
  check: Check,
  facts: AllFacts,
): (namespace: string | undefined, fails: boolean) => Blind | undefined {
  const resources = listNeeds(check).filter((one) => check.judgesWithout?.includes(`list:${one}`) !== true);
  const firm = new Set<Need>(check.holdsDespite ?? []);
  const known = new Map<string, readonly Blind[]>();
  return (namespace, fails) => {
    const key = namespace ?? '';
    let blind = known.get(key);
    if (blind === undefined) {
      blind = resources
        .map((resource) => ({ resource, coverage: facts.coverage.of(resource, namespace) }))
        .filter(({ coverage }) => !coverage.known);
      known.set(key, blind);
    }
    return blind.find(
      ({ resource, coverage }) => !(fails && coverage.partial && firm.has(`list:${resource}`)),
    );
  };
}

function listNeeds(check: Check): string[] {
  return check.needs.filter((need) => need.startsWith('list:')).map((need) => need.slice('list:'.length));
}

function unknownOf(check: string, resource: string, coverage: Coverage): Unknown {
  return coverage.known
    ? { check, because: resource }
    : { check, because: coverage.gap, detail: `${resource}: ${coverage.why}` };
}

/** How one check came out, for the verdict's list of checks. */
export function outcomeOf(run: CheckRun): Verdict['checks'][number] {
  const failed = run.findings.length;
  return {
    id: run.check.id,
    outcome:
      run.error !== undefined ? 'error' : failed > 0 ? 'fail' : run.unknown.length > 0 ? 'unknown' : 'pass',
    failed,
    passed: run.passed.size,
    unknown: run.unknown.length,
  };
}
