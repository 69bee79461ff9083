/** Until when a Service that answers nobody now did answer, by what pods, workloads and slices keep of it. */
import { DAY, formatTime, MINUTE, SECOND, type Micros } from '../../../src/core/time.ts';
import type { Facts } from '../facts.ts';
import type { ContainerRow } from '../rows.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import type { WorkloadFact } from '../workloads.ts';
import { backingWorkloads, hadEndpoints } from './backing.ts';
import { bestCandidate } from './selector-candidates.ts';

export interface Served {
  readonly until: Micros;
  /** `Service shop/pay answered until 2026-05-01T14:05:00Z (Pod pay-a was Ready)`. */
  readonly words: string;
}

/**
 * The latest of what tells; undefined where nothing tells that it ever answered. Needs the lists of Services, pods and
 * EndpointSlices, `WORKLOADS` and `changes`.
 */
function servedUntil(facts: Facts, service: ServiceFact): Served | undefined {
  const tellers = [
    ...watchedReady(facts, service),
    ...facts.pods.select(service.namespace, service.selector).flatMap((pod) => wasReady(facts, pod)),
    ...backingWorkloads(facts, service).flatMap((workload) => wasAvailable(facts, workload)),
    ...hadOthers(facts, service),
  ];
  const [last] = tellers.toSorted((a, b) => b.until - a.until);
  return (
    last && {
      until: last.until,
      words: `Service ${service.namespace}/${service.name} answered until ${formatTime(last.until)} (${last.words})`,
    }
  );
}

/** The same, within the last day: whoever cannot be seen asking misses it still. */
export function servedLately(facts: Facts, service: ServiceFact): Served | undefined {
  const served = servedUntil(facts, service);
  return served !== undefined && facts.clock.endedAt - served.until < DAY ? served : undefined;
}

function watchedReady(facts: Facts, service: ServiceFact): Served[] {
  const slices = facts.pathsOf(service).flatMap((path) => path.slices);
  return slices.flatMap((slice) =>
    facts.changes(slice).flatMap(({ at, object }) => {
      const endpoints = dig(object, 'endpoints');
      const ready =
        Array.isArray(endpoints) && endpoints.some((one) => dig(one, 'conditions', 'ready') === true);
      return ready ? [{ until: at, words: 'a watch saw it with a ready endpoint' }] : [];
    }),
  );
}

/** A condition is False from the start on: one that turned False later was True before. */
const START = 2 * SECOND;

/**
 * Ready turned False after the start. A program that dies at once is Ready for that moment, where it has no readiness probe:
 * where containers die, one of their runs must have lasted.
 */
function wasReady(facts: Facts, pod: PodFact): Served[] {
  const ready = facts.conditions(pod).find(({ type }) => type === 'Ready');
  const turned = ready?.last_transition_at;
  const began = pod.startedAt;
  if (ready === undefined || ready.status === 'True' || pod.ended || pod.phase === 'Pending') return [];
  if (typeof turned !== 'number' || began === undefined || turned - began <= START) return [];
  const dying = facts
    .troubled(pod)
    .filter(({ restarts, state }) => (restarts ?? 0) > 0 || state === 'terminated');
  if (!dying.every((container) => hasLasted(facts, pod, container))) return [];
  return [{ until: turned, words: `Pod ${pod.name} was Ready` }];
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy: the back-off is capped at five minutes. */
const BACK_OFF = 5 * MINUTE;
const LASTING = 2 * MINUTE;

/** Its last run did, or so many restarts as short as the last cannot fill the age of the pod. */
function hasLasted(facts: Facts, pod: PodFact, container: ContainerRow): boolean {
  const { last_started_at: from, last_finished_at: to, restarts } = container;
  const run = typeof from === 'number' && typeof to === 'number' ? to - from : undefined;
  if (run === undefined) return (restarts ?? 0) === 0;
  const age = facts.clock.endedAt - (pod.startedAt ?? facts.clock.endedAt);
  return run >= LASTING || age > ((restarts ?? 0) + 1) * (BACK_OFF + run);
}

/** Of a Deployment whose pods are not there or never ran: it was Available before. */
function wasAvailable(facts: Facts, workload: WorkloadFact): Served[] {
  const condition = facts.conditions(workload).find(({ type }) => type === 'Available');
  const turned = condition?.last_transition_at;
  const { createdAt, namespace, templateLabels, name } = workload;
  if (condition?.status !== 'False' || typeof turned !== 'number' || createdAt === undefined) return [];
  const dies = facts.pods
    .select(namespace, templateLabels)
    .some((pod) => facts.troubled(pod).some(({ restarts }) => (restarts ?? 0) > 0));
  if (dies || turned - createdAt <= MINUTE) return [];
  return [{ until: turned, words: `${workload.kind} ${name} was Available` }];
}

/** A rollout took its pods away. */
function hadOthers(facts: Facts, service: ServiceFact): Served[] {
  if (service.selector === undefined || !hadEndpoints(facts, service)) return [];
  if (facts.pods.select(service.namespace, service.selector).some(({ ended }) => !ended)) return [];
  const departure = bestCandidate(facts, service)?.departure;
  const until = departure?.first.createdAt;
  return departure === undefined || until === undefined
    ? []
    : [{ until, words: `the pods of ${departure.last.kind} ${departure.last.name} were behind it` }];
}
