/** What probes through the API server share: a few at a time, and one gap where a namespace forbids or a bound leaves out. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeResult } from '../src/bundle/format.ts';
import { resourceId } from '../src/core/ids.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { CollectorContext } from './collector.ts';
import { failureOf, gapOf } from './failure.ts';
import { pathsTaken } from './inside/look.ts';
import { INGRESSES, SERVICES } from './kinds.ts';
import { EDGE_RESOURCES } from './network/edge-digest.ts';

/** Routes only rank: what discovery takes longer than this for is not waited for. */
const RANKING_MS = 2000;

/** Until the lists that targets are chosen and ranked from have come. */
export async function targetsKnown(context: CollectorContext): Promise<void> {
  const late = sleep(RANKING_MS, undefined, { signal: context.signal, ref: false }).catch(() => undefined);
  await Promise.all([
    pathsTaken(context),
    context.lists.take(context, INGRESSES),
    Promise.race([edgesTaken(context), late]),
  ]);
}

/** Until the kinds that publish hosts are listed, as far as the cluster serves them. */
export async function edgesTaken(context: CollectorContext): Promise<void> {
  // A probe counts its results, not what it chooses from.
  const quiet: CollectorContext = { ...context, count: () => undefined };
  const served = await context.resources(quiet);
  const kinds = served.filter(
    ({ group, plural }) => EDGE_RESOURCES.includes(resourceId(group, plural)) || isRoute(group, plural),
  );
  await Promise.all([SERVICES, ...kinds].map((kind) => context.lists.take(quiet, kind)));
}

function isRoute(group: string, plural: string): boolean {
  return group === 'gateway.networking.k8s.io' && plural.endsWith('routes');
}

/** Remembers where this user may not ask: a 403 is an answer, and is not asked for again. */
export interface Refusals {
  has(namespace: string): boolean;
  /** Tells the gap that the failure is: of the namespace where it is forbidden, else of the one place. */
  tell(error: unknown, namespace: string, pod?: string): void;
}

export function createRefusals(context: CollectorContext, probe: string): Refusals {
  const forbidden = new Set<string>();
  return {
    has: (namespace) => forbidden.has(namespace),
    tell(error, namespace, pod) {
      const failure = failureOf(error);
      const denied = failure.reason === 'forbidden' || failure.reason === 'unauthorized';
      if (denied) forbidden.add(namespace);
      const whole = denied || pod === undefined;
      const key = whole ? `probe:${probe}@${namespace}` : `probe:${probe}/${namespace}/${pod}`;
      const subject = { probe, namespace, ...(whole ? {} : { pod }) };
      context.gap(gapOf({ key, evidence: 'probe', subject, partial: true }, failure));
    },
  };
}

/** A result of now. */
export function resultOf(
  from: string,
  to: string,
  outcome: ProbeResult['outcome'],
  detail: Record<string, unknown>,
  ms?: number,
): ProbeResult {
  return { at: formatTime(now()), from, to, outcome, ...(ms === undefined ? {} : { ms }), detail };
}
