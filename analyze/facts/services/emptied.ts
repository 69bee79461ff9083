/** Since when a Service's port has had no ready endpoint. */
import { MINUTE, parseTime, SECOND } from '../../../src/core/time.ts';
import { matchesSet } from '../../../src/k8s/labels.ts';
import type { Since } from '../../model/finding.ts';
import { backingWorkloads } from './backing.ts';
import { sinceAt, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import { bestCandidate } from './selector-candidates.ts';
import type { ServiceFact, ServicePath } from '../services.ts';

/**
 * Observed when a watch saw the slice lose its last ready endpoint; else since the Service was made, where its slice never
 * held anything; else inferred from pods that turned unready, from what tells that pods behind it were deleted, from the
 * annotation `endpoints.kubernetes.io/last-change-trigger-time` (the change of a pod or of the Service that the controller
 * last acted on: an upper bound) and from managedFields; undefined when nothing tells.
 */
export function emptiedBetween(facts: Facts, path: ServicePath): Since | undefined {
  return (
    watched(facts, path) ?? turnedUnready(facts, path) ?? neverHadAny(facts, path) ?? lastChanged(facts, path)
  );
}

function watched(facts: Facts, path: ServicePath): Since | undefined {
  for (const slice of path.slices) {
    let full = false;
    for (const change of facts.changes(slice)) {
      const endpoints = dig(change.object, 'endpoints');
      const ready =
        Array.isArray(endpoints) && endpoints.some((one) => dig(one, 'conditions', 'ready') !== false);
      if (full && !ready) return sinceAt(change.at, 'observed', 'a watch saw the last ready endpoint go');
      full = ready;
    }
  }
  return undefined;
}

function turnedUnready(facts: Facts, path: ServicePath): Since | undefined {
  if (path.pods.length === 0 || path.pods.some(({ ready }) => ready === 'True')) return undefined;
  const turned = path.pods.flatMap(
    (pod) =>
      facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ??
      // A pod without a node has no condition Ready yet: it is not ready from the moment it was made.
      (pod.node === undefined ? (pod.createdAt ?? []) : []),
  );
  if (turned.length < path.pods.length) return undefined;
  return sinceAt(Math.max(...turned), 'inferred', 'the last pod behind it turned unready');
}

/** What the controller may take to make the first, empty slice of a Service. */
const FIRST = MINUTE;

/**
 * An EndpointSlice is made with generation 1, empty for a Service without pods, and each change of its content adds one
 * (pkg/registry/discovery/endpointslice/strategy.go): what is empty in its first generation never held anything.
 */
function neverHadAny(facts: Facts, { service, slices, endpoints }: ServicePath): Since | undefined {
  const born = service.createdAt;
  const first =
    born !== undefined &&
    slices.length > 0 &&
    endpoints.length === 0 &&
    slices.every(
      ({ generation, createdAt }) =>
        generation === 1 && createdAt !== undefined && Math.abs(createdAt - born) < FIRST,
    );
  if (!first) return undefined;
  // Applied in one go the Service often comes first: it lacks nothing before what stands behind it, or is
  // meant to and missed by the selector, was made.
  const meant = bestCandidate(facts, service);
  const behind = [...backingWorkloads(facts, service), meant?.workload ?? meant?.pods[0]].flatMap(
    (one) => one?.createdAt ?? [],
  );
  return sinceBetween(
    born,
    Math.max(born, ...behind),
    'it never had any: its EndpointSlice was made empty with it and never changed',
  );
}

function lastChanged(facts: Facts, path: ServicePath): Since | undefined {
  const { service, slices, pods } = path;
  const annotation = 'endpoints.kubernetes.io/last-change-trigger-time';
  const triggers = slices.flatMap(
    (slice) => parseTime(dig(facts.body(slice), 'metadata', 'annotations', annotation)) ?? [],
  );
  const born = service.createdAt;
  if (triggers.length > 0) {
    const last = Math.max(...triggers);
    const source = 'the endpoints controller last acted on a change of this time';
    if (pods.length > 0) return sinceAt(last, 'inferred', source);
    const gone = lastDeletion(facts, service, last);
    if (gone !== undefined) return gone;
    // The last change is the end of the last pod; not ready it was from its deletion on, its grace period before that.
    return sinceBetween(Math.max(born ?? 0, last - graceBehind(facts, service)), last, source);
  }
  if (pods.length > 0 || slices.length === 0 || born === undefined) return undefined;
  const writes = slices.flatMap((slice) => facts.writes(slice).map(({ at }) => at));
  return writes.length > 0
    ? sinceBetween(born, Math.max(...writes), 'managedFields: its EndpointSlice was last written then')
    : sinceBetween(born, facts.clock.endedAt, 'the Service is that old; nothing tells when it was emptied');
}

/** The Event by which a controller whose pods the selector takes deleted the last of them, within what pods may take to end. */
function lastDeletion(facts: Facts, service: ServiceFact, by: number): Since | undefined {
  const makers = new Set(
    facts.workloads
      .in(service.namespace)
      .filter(({ templateLabels }) => matchesSet(service.selector, templateLabels))
      .map(({ kind, name }) => `${kind}/${name}`),
  );
  const deletions = facts
    .eventsOf(['SuccessfulDelete'])
    .filter(
      (event) =>
        event.namespace === service.namespace && makers.has(`${event.involved_kind}/${event.involved_name}`),
    );
  const times = deletions
    .flatMap(({ last_at, first_at }) => last_at ?? first_at ?? [])
    .filter((at) => at <= by + SECOND && at >= by - graceBehind(facts, service) - SECOND);
  return times.length === 0
    ? undefined
    : sinceAt(Math.max(...times), 'observed', 'the Event by which the last pod behind it was deleted');
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
const GRACE = 30;

/** What the pods that went may have taken to end, by the templates that would make them again. */
function graceBehind(facts: Facts, service: ServiceFact): number {
  const given = backingWorkloads(facts, service).map((workload) =>
    dig(facts.body(workload), 'spec', 'template', 'spec', 'terminationGracePeriodSeconds'),
  );
  const seconds = given.map((one) => (typeof one === 'number' ? one : GRACE));
  return (seconds.length === 0 ? GRACE : Math.max(...seconds)) * SECOND;
}
