/** What autoscalers of nodes say of a pod that no node takes: that one is being made for it, or why none is. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import type { Facts } from '../facts.ts';
import type { EventRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { pathsByPod } from './relevant-ports.ts';
import { hadEndpoints } from '../services/backing.ts';

/**
 * The cluster autoscaler's TriggeredScaleUp (`pod triggered scale-up: [{ng-1 2->3 (max: 10)}]`), and Karpenter's Nominated
 * (`Pod should schedule on: nodeclaim/default-abc12`).
 */
const COMES: ReadonlySet<string | null> = new Set(['TriggeredScaleUp', 'Nominated']);
/** Why none is made: the cluster autoscaler's NotTriggerScaleUp and (GKE) FailedScaleUp, and Karpenter's own FailedScheduling. */
const NOT_MADE: ReadonlySet<string | null> = new Set(['NotTriggerScaleUp', 'FailedScaleUp']);
const KARPENTER_FAILED = /^Failed to schedule pod, /;

/** A machine joins within a minute or three; autoscalers give one up after fifteen. */
const JOINS = 5 * MINUTE;

function saysNo({ reason, message }: EventRow): boolean {
  return NOT_MADE.has(reason) || (reason === 'FailedScheduling' && KARPENTER_FAILED.test(message ?? ''));
}

/** Whether a node is being made for a pod, and not for longer than that may take. */
function awaitsNode(facts: Facts, pod: PodFact): boolean {
  if (pod.phase !== 'Pending' || pod.node !== undefined) return false;
  const told = facts.events(pod.ref).filter((event) => COMES.has(event.reason) || saysNo(event));
  const last = told.reduce<EventRow | undefined>(
    (a, b) => (a !== undefined && (a.last_at ?? 0) > (b.last_at ?? 0) ? a : b),
    undefined,
  );
  if (last === undefined || !COMES.has(last.reason)) return false;
  const since = Math.min(
    ...told
      .filter(({ reason }) => COMES.has(reason))
      .flatMap(({ first_at, last_at }) => first_at ?? last_at ?? []),
  );
  return facts.clock.endedAt - since < JOINS;
}

/**
 * Whether all waits as it should: a node is being made, and no Service that had endpoints has lost them meanwhile, so that
 * what waits is more of what is there, or new.
 */
export function isScaleUp(facts: Facts, pod: PodFact): boolean {
  return (
    awaitsNode(facts, pod) &&
    (pathsByPod(facts.paths).get(pod) ?? []).every(
      ({ ready, service }) => ready.length > 0 || !hadEndpoints(facts, service),
    )
  );
}

/** Whether a node is made, or why none is, by the last word of the autoscaler, as a sentence; empty where it says nothing. */
export function sayOfNodes(facts: Facts, pod: PodFact): string {
  if (awaitsNode(facts, pod)) return 'An autoscaler is making a node for it.';
  const told = facts.events(pod.ref).findLast(saysNo);
  if (told === undefined) return '';
  const words = oneLine(told.message ?? '').replace(
    /^(?:pod didn't trigger scale-up:? ?|Failed to schedule pod, )/,
    '',
  );
  const by = NOT_MADE.has(told.reason) ? 'The cluster autoscaler adds no node' : 'Karpenter makes no node';
  return words === '' ? `${by} for it.` : `${by} for it: ${words.slice(0, 300).replace(/\.$/, '')}.`;
}
