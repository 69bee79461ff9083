/** Findings → cause graph: *explains* edges from declared relations and time, circles broken (circles.ts). */
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { parseTime, type Micros } from '../../src/core/time.ts';
import type { Check, Relation, Sharing } from '../checks/check.ts';
import { groupBy } from '../facts/read.ts';
import type { Finding } from '../model/finding.ts';
import { breakCircles, type Cut } from './circles.ts';
import type { Reached, Relations } from './relations.ts';
import { closure, reversed } from './walk.ts';

export interface CauseGraph {
  /** Direct causes of each finding. */
  readonly causes: ReadonlyMap<string, ReadonlySet<string>>;
  /** By which relation an edge was found. */
  how(cause: string, consequence: string): Sharing;
  /** Where a circle of explanations was cut: this finding is taken to have begun it. */
  readonly cut: ReadonlyMap<string, Cut>;
  /** Keys of the pods of a finding that none of its causes touches, where some of its causes are about single pods. */
  readonly unaccounted: ReadonlyMap<string, readonly string[]>;
  /** The finding and everything that follows from it. */
  closure(key: string): ReadonlySet<string>;
}

/**
 * Joins findings. `tolerance`: by how much times of different sources may disagree, where no node's clock is off. An edge
 * falls only when the cause must have begun after its consequence, that is when the intervals are disjoint; and where a
 * consequence wants all its pods struck, when its causes together leave one untouched.
 */
export function causeGraph(
  findings: readonly Finding[],
  checks: readonly Check[],
  tolerance: Micros,
  relations: Relations,
): CauseGraph {
  const slack = (cause: Finding, consequence: Finding): Micros =>
    tolerance + relations.clockError(cause) + relations.clockError(consequence);
  const causes = new Map<string, Set<string>>(findings.map(({ key }) => [key, new Set()]));
  const ways = new Map<string, Sharing>();
  const index = relationIndex(findings, relations);
  for (const check of checks) {
    for (const relation of check.explains.map(asRelation)) {
      for (const cause of index.byCheck(check.id)) {
        if (cause.latent === true || (relation.from !== undefined && cause.role !== relation.from)) continue;
        for (const consequence of index.sharing(cause, relation)) {
          const { part, to } = relation;
          if (to !== undefined && consequence.role !== to) continue;
          if (part !== undefined && !consequence.key.endsWith(`#${part}`)) continue;
          if (consequence !== cause && couldPrecede(cause, consequence, slack)) {
            causes.get(consequence.key)?.add(cause.key);
            const edge = edgeKey(cause.key, consequence.key);
            if (!ways.has(edge)) ways.set(edge, relation.sharing);
          }
        }
      }
    }
  }
  preferNearer(findings, causes, (cause, consequence) => {
    const how = ways.get(edgeKey(cause, consequence));
    return how === 'namespace' || how === 'cluster';
  });
  const unaccounted = coverPods(findings, causes, relations, checks);
  const cut = breakCircles(causes, new Map(findings.map((finding) => [finding.key, finding])), (cause, of) =>
    ways.get(edgeKey(cause, of)),
  );
  dropTooLate(findings, causes, slack);
  const consequences = reversed(causes);
  return {
    causes,
    how: (cause, consequence) => ways.get(edgeKey(cause, consequence)) ?? 'object',
    cut,
    unaccounted,
    closure: (key) => closure(key, (one) => consequences.get(one) ?? []),
  };
}

function edgeKey(cause: string, consequence: string): string {
  return `${cause}\n${consequence}`;
}

function asRelation(relation: string | Relation): Relation {
  return typeof relation === 'string' ? { check: relation, sharing: 'object' } : relation;
}

/**
 * Being in one namespace or cluster joins only where nothing nearer does: a quota explains missing pods, and a node that is
 * lost elsewhere does not. Takes such edges away where a cause is found over nearer ones.
 */
function preferNearer(
  findings: readonly Finding[],
  causes: ReadonlyMap<string, Set<string>>,
  isFar: (cause: string, consequence: string) => boolean,
): void {
  const role = new Map(findings.map((finding) => [finding.key, finding.role]));
  const hasNearCause = (key: string): boolean => {
    const seen = new Set([key]);
    for (const one of seen) {
      for (const cause of causes.get(one) ?? []) {
        if (isFar(cause, one)) continue;
        if (role.get(cause) === 'cause') return true;
        seen.add(cause);
      }
    }
    return false;
  };
  const settled = [...causes.keys()].filter(hasNearCause);
  for (const key of settled)
    for (const cause of causes.get(key) ?? []) if (isFar(cause, key)) causes.get(key)?.delete(cause);
}

/**
 * Which pods of each finding no cause of it touches. A cause that is not about single pods (a selector, a policy) touches
 * all. Where the check wants all pods struck, a cause that touches none of them is none, and causes that fall short together
 * are none either: they are taken out.
 */
function coverPods(
  findings: readonly Finding[],
  causes: ReadonlyMap<string, Set<string>>,
  relations: Relations,
  checks: readonly Check[],
): Map<string, readonly string[]> {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const wanting = new Set(checks.flatMap(({ id, wantsAllPods }) => (wantsAllPods === true ? [id] : [])));
  const unaccounted = new Map<string, readonly string[]>();
  for (const finding of findings) {
    const above = causes.get(finding.key);
    const pods = finding.involves.filter(({ kind }) => kind === 'Pod').map(objectKey);
    if (above === undefined || above.size === 0 || pods.length === 0) continue;
    const touching = [...above].map((key) => {
      const cause = byKey.get(key);
      // A node that keeps pods waiting has none of them on it: that it is involved is what joins them.
      const waitsFor = cause !== undefined && finding.involves.some((ref) => isSameNode(ref, cause.object));
      return { key, pods: cause === undefined || waitsFor ? undefined : relations.touched(cause) };
    });
    if (wanting.has(finding.check))
      for (const cause of touching)
        if (cause.pods !== undefined && pods.every((pod) => !cause.pods?.has(pod))) above.delete(cause.key);
    if (touching.some((cause) => cause.pods === undefined)) continue;
    const left = pods.filter((pod) => !touching.some((cause) => cause.pods?.has(pod)));
    if (left.length === 0) continue;
    unaccounted.set(finding.key, left);
    if (wanting.has(finding.check)) above.clear();
  }
  return unaccounted;
}

function isSameNode(ref: ObjectRef, object: ObjectRef): boolean {
  return ref.kind === 'Node' && object.kind === 'Node' && ref.name === object.name;
}

function relationIndex(
  findings: readonly Finding[],
  relations: Relations,
): {
  byCheck(id: string): readonly Finding[];
  sharing(cause: Finding, relation: Relation): Iterable<Finding>;
} {
  const ofCheck = groupBy(
    findings.filter(({ role }) => role !== 'advice'),
    ({ check }) => check,
  );
  const byObject = new Map<string, Map<string, Finding[]>>();
  const objectsIn = (id: string): Map<string, Finding[]> => {
    let index = byObject.get(id);
    if (index === undefined) {
      index = new Map();
      for (const finding of ofCheck.get(id) ?? []) {
        for (const key of objectsOf(finding)) {
          const list = index.get(key);
          if (list) list.push(finding);
          else index.set(key, [finding]);
        }
      }
      byObject.set(id, index);
    }
    return index;
  };
  return {
    byCheck: (id) => ofCheck.get(id) ?? [],
    sharing(cause, relation) {
      const all = ofCheck.get(relation.check) ?? [];
      // What strikes single pods alone (a scheduler that they name) reaches none beside them.
      const far = relation.sharing === 'cluster' || relation.sharing === 'namespace';
      if (far && relations.touched(cause) !== undefined) return [];
      if (relation.sharing === 'cluster') return all;
      if (relation.sharing === 'namespace') {
        return all.filter(({ object }) => object.namespace === cause.object.namespace);
      }
      const index = objectsIn(relation.check);
      const at = (keys: ReadonlySet<string>): Finding[] => [...keys].flatMap((key) => index.get(key) ?? []);
      if (relation.sharing === 'object') return new Set(at(objectsOf(cause)));
      const reached = relations.reach(cause, relation.sharing);
      if (relation.sharing !== 'names') return new Set(at(reached.objects));
      return waitingFor(reached, at(reached.objects), all);
    },
  };
}

/** Findings that say what they wait for are taken at their word; of the rest, what they are configured with counts. */
function waitingFor(reached: Reached, named: readonly Finding[], all: readonly Finding[]): Set<Finding> {
  const waiting = [
    ...named.filter(({ names }) => names === undefined),
    ...all.filter(({ names }) => names?.some((ref) => reached.services.has(objectKey(ref)))),
  ];
  return new Set(waiting.filter(({ object }) => !reached.behind.has(objectKey(object))));
}

/** Keys of the object a finding is on and of those it involves. */
export function objectsOf(finding: Finding): ReadonlySet<string> {
  return new Set([finding.object, ...finding.involves].map(objectKey));
}

function couldPrecede(
  cause: Finding,
  consequence: Finding,
  slack: (cause: Finding, consequence: Finding) => Micros,
): boolean {
  const earliest = parseTime(cause.since.from);
  const latest = parseTime(consequence.since.to);
  if (earliest === undefined || latest === undefined || earliest <= latest) return true;
  return earliest <= latest + slack(cause, consequence);
}

/**
 * What follows from others began no earlier than the first of them: with bounds narrowed so, edges fall that lead from a
 * late cause over a consequence of unknown onset to something older. Changes `causes`, in which there are no circles.
 */
function dropTooLate(
  findings: readonly Finding[],
  causes: ReadonlyMap<string, Set<string>>,
  slack: (cause: Finding, consequence: Finding) => Micros,
): void {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const earliest = new Map<string, Micros>();
  const allowed = (cause: string, consequence: string): Micros => {
    const [one, other] = [byKey.get(cause), byKey.get(consequence)];
    return one === undefined || other === undefined ? 0 : slack(one, other);
  };
  const visit = (key: string): Micros => {
    const known = earliest.get(key);
    if (known !== undefined) return known;
    const { from, to } = byKey.get(key)?.since ?? {};
    const above = causes.get(key) ?? new Set();
    const latest = parseTime(to) ?? Number.POSITIVE_INFINITY;
    const begins = [...above].map((cause) => ({ cause, at: visit(cause) }));
    const late = begins.filter(({ cause, at }) => at > latest && at > latest + allowed(cause, key));
    for (const { cause } of late) above.delete(cause);
    const kept = begins.filter(({ cause }) => above.has(cause)).map(({ at }) => at);
    const own = parseTime(from) ?? Number.NEGATIVE_INFINITY;
    const begun = kept.length === 0 ? own : Math.max(own, Math.min(...kept));
    earliest.set(key, begun);
    return begun;
  };
  for (const key of causes.keys()) visit(key);
}
