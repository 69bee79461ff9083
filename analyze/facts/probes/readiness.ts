/** How long a pod may be unready after its start before that means anything: what its own probes allow. */
import { SECOND, type Micros } from '../../../src/core/time.ts';
import { fields, integer, items } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';

/** Time for the kubelet to write the state and the API server to serve it. */
const SLACK: Micros = 5 * SECOND;

/** Without a readiness probe a container is Ready once it runs; an image pull or an init container may still take its time. */
const LEAST: Micros = 30 * SECOND;

/**
 * The longest that probes let a fresh container be unready: the whole startup probe, then initial delay and the failures a
 * readiness probe may have (defaults of core/v1 Probe: initialDelaySeconds 0, periodSeconds 10, failureThreshold 3).
 */
export function startupAllowance(facts: Pick<Facts, 'body'>, pod: PodFact): Micros {
  const spec = fields(facts.body(pod)['spec']);
  const allowed = [...items(spec['containers']), ...items(spec['initContainers'])].map(
    (container) => windowOf(container['startupProbe']) + windowOf(container['readinessProbe']),
  );
  return Math.max(LEAST, ...allowed) + SLACK;
}

/** Ready is written within a second or two of what makes it so; a later transition to False is a second one. */
const SAME_MOMENT: Micros = 2 * SECOND;

/** Restarts after which being up for a moment is no fresh start any more. */
const LOOPING = 2;

/**
 * Whether a pod that is not Ready may still become so by its own probes: it has never been Ready since its containers
 * started, and their time is not over. One that was Ready, and has turned, is not starting.
 */
export function isStarting(facts: Facts, pod: PodFact): boolean {
  if (pod.ready === 'True') return false;
  const containers = facts.troubled(pod);
  if (containers.some(({ restarts }) => (restarts ?? 0) >= LOOPING)) return false;
  const started = containers.flatMap(({ state, started_at }) =>
    state === 'running' ? (started_at ?? []) : [],
  );
  const begins = [pod.createdAt, pod.startedAt, ...started].filter((at) => at !== undefined);
  const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? undefined;
  const { endedAt } = facts.clock;
  if (turned !== undefined && started.length > 0 && turned > Math.max(...started) + SAME_MOMENT) {
    return endedAt - turned < SLACK;
  }
  return begins.length > 0 && endedAt - Math.max(...begins) <= startupAllowance(facts, pod);
}

function windowOf(probe: unknown): Micros {
  if (probe === undefined || probe === null) return 0;
  const read = fields(probe);
  const delay = integer(read['initialDelaySeconds']) ?? 0;
  const period = integer(read['periodSeconds']) ?? 10;
  const failures = integer(read['failureThreshold']) ?? 3;
  return (delay + period * failures) * SECOND;
}
