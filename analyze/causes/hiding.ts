/** What could hide the cause of a symptom that nothing explains: checks that would explain it and could not answer. */
import { objectKey } from '../../src/core/ids.ts';
import type { Finding } from '../model/finding.ts';
import type { Unknown } from '../model/verdict.ts';
import { objectsOf } from './graph.ts';
import type { CheckRun } from './run-checks.ts';

/** Enough to see where to look; the verdict's `unknown` has them all. */
const MOST = 12;

export interface Hiding {
  readonly check: string;
  /** Key of the gap. */
  readonly because: string;
}

export function hidingOf(finding: Finding | undefined, runs: readonly CheckRun[]): Hiding[] {
  if (finding === undefined) return [];
  const found = new Map<string, Hiding>();
  for (const { check, unknown } of runs.filter((run) => leadsTo(run, finding.check, runs))) {
    for (const one of unknown.filter((question) => concerns(question, finding)))
      found.set(`${check.id} ${one.because}`, { check: check.id, because: one.because });
  }
  return [...found.values()].slice(0, MOST);
}

/** Whether what a check finds explains findings of `id`, directly or through other checks. */
function leadsTo({ check }: CheckRun, id: string, runs: readonly CheckRun[]): boolean {
  const explained = new Map(
    runs.map((run) => [
      run.check.id,
      run.check.explains.map((one) => (typeof one === 'string' ? one : one.check)),
    ]),
  );
  const seen = new Set(explained.get(check.id));
  for (const next of seen) for (const after of explained.get(next) ?? []) seen.add(after);
  return seen.has(id);
}

/** Asked of the whole cluster, of the finding's namespace, or of one of its objects. */
function concerns({ object, because }: Unknown, finding: Finding): boolean {
  if (object !== undefined) {
    return object.namespace === undefined || objectsOf(finding).has(objectKey(object));
  }
  const at = because.indexOf('@');
  return at < 0 || because.slice(at + 1) === finding.object.namespace;
}
