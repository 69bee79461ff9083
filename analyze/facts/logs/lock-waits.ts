/** What a dependency's own log says of sessions that wait for a lock: then it was reached, and the fault is within it. */
import { fields, items } from '../../ingest/read.ts';
import type { ObjectRef } from '../../../src/core/ids.ts';
import { MINUTE } from '../../../src/core/time.ts';
import type { Facts } from '../facts.ts';
import { LOCKED } from './ways.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';

const LINES = 200;
const WITHIN = 10 * MINUTE;
/** Of as many pods behind a Service it is read: a database has few. */
const PODS = 5;

export interface LockSaid {
  readonly line: LogRow;
  readonly pod: PodFact;
}

/** The latest such line of the pods behind these Services. */
export function lockSaid(facts: Facts, services: readonly ObjectRef[]): LockSaid | undefined {
  for (const { namespace = '', name } of services) {
    const selector = facts.services.named(namespace, name)?.selector;
    for (const pod of facts.pods.select(namespace, selector).slice(0, PODS)) {
      for (const container of containersOf(facts, pod)) {
        const line = facts
          .logTail(pod, container, false, LINES)
          .findLast(({ text, at }) => LOCKED.test(text) && facts.clock.endedAt - (at ?? 0) <= WITHIN);
        if (line !== undefined) return { line, pod };
      }
    }
  }
  return undefined;
}

function containersOf(facts: Facts, pod: PodFact): string[] {
  return items(fields(facts.body(pod)['spec'])['containers']).flatMap(({ name }) =>
    typeof name === 'string' ? [name] : [],
  );
}
