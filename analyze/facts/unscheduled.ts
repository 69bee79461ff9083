/** Pods that no scheduler has looked at: neither bound, nor turned away, nor held back by a gate. */
import { MINUTE } from '../../src/core/time.ts';
import { items, text } from '../ingest/read.ts';
import type { Facts } from './facts.ts';
import type { PodFact } from './pods.ts';
import { dig, groupBy } from './read.ts';

const DEFAULT = 'default-scheduler';

/**
 * Pods that have waited for longer than a minute before the capture began and carry no sign of a scheduler, by the
 * scheduler that they name. A scheduler that finds no node says so: condition PodScheduled, Event FailedScheduling.
 */
export function untouchedPods(facts: Facts): Map<string, PodFact[]> {
  const waiting = facts.pods.all.filter(
    ({ phase, node, terminating, createdAt }) =>
      phase === 'Pending' &&
      node === undefined &&
      !terminating &&
      createdAt !== undefined &&
      facts.clock.startedAt - createdAt > MINUTE,
  );
  const untouched = waiting.filter(
    (pod) =>
      !facts.conditions(pod).some(({ type }) => type === 'PodScheduled') &&
      items(dig(facts.body(pod), 'spec', 'schedulingGates')).length === 0 &&
      !facts.events(pod.ref).some(({ reason }) => reason === 'FailedScheduling'),
  );
  return groupBy(untouched, (pod) => text(dig(facts.body(pod), 'spec', 'schedulerName')) ?? DEFAULT);
}
