/** What `sockets` and `resolver` share: the same pods, each read once, results in the order of telling. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeResult } from '../../src/bundle/format.ts';
import { formatTime, now } from '../../src/core/time.ts';
import type { CollectorContext } from '../collector.ts';
import type { Resource } from '../discovery.ts';
import { ApiFailure, gapOf } from '../failure.ts';
import { ENDPOINT_SLICES, PODS, SERVICES } from '../kinds.ts';
import { askLate, noteAsked } from '../late.ts';
import type { PlaceDigest } from '../network/digest.ts';
import { insiderOf, type Said, tellMissing } from './insider.ts';
import { placesToRead } from './targets.ts';

/** Pods that are looked into. */
const MOST_PODS = 60;
const AT_A_TIME = 4;
/** Of those that are read twice, and how long after the first time. */
const MOST_AGAIN = 20;
const AGAIN_MS = 3000;

type Tell = (place: PlaceDigest, said: Said<string>) => Record<string, unknown>;

/**
 * Yields one result a pod that could be read, and a second one, three seconds later, of those of which what was told asks
 * for it; tells a gap for what could not. Nothing at all without `--allow-exec`.
 */
export async function* lookInside(
  context: CollectorContext,
  probe: string,
  detail: Tell,
  asksAgain: (detail: ProbeResult['detail']) => boolean = () => false,
): AsyncGenerator<ProbeResult> {
  if (context.scope.allowExec !== true) return;
  await pathsTaken(context);
  const places = placesNow(context);
  tellLeftOut(context, probe, 'pods were', places.length - MOST_PODS);
  noteAsked(context, probe, places);
  const read = places.slice(0, MOST_PODS);
  const again = new Set<string>();
  for await (const result of look(context, probe, detail, read, false)) {
    if (asksAgain(result.detail)) again.add(result.from);
    yield result;
  }
  if (again.size === 0) return;
  // The end of the time cuts it short as it does any probe.
  await sleep(AGAIN_MS, undefined, { signal: context.signal, ref: false }).catch(() => undefined);
  const twice = read.filter((place) => again.has(nameOf(place))).slice(0, MOST_AGAIN);
  yield* look(context, probe, detail, twice, true);
}

const nameOf = ({ namespace, name }: PlaceDigest): string => `pod/${namespace}/${name}`;

/** Reads once more what had not started when it was read. */
export async function* lookLate(
  context: CollectorContext,
  probe: string,
  detail: Tell,
): AsyncGenerator<ProbeResult> {
  const places = placesNow(context).map((place) => ({ place }));
  yield* askLate(context, probe, places, (late) =>
    look(
      context,
      probe,
      detail,
      late.map(({ place }) => place),
      true,
    ),
  );
}

function placesNow({ inventory, scope }: CollectorContext): readonly PlaceDigest[] {
  return placesToRead(inventory.network, scope, inventory.telling);
}

async function* look(
  context: CollectorContext,
  probe: string,
  detail: Tell,
  places: readonly PlaceDigest[],
  anew: boolean,
): AsyncGenerator<ProbeResult> {
  const insider = insiderOf(context);
  const one = async (place: PlaceDigest): Promise<ProbeResult | undefined> => {
    const name = nameOf(place);
    try {
      const said = await insider.read(context, place, anew);
      const { container, way, ms } = said;
      const told = { container, way, ...detail(place, said) };
      return { at: formatTime(now()), from: name, to: name, outcome: 'ok', ms, detail: told };
    } catch (error) {
      tellMissing(context, probe, place, error);
      return undefined;
    }
  };
  for await (const result of inOrder(places, AT_A_TIME, one, context.signal)) {
    if (result !== undefined) yield result;
  }
}

/** Until the lists that targets are chosen from have come; `more` beside pods, Services and EndpointSlices. */
export async function pathsTaken(context: CollectorContext, more: readonly Resource[] = []): Promise<void> {
  // Objects count where lists are the purpose; a probe counts its results.
  const quiet: CollectorContext = { ...context, count: () => undefined };
  await Promise.all(
    [PODS, SERVICES, ENDPOINT_SLICES, ...more].map((kind) => context.lists.take(quiet, kind)),
  );
}

/** One gap for what a bound left out. */
export function tellLeftOut(context: CollectorContext, probe: string, what: string, count: number): void {
  if (count <= 0) return;
  const words = `${count} more ${what} left out: the bound of this probe`;
  context.gap(
    gapOf(
      { key: `probe:${probe}/more`, evidence: 'probe', subject: { probe }, partial: true },
      new ApiFailure('out-of-scope', words),
    ),
  );
}

/** Works on a few at a time and gives the results in order. */
export async function* inOrder<T, R>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<R>,
  /** Nothing is begun after it; what was begun before is waited for. */
  signal?: AbortSignal,
): AsyncGenerator<R> {
  const running: Array<Promise<R>> = [];
  let next = 0;
  const begin = (): void => {
    const item = items[next];
    if (item === undefined || signal?.aborted === true) return;
    next += 1;
    const promise = work(item);
    promise.catch(() => undefined);
    running.push(promise);
  };
  for (let i = 0; i < atATime; i += 1) begin();
  for (let first = running.shift(); first !== undefined; first = running.shift()) {
    const result = await first;
    begin();
    yield result;
  }
}

/** The results of several at once, each as it comes. */
export async function* together<T>(sources: ReadonlyArray<AsyncGenerator<T>>): AsyncGenerator<T> {
  const advance = async (source: AsyncGenerator<T>) => ({ source, next: await source.next() });
  const running = new Map(sources.map((source) => [source, advance(source)]));
  try {
    while (running.size > 0) {
      const { source, next } = await Promise.race(running.values());
      if (next.done === true) running.delete(source);
      else {
        running.set(source, advance(source));
        yield next.value;
      }
    }
  } finally {
    for (const promise of running.values()) promise.catch(() => undefined);
  }
}
