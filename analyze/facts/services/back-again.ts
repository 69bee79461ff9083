/** Whether a Service that failed its clients serves again, by what was written of it and by the silence since. */
import { SECOND, type Micros } from '../../../src/core/time.ts';
import type { ObjectRef } from '../../../src/core/ids.ts';
import type { Facts } from '../facts.ts';
import type { ServiceFact } from '../services.ts';

/** A program that keeps a pace of retries and misses so many of them in a row has stopped failing. */
const MISSED = 3;

/**
 * Each of the Services has a ready endpoint for each of its ports, and it or its EndpointSlices were written when the
 * failures came to their end; since then the client, which had failed at this pace, was silent for several times as long.
 *
 * @param last when a client last failed.
 * @param pace the longest that it was silent between two failures.
 */
export function servesAgain(facts: Facts, names: readonly ObjectRef[], last: Micros, pace: Micros): boolean {
  if (names.length === 0 || !isSilentSince(facts, last, pace)) return false;
  return names.every(({ namespace, name }) => {
    const service = facts.services.named(namespace ?? '', name);
    return service !== undefined && isMended(facts, service, last - pace - SECOND);
  });
}

/** Whether a client that failed at this pace has missed several turns since, which is cheap to tell. */
export function isSilentSince({ clock }: Pick<Facts, 'clock'>, last: Micros, pace: Micros): boolean {
  return clock.startedAt - last >= MISSED * Math.max(pace, SECOND);
}

function isMended(facts: Facts, service: ServiceFact, since: Micros): boolean {
  const paths = facts.pathsOf(service);
  if (paths.length === 0 || paths.some(({ ready }) => ready.length === 0)) return false;
  return [service, ...paths.flatMap(({ slices }) => slices)].some((object) =>
    facts.writes(object).some(({ at, subresource }) => subresource === undefined && at >= since),
  );
}
