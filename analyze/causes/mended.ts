/** What would still hold once some of the causes were mended: to say what stops a path next, and that nothing does. */
import { objectKey } from '../../src/core/ids.ts';
import type { Check, Sharing } from '../checks/check.ts';
import type { Finding } from '../model/finding.ts';
import type { CauseGraph } from './graph.ts';
import type { Relations } from './relations.ts';

/** Pods that a finding strikes; `all` of those it is about; none: it does not hold. */
export type Struck = ReadonlySet<string> | 'all' | undefined;

/** Over these a cause strikes the very pods of its consequence; over the others it strikes it as a whole. */
const SAME_PODS: ReadonlySet<Sharing> = new Set(['object', 'selects', 'hosts']);

/**
 * What a finding still strikes while only `left` of the heads are there. One that follows from others holds when one of them
 * does, and where its check wants all pods struck, when together they strike all.
 */
export function struckWith(
  findings: ReadonlyMap<string, Finding>,
  graph: Pick<CauseGraph, 'causes' | 'how'>,
  checks: readonly Check[],
  { touched }: Pick<Relations, 'touched'>,
): (key: string, left: ReadonlySet<string>) => Struck {
  const wanting = new Set(checks.flatMap(({ id, wantsAllPods }) => (wantsAllPods === true ? [id] : [])));
  // There are no circles in the graph.
  const struck = (key: string, left: ReadonlySet<string>, known: Map<string, Struck>): Struck => {
    if (known.has(key)) return known.get(key);
    const found = findings.get(key);
    const causes = [...(graph.causes.get(key) ?? [])];
    let answer: Struck;
    if (found !== undefined && causes.length > 0)
      answer = follows(
        found,
        wanting.has(found.check),
        causes.map((cause) => {
          const how = graph.how(cause, key);
          const pods = struck(cause, left, known);
          return { how, pods: how === 'names' && !isWhole(findings.get(cause), pods) ? undefined : pods };
        }),
      );
    else if (found !== undefined && left.has(key)) answer = touched(found) ?? 'all';
    known.set(key, answer);
    return answer;
  };
  return (key, left) => struck(key, left, new Map());
}

/** Whoever is asked is down as long as none of its pods is left out: what strikes fewer than before takes nobody down. */
function isWhole(cause: Finding | undefined, pods: Struck): boolean {
  if (pods === undefined || pods === 'all') return true;
  const own = (cause?.involves ?? []).filter(({ kind }) => kind === 'Pod').map(objectKey);
  return own.every((pod) => pods.has(pod));
}

/** What is left of a consequence with what is left of its causes. */
function follows(
  { involves }: Finding,
  wantsAll: boolean,
  causes: ReadonlyArray<{ readonly how: Sharing; readonly pods: Struck }>,
): Struck {
  const there = causes.filter(({ pods }) => pods !== undefined);
  if (there.length === 0) return undefined;
  const own = involves.filter(({ kind }) => kind === 'Pod').map(objectKey);
  if (own.length === 0) return 'all';
  if (there.some(({ how, pods }) => pods === 'all' || !SAME_PODS.has(how))) return new Set(own);
  const left = own.filter((pod) => there.some(({ pods }) => pods !== 'all' && pods?.has(pod) === true));
  if (left.length === 0 || (wantsAll && left.length < own.length)) return undefined;
  return new Set(left);
}
