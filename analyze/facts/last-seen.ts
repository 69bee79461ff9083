/** What is known of an object that is named and not there: a watch saw it go, or Events still tell that it was there. */
import type { ObjectRef } from '../../src/core/ids.ts';
import { formatTime, type Micros } from '../../src/core/time.ts';
import type { Evidence } from '../model/finding.ts';
import { eventEvidence } from './evidence.ts';
import type { Facts } from './facts.ts';

export interface LastSeen {
  /** `it was deleted at …`, `it was still there at …`. */
  readonly words: string;
  /** When it went; of one that Events tell of, when it was there last. */
  readonly at: Micros;
  readonly evidence: Evidence;
}

/** Needs `changes` and `list:events`; undefined where neither tells. */
export function lastSeen(facts: Facts, resource: string, ref: ObjectRef): LastSeen | undefined {
  const gone = facts.deleted(resource, ref.namespace ?? '').find((one) => one.ref.name === ref.name);
  if (gone !== undefined) {
    const at = formatTime(gone.at);
    return {
      words: `it was deleted at ${at}`,
      at: gone.at,
      evidence: { kind: 'change', at, object: gone.ref, text: 'DELETED, as a watch saw it' },
    };
  }
  const event = facts.events(ref).at(-1);
  const at = event?.last_at ?? event?.first_at ?? undefined;
  if (event === undefined || at === undefined) return undefined;
  return { words: `it was still there at ${formatTime(at)}`, at, evidence: eventEvidence(facts, event) };
}
