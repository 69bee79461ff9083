/** Pods that wait because their place was taken: the scheduler preempts for a higher priority, and says so of the victim. */
import { integer, fields, text } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { eventEvidence, fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { topOf } from './pod-groups.ts';

export interface Preemption {
  /** `Deployment shop/report`, priority 1000, on node-1. */
  readonly words: string;
  readonly node: string;
  readonly by: PodFact;
  readonly evidence: readonly Evidence[];
}

/** pkg/scheduler/framework/preemption: `Preempted by pod UID on node NAME`; by a group of pods the UID is the group's. */
const SAID = /^Preempted by pod ([0-9a-f-]{36}) on node (\S+)$/;

/**
 * What took the place of a pod before this one, of the same controller, and still has it: pods of a ReplicaSet get a new name,
 * those of a StatefulSet keep theirs. Undefined where that is gone: then it keeps nobody waiting. Needs pods and Events.
 */
export function preemptionOf(facts: Facts, { namespace, name, owner }: PodFact): Preemption | undefined {
  if (owner === undefined) return undefined;
  const event = facts
    .eventsOf(['Preempted'])
    .findLast(
      ({ namespace: of, involved_name: victim }) =>
        of === namespace &&
        (victim === name || (owner.kind !== 'StatefulSet' && victim?.replace(/-[^-]+$/, '') === owner.name)),
    );
  const [, uid, node] = SAID.exec(event?.message ?? '') ?? [];
  if (event === undefined || uid === undefined || node === undefined) return undefined;
  const by = facts.pods.all.find(
    (pod) => pod.node === node && !pod.ended && text(dig(facts.body(pod), 'metadata', 'uid')) === uid,
  );
  if (by === undefined) return undefined;
  const { priority, priorityClassName } = fields(facts.body(by)['spec']);
  const top = topOf(facts, by);
  const called = text(priorityClassName);
  const weighs = [called, integer(priority)].filter((one) => one !== null).join(', ');
  return {
    words: `${top.kind} ${top.namespace ?? ''}/${top.name}${weighs === '' ? '' : ` (priority ${weighs})`} on ${node}`,
    node,
    by,
    evidence: [
      eventEvidence(facts, event),
      fieldEvidence(facts, by, 'spec.priority', priority),
      fieldEvidence(facts, by, 'spec.nodeName', node),
    ],
  };
}
