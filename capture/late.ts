/**
 * Programs that start slowly: what ran, or was ready, only after a probe had asked is asked once more in the last second of
 * the capture. The watch on pods tells of it.
 */
import type { ProbeResult } from '../src/bundle/format.ts';
import type { CollectorContext } from './collector.ts';
import { ApiFailure, gapOf } from './failure.ts';
import type { PlaceDigest } from './network/digest.ts';

/** Of one probe: the last second is short. */
const MOST_LATE = 20;

/** By capture, found by what its collectors share, and probe: each place as it was when it was asked. */
const asked = new WeakMap<object, Map<string, Map<string, PlaceDigest>>>();

const keyOf = ({ namespace, name }: PlaceDigest): string => `${namespace}/${name}`;

/** Notes which places a probe is about to ask. */
export function noteAsked(context: CollectorContext, probe: string, places: readonly PlaceDigest[]): void {
  const byProbe = asked.get(context.inventory) ?? new Map<string, Map<string, PlaceDigest>>();
  asked.set(context.inventory, byProbe);
  byProbe.set(probe, new Map(places.map((place) => [keyOf(place), place])));
}

/**
 * Of these (the places as they are now, the most telling first) those that are worth asking once more: they run, and ran not
 * or were not ready when they were asked, or are new, or are still starting. None where the probe never ran.
 */
export function startedSince<T extends { readonly place: PlaceDigest }>(
  context: CollectorContext,
  probe: string,
  targets: readonly T[],
): readonly T[] {
  const before = asked.get(context.inventory)?.get(probe);
  if (before === undefined) return [];
  return targets.filter(({ place }) => isLate(place, before.get(keyOf(place)))).slice(0, MOST_LATE);
}

function isLate(place: PlaceDigest, before: PlaceDigest | undefined): boolean {
  if (place.running.length === 0) return false;
  if (before === undefined || place.starting) return true;
  return place.running.length > before.running.length || (place.ready && !before.ready);
}

/** Asks those once more; that the time for it was over is a gap, where there was something to ask. */
export async function* askLate<T extends { readonly place: PlaceDigest }>(
  context: CollectorContext,
  probe: string,
  targets: readonly T[],
  ask: (late: readonly T[]) => AsyncIterable<ProbeResult>,
): AsyncGenerator<ProbeResult> {
  const late = startedSince(context, probe, targets);
  if (late.length === 0) return;
  yield* ask(late);
  if (!context.signal.aborted) return;
  const words = `not all of ${late.length} pods that started meanwhile were asked once more: the time for it was over`;
  context.gap(
    gapOf(
      { key: `probe:${probe}/late`, evidence: 'probe', subject: { probe }, partial: true },
      new ApiFailure('timeout', words),
    ),
  );
}
