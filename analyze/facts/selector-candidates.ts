/** The pods that a Service's selector seems to have meant: by history, by a near miss, or in another namespace. */
import { matchesSet } from '../../src/k8s/labels.ts';
import { compareNearMisses, nearMiss, type NearMiss } from '../../src/k8s/near-miss.ts';
import { departureOf, lastingWorkloads, type Departure } from './backing.ts';
import type { Facts } from './facts.ts';
import type { PodFact } from './pods.ts';
import type { ServiceFact } from './services.ts';
import type { WorkloadFact } from './workloads.ts';

export interface Candidate {
  /** Living pods that were probably meant. */
  readonly pods: readonly PodFact[];
  /** Their outermost controller, where it was captured. */
  readonly workload: WorkloadFact | undefined;
  /** How their labels miss; absent when they match in another namespace. */
  readonly miss: NearMiss | undefined;
  /** The rollout that took them away, where ReplicaSets tell. */
  readonly departure: Departure | undefined;
  /** Another Service selects by the very label these pods have in place of the wanted one. */
  readonly takenBy: ServiceFact | undefined;
  /** Set when the pods match but live in another namespace. */
  readonly otherNamespace: string | undefined;
}

/** History decides alone; a strong near miss decides unless a sibling Service is there for those pods. */
export function isFault(candidate: Candidate): boolean {
  if (candidate.departure !== undefined) return true;
  if (candidate.takenBy !== undefined) return false;
  return candidate.otherNamespace !== undefined || candidate.miss !== undefined;
}

/** The likeliest candidate; undefined when nothing in sight looks meant. */
export function bestCandidate(facts: Facts, service: ServiceFact): Candidate | undefined {
  const departed = lastingWorkloads(facts, service.namespace)
    .map((workload) => departureOf(facts, service, workload))
    .filter((departure) => departure !== undefined)
    .toSorted((a, b) => (b.first.createdAt ?? 0) - (a.first.createdAt ?? 0))[0];
  if (departed !== undefined) return afterDeparture(facts, service, departed);
  return nearest(facts, service) ?? elsewhere(facts, service);
}

function afterDeparture(facts: Facts, service: ServiceFact, departure: Departure): Candidate {
  const { workload } = departure;
  const pods = living(facts, service.namespace).filter((pod) => facts.workloads.top(pod) === workload);
  return {
    pods,
    workload,
    miss: nearMiss(service.selector ?? {}, workload.templateLabels),
    departure,
    takenBy: undefined,
    otherNamespace: undefined,
  };
}

function nearest(facts: Facts, service: ServiceFact): Candidate | undefined {
  const { selector = {} } = service;
  let best: { pod: PodFact; miss: NearMiss } | undefined;
  for (const pod of living(facts, service.namespace)) {
    const miss = nearMiss(selector, pod.labels);
    if (miss !== undefined && (best === undefined || compareNearMisses(miss, best.miss) < 0))
      best = { pod, miss };
  }
  if (best === undefined) return undefined;
  const { pod, miss } = best;
  const workload = facts.workloads.top(pod);
  const found = Object.fromEntries(
    miss.differences.flatMap(({ found }) => (found === undefined ? [] : [[found.key, found.value]])),
  );
  const alike = living(facts, service.namespace).filter(
    (other) =>
      matchesSet(found, other.labels) &&
      (workload === undefined ? other === pod : facts.workloads.top(other) === workload),
  );
  return {
    pods: alike,
    workload,
    miss,
    departure: undefined,
    takenBy: sibling(facts, service, found),
    otherNamespace: undefined,
  };
}

/** A Service that selects by a pair these pods have where this Service wants another. */
function sibling(
  facts: Facts,
  service: ServiceFact,
  found: Readonly<Record<string, string>>,
): ServiceFact | undefined {
  return facts.services
    .in(service.namespace)
    .find(
      (other) =>
        other !== service && Object.entries(found).some(([key, value]) => other.selector?.[key] === value),
    );
}

/** Pods with the right labels in one other namespace, which no Service there takes. */
function elsewhere(facts: Facts, service: ServiceFact): Candidate | undefined {
  const { selector } = service;
  if (selector === undefined) return undefined;
  const pods = facts.pods
    .selectAnywhere(selector)
    .filter((pod) => pod.namespace !== service.namespace && !pod.ended && !pod.terminating);
  const [first] = pods;
  if (first === undefined || pods.some((pod) => pod.namespace !== first.namespace)) return undefined;
  const owned = facts.services
    .in(first.namespace)
    .some((other) => other.selector !== undefined && matchesSet(other.selector, first.labels));
  if (owned) return undefined;
  return {
    pods,
    workload: facts.workloads.top(first),
    miss: undefined,
    departure: undefined,
    takenBy: undefined,
    otherNamespace: first.namespace,
  };
}

/** Pods that run or are going to, leaving out those of Jobs. */
function living(facts: Facts, namespace: string): readonly PodFact[] {
  return facts.pods
    .in(namespace)
    .filter((pod) => !pod.ended && !pod.terminating && pod.owner?.kind !== 'Job');
}
