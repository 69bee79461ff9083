/** Pods that wait for each other, or for what is made only once they are Ready themselves: nothing among them ever starts. */
import { MINUTE } from '../../../src/core/time.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import type { Facts } from '../facts.ts';
import { servicesReachedFor } from '../logs/waiting.ts';
import type { DependencyWay } from '../logs/ways.ts';
import type { PodFact } from '../pods.ts';
import { deathOf } from './deaths.ts';
import { isLooping } from './looping.ts';
import { peerCircle, sinceSaid, type Waiting } from './peer-circles.ts';
import { involved, nameOf } from './pod-findings.ts';
import { byWorkload, topOf, type PodGroup } from './pod-groups.ts';

/** How a Service without a ready endpoint answers: kube-proxy refuses, a headless one has no records. A time-out is a route's. */
const EMPTY = new Set<DependencyWay>(['refused', 'waiting', 'unavailable', 'unreachable', 'dns']);

/** One finding for each circle. Needs pods, Services, logs and `WORKLOADS`. */
export function circlesOf(facts: Facts, waits: Waiting): CheckFinding[] {
  const young = facts.clock.endedAt - MINUTE;
  const stuck = [...waits]
    .filter(([{ createdAt }, { way }]) => EMPTY.has(way) && (createdAt ?? 0) < young)
    .map(([pod]) => pod);
  const groups = byWorkload(facts, stuck);
  const peers = groups.flatMap((group) => peerCircle(facts, group, waits) ?? []);
  const known = new Set(peers.map(({ object }) => `${object.kind}/${object.namespace ?? ''}/${object.name}`));
  const others = groups.filter(({ ref, namespace }) => !known.has(`${ref.kind}/${namespace}/${ref.name}`));
  // Few wait for each other at all: of those alone it is asked, at length, whether the wait holds them.
  const held = circlesAmong(facts, others, waits)
    .flat()
    .filter((group) => isHeld(facts, group));
  return [...peers, ...circlesAmong(facts, held, waits).map((circle) => circleOf(facts, circle, waits))];
}

/** All that lives of a workload is among these pods, and comes up no further: behind an init container, or dying of the wait. */
function isHeld(facts: Facts, { pods, ref, namespace }: PodGroup): boolean {
  const living = facts.pods.in(namespace).filter((pod) => {
    const top = topOf(facts, pod);
    return !pod.ended && !pod.terminating && top.kind === ref.kind && top.name === ref.name;
  });
  return (
    pods.length === living.length && pods.every((pod) => isBehindInit(facts, pod) || diesOfIt(facts, pod))
  );
}

/** Whether a pod can be part of a circle at all, which is cheap to tell: behind an init container, dying, or of a StatefulSet. */
export function mayCircle(facts: Facts, pod: PodFact): boolean {
  return (
    pod.ready !== 'True' &&
    (pod.owner?.kind === 'StatefulSet' ||
      isBehindInit(facts, pod) ||
      facts.troubled(pod).some((row) => isLooping(row, facts.clock.endedAt)))
  );
}

function isBehindInit(facts: Facts, pod: PodFact): boolean {
  return facts
    .troubled(pod)
    .some(({ type, ready, state }) => type === 'init' && ready !== 1 && state === 'running');
}

/** Its last words are of what it waits for: what dies of a fault of its own may well have complained of others before. */
function diesOfIt(facts: Facts, pod: PodFact): boolean {
  const row = facts.troubled(pod).find((one) => isLooping(one, facts.clock.endedAt));
  return row !== undefined && deathOf(facts, pod, row).said === 'dependency';
}

/** Groups that reach themselves over Services behind which only such groups stand, each circle once. */
function circlesAmong(facts: Facts, held: readonly PodGroup[], waits: Waiting): PodGroup[][] {
  const groupOf = new Map(held.flatMap((group) => group.pods.map((pod) => [pod, group] as const)));
  const next = new Map(held.map((group) => [group, awaitedGroups(facts, group, waits, groupOf)]));
  const reach = new Map(
    held.map((group) => {
      const seen = new Set(next.get(group));
      for (const one of seen) for (const after of next.get(one) ?? []) seen.add(after);
      return [group, seen];
    }),
  );
  const told = new Set<PodGroup>();
  return held.flatMap((group) => {
    if (told.has(group) || reach.get(group)?.has(group) !== true) return [];
    const circle = held.filter(
      (one) => reach.get(group)?.has(one) === true && reach.get(one)?.has(group) === true,
    );
    for (const one of circle) told.add(one);
    return [circle];
  });
}

/** Whose pods alone stand behind a Service that a group waits for. */
function awaitedGroups(
  facts: Facts,
  { pods, namespace }: PodGroup,
  waits: Waiting,
  groupOf: ReadonlyMap<PodFact, PodGroup>,
): Set<PodGroup> {
  const texts = pods.flatMap((pod) => waits.get(pod)?.texts ?? []);
  return new Set(
    servicesReachedFor(facts, texts, namespace).flatMap((ref) => {
      const service = facts.services.named(ref.namespace ?? '', ref.name);
      const behind =
        service === undefined
          ? []
          : facts.pods
              .select(service.namespace, service.selector)
              .filter(({ ended, terminating }) => !ended && !terminating);
      const groups = behind.flatMap((pod) => groupOf.get(pod) ?? []);
      return groups.length === behind.length ? groups : [];
    }),
  );
}

function targetOf({ pods }: PodGroup, waits: Waiting): string {
  return pods.flatMap((pod) => waits.get(pod)?.target ?? [])[0] ?? 'what it depends on';
}

function circleOf(facts: Facts, circle: readonly PodGroup[], waits: Waiting): CheckFinding {
  const [first] = circle;
  if (first === undefined) throw new Error('a circle has members');
  const pods = circle.flatMap((group) => group.pods);
  const initial = pods.every((pod) => isBehindInit(facts, pod));
  const names = circle.map(nameOf);
  return {
    severity: 'critical',
    names: [],
    confidence: initial ? 'certain' : 'likely',
    object: first.ref,
    summary:
      circle.length === 1
        ? `${names[0] ?? ''} waits for its own Service before it starts: nothing else stands behind that`
        : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''} wait for ${circle.length === 2 ? 'each other' : 'one another in a circle'}: none starts before the other serves`,
    detail: circle.map((group) => `${nameOf(group)} cannot use ${targetOf(group, waits)}.`).join(' '),
    evidence: circle
      .slice(0, 5)
      .flatMap(({ pods: own }) => own.slice(0, 1).flatMap((pod) => waits.get(pod)?.shown.slice(-1) ?? [])),
    since: sinceSaid({ pods }, waits),
    involves: [...circle.slice(1).map(({ ref }) => ref), ...involved({ pods })],
    remedy: {
      summary:
        circle.length === 1
          ? 'Let it start without its Service: ask localhost, or leave the wait out.'
          : 'Let one of them start without the other: take its wait out, and let it try again while it runs.',
      confirm: circle
        .slice(0, 3)
        .flatMap(({ pods: own, namespace }) =>
          own.slice(0, 1).map(({ name }) => kubectl(namespace, 'logs', name)),
        ),
      mend: [],
    },
  };
}
