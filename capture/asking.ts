/** What probes through the API server share: a few at a time, and one gap where a namespace forbids or a bound leaves out. */
import type { ProbeResult } from '../src/bundle/format.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { CollectorContext } from './collector.ts';
import { failureOf, gapOf } from './failure.ts';
import { pathsTaken } from './inside/look.ts';
import { INGRESSES } from './kinds.ts';

/** Until the lists that targets are chosen and ranked from have come. */
export async function targetsKnown(context: CollectorContext): Promise<void> {
  await Promise.all([pathsTaken(context), context.lists.take(context, INGRESSES)]);
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
