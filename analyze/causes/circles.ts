/** Circles of explanations: two that wait for each other, each of which is down because the other is. */
import { objectKey } from '../../src/core/ids.ts';
import { parseTime, type Micros } from '../../src/core/time.ts';
import type { Sharing } from '../checks/check.ts';
import type { Finding } from '../model/finding.ts';
import { closure, reversed } from './walk.ts';

type Causes = ReadonlyMap<string, Set<string>>;
type How = (cause: string, consequence: string) => Sharing | undefined;

/** Why a circle was cut at a finding. */
export interface Cut {
  /** The other findings of the circle. */
  readonly others: readonly string[];
  /** Nothing tells that this began before the rest. */
  readonly tied: boolean;
}

/** Over these a cause strikes its own pods and what stands before them; over the rest one object waits for another. */
const WITHIN: ReadonlySet<Sharing | undefined> = new Set(['object', 'selects', 'hosts', 'mounts']);

/** The earliest moment a finding may have begun; what is not known sorts last. */
export function onset(finding: Finding): Micros {
  return parseTime(finding.since.from) ?? parseTime(finding.since.to) ?? Number.POSITIVE_INFINITY;
}

/**
 * Cuts each circle, until none is left; changes `causes`. What is explained from outside as well needs nothing of the circle:
 * there it is cut, and nothing is to be said. Else it is cut where one object waits for another, at the object that was first
 * seen broken; a symptom before a cause, so that no consequence is made a root.
 */
export function breakCircles(
  causes: Causes,
  findings: ReadonlyMap<string, Finding>,
  how: How,
): Map<string, Cut> {
  const cut = new Map<string, Cut>();
  for (let circle = tangleOf(causes); circle.size > 0; circle = tangleOf(causes)) {
    const members = [...circle];
    const within = (key: string): string[] => [...(causes.get(key) ?? [])].filter((one) => circle.has(one));
    const fed = members.filter((key) => isFed(key, circle, causes, findings));
    const awaited = members.filter((key) => within(key).some((cause) => !WITHIN.has(how(cause, key))));
    const places = [fed, awaited, members].find(({ length }) => length > 0) ?? [];
    const seen = firstSeen(places, ledTo(members, within, how), findings);
    // An object at which one way round was cut is where the others are cut, too.
    const begun = places.filter((key) => [...cut.keys()].some((one) => areOnOne(findings, one, key)));
    const [first, ...rest] = (begun.length > 0 ? begun : places).toSorted((a, b) =>
      compare(a, b, seen, findings),
    );
    if (first === undefined) break;
    const others = members.filter((key) => key !== first);
    const next = rest.find((key) => !areOnOne(findings, first, key));
    if (fed.length === 0)
      cut.set(first, { others, tied: next !== undefined && order(seen.get(first), seen.get(next)) >= 0 });
    for (const cause of within(first)) causes.get(first)?.delete(cause);
  }
  // Of what is still explained by its own object nothing needs to be said.
  for (const key of cut.keys()) if ((causes.get(key)?.size ?? 0) > 0) cut.delete(key);
  return cut;
}

function areOnOne(findings: ReadonlyMap<string, Finding>, one: string, other: string): boolean {
  const [a, b] = [findings.get(one), findings.get(other)];
  return a !== undefined && b !== undefined && objectKey(a.object) === objectKey(b.object);
}

/** All findings that explain one another in circles through one of them; empty when there is no circle. */
function tangleOf(causes: Causes): ReadonlySet<string> {
  const [member] = findCircle(causes);
  if (member === undefined) return new Set();
  const below = reversed(causes);
  const follows = closure(member, (key) => below.get(key) ?? []);
  return new Set([...closure(member, (key) => causes.get(key) ?? [])].filter((key) => follows.has(key)));
}

function compare(
  a: string,
  b: string,
  seen: ReadonlyMap<string, Micros>,
  findings: ReadonlyMap<string, Finding>,
): number {
  const [left, right] = [findings.get(a), findings.get(b)];
  const isCause = (one: Finding | undefined): number => Number(one?.role === 'cause');
  const began = (one: Finding | undefined): Micros => (one === undefined ? Infinity : onset(one));
  return (
    order(seen.get(a), seen.get(b)) ||
    isCause(left) - isCause(right) ||
    order(began(left), began(right)) ||
    (a < b ? -1 : 1)
  );
}

function order(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Whether a cause of it from outside the circle is, or leads back to, a fault. */
function isFed(
  key: string,
  circle: ReadonlySet<string>,
  causes: Causes,
  findings: ReadonlyMap<string, Finding>,
): boolean {
  return [...(causes.get(key) ?? [])].some(
    (cause) =>
      !circle.has(cause) &&
      [...closure(cause, (one) => causes.get(one) ?? [])].some((one) => findings.get(one)?.role === 'cause'),
  );
}

/** By when the object of each is known to be broken: by itself, or by what it leads to there. */
function firstSeen(
  places: readonly string[],
  led: ReadonlyMap<string, readonly string[]>,
  findings: ReadonlyMap<string, Finding>,
): Map<string, Micros> {
  return new Map(
    places.map((place) => {
      const below = closure(place, (one) => led.get(one) ?? []);
      const times = [...below].map((one) => parseTime(findings.get(one)?.since.to) ?? Infinity);
      return [place, Math.min(...times)];
    }),
  );
}

/** By member of a circle, those that it leads to on its own pods and what stands before them. */
function ledTo(
  members: readonly string[],
  within: (key: string) => readonly string[],
  how: How,
): Map<string, string[]> {
  const led = new Map<string, string[]>();
  for (const key of members)
    for (const cause of within(key))
      if (WITHIN.has(how(cause, key))) led.set(cause, [...(led.get(cause) ?? []), key]);
  return led;
}

/** The members of one circle; empty when there is none. */
function findCircle(causes: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const done = new Set<string>();
  for (const start of causes.keys()) {
    const stack: Array<{ key: string; rest: string[] }> = [
      { key: start, rest: [...(causes.get(start) ?? [])] },
    ];
    const on = new Set([start]);
    while (stack.length > 0) {
      const top = stack.at(-1);
      const next = top?.rest.pop();
      if (top === undefined) break;
      if (next === undefined) {
        stack.pop();
        on.delete(top.key);
        done.add(top.key);
      } else if (on.has(next)) {
        const keys = stack.map(({ key }) => key);
        return new Set(keys.slice(keys.indexOf(next)));
      } else if (!done.has(next)) {
        on.add(next);
        stack.push({ key: next, rest: [...(causes.get(next) ?? [])] });
      }
    }
  }
  return new Set();
}
