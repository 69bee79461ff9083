/** What the pod checks have in common: which pods are judged, findings by workload, words for a group of pods. */
import { plural } from '../../../src/core/text.ts';
import type { Micros } from '../../../src/core/time.ts';
import type { Judged } from '../../checks/check.ts';
import type { CheckFinding, Since } from '../../model/finding.ts';
import { sinceBetween, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { byWorkload, type PodGroup } from './pod-groups.ts';
import type { PodFact } from '../pods.ts';

/** What a check says of one pod. */
export type PodAnswer<T> =
  | { readonly bad: T }
  | { readonly fine: string }
  | { readonly unknown: string; readonly why: string };

/** A group of pods with one fault, what makes them, and what was seen of each. */
export interface Struck<T> extends PodGroup {
  readonly seen: ReadonlyArray<{ readonly pod: PodFact; readonly bad: T }>;
}

/** Pods that live: neither ended nor being deleted. */
export function livePods(facts: Facts): readonly PodFact[] {
  return facts.pods.all.filter((pod) => !pod.ended && !pod.terminating);
}

/** Asks of each pod, and makes one finding a workload. */
export function judgePods<T>(
  facts: Facts,
  pods: readonly PodFact[],
  ask: (pod: PodFact) => PodAnswer<T>,
  finding: (struck: Struck<T>) => CheckFinding,
): Judged[] {
  const struck = new Map<PodFact, T>();
  const judged: Judged[] = [];
  for (const pod of pods) {
    const answer = ask(pod);
    if ('bad' in answer) struck.set(pod, answer.bad);
    else if ('fine' in answer) judged.push({ outcome: 'pass', object: pod.ref, because: answer.fine });
    else judged.push({ outcome: 'unknown', object: pod.ref, because: answer.unknown, detail: answer.why });
  }
  const fails = byWorkload(facts, [...struck.keys()]).map((group): Judged => {
    const seen = group.pods.flatMap((pod) => {
      const bad = struck.get(pod);
      return bad === undefined ? [] : [{ pod, bad }];
    });
    return { outcome: 'fail', finding: finding({ ...group, seen }) };
  });
  return [...fails, ...judged];
}

/** The first of a group that has at least one. */
export function firstOf<T>({ seen }: Struck<T>): { readonly pod: PodFact; readonly bad: T } {
  const [first] = seen;
  if (first === undefined) throw new Error('a finding needs a pod');
  return first;
}

/** `Deployment shop/pay`. */
export function nameOf({ ref, namespace }: PodGroup): string {
  return `${ref.kind} ${namespace}/${ref.name}`;
}

/** `2 pods of Deployment shop/pay run`, `Pod shop/tool runs`: the verb for one, and for more. */
export function podsThat(group: PodGroup, one: string, more: string): string {
  const verb = group.pods.length === 1 ? one : more;
  return group.ref.kind === 'Pod'
    ? `${nameOf(group)} ${verb}`
    : `${plural(group.pods.length, 'pod')} of ${nameOf(group)} ${verb}`;
}

/** `2 pods affected: pay-a, pay-b.` */
export function affected(group: PodGroup): string {
  const names = group.pods.slice(0, 5).map(({ name }) => name);
  return `${plural(group.pods.length, 'pod')} affected: ${names.join(', ')}${group.pods.length > names.length ? ', …' : ''}.`;
}

/** Whether another pod of the same workload is Ready meanwhile. */
export function othersServe(facts: Facts, { namespace, pods }: PodGroup): boolean {
  const [first] = pods;
  const top = first && facts.workloads.top(first);
  if (top === undefined) return false;
  const struck = new Set(pods);
  return facts.pods
    .in(namespace)
    .some(
      (pod) =>
        pod.ready === 'True' &&
        !pod.ended &&
        !pod.terminating &&
        !struck.has(pod) &&
        facts.workloads.top(pod)?.id === top.id,
    );
}

const ROLLING = new Set(['Deployment', 'Rollout', 'DeploymentConfig']);

/**
 * How much it weighs that these pods do not serve. Where other pods of the same Deployment are Ready it warns: one of several
 * is out, or a rollout is stuck, which leaves the pods of the revision before in their Services until the new ones are Ready.
 */
export function severityOf(facts: Facts, group: PodGroup): 'critical' | 'warning' {
  const [first] = group.pods;
  const top = first && facts.workloads.top(first);
  return top !== undefined && ROLLING.has(top.kind) && othersServe(facts, group) ? 'warning' : 'critical';
}

/** The pods as involved objects, as many as a finding lists. */
export function involved(group: Pick<PodGroup, 'pods'>): CheckFinding['involves'] {
  return group.pods.slice(0, 50).map(({ ref }) => ref);
}

/** Began no earlier than the pods and no later than the first sign of it. */
export function sinceFirst(
  group: Pick<PodGroup, 'pods'>,
  signs: ReadonlyArray<Micros | null | undefined>,
  source: string,
): Since {
  const known = signs.filter((at) => at !== null && at !== undefined);
  const born = group.pods.flatMap(({ createdAt }) => createdAt ?? []);
  if (known.length === 0 && born.length === 0) return SINCE_UNKNOWN;
  return sinceBetween(
    born.length === 0 ? undefined : Math.min(...born),
    known.length === 0 ? undefined : Math.min(...known),
    source,
  );
}
