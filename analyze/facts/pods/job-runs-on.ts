/** A Job that did its work and is not done: a container of its pod has ended well, and another runs on. */
import { items, text, time } from '../../ingest/read.ts';
import { MINUTE } from '../../../src/core/time.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';

export interface RunsOn {
  readonly pod: PodFact;
  readonly done: string;
  readonly runs: string;
  /** When the first ended. */
  readonly at: number | undefined;
}

/** Containers that work side by side seldom end in the same moment. */
const LASTING = 2 * MINUTE;

/** A pod is Succeeded only when all its containers have ended; sidecars (init containers with restartPolicy Always) do not count. */
export function runsOn(facts: Facts, pods: readonly PodFact[]): RunsOn | undefined {
  for (const pod of pods) {
    if (pod.ended || pod.terminating) continue;
    const statuses = items(dig(facts.body(pod), 'status', 'containerStatuses'));
    const done = statuses.find(({ state }) => dig(state, 'terminated', 'exitCode') === 0);
    const runs = statuses.find(({ state }) => dig(state, 'running') !== undefined);
    const at = time(dig(done?.['state'], 'terminated', 'finishedAt')) ?? undefined;
    if (done === undefined || runs === undefined) continue;
    if (at !== undefined && facts.clock.endedAt - at < LASTING) continue;
    return {
      pod,
      done: text(done['name']) ?? '',
      runs: text(runs['name']) ?? '',
      at,
    };
  }
  return undefined;
}
