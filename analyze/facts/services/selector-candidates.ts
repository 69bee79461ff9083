/** The pods that a Service's selector seems to have meant: by history, by a near miss, or in another namespace. */
import { matchesSet } from '../../../src/k8s/labels.ts';
import {
  compareNearMisses,
  missOf,
  nearMiss,
  type Difference,
  type NearMiss,
} from '../../../src/k8s/near-miss.ts';
import { departureOf, dependentsOf, hadEndpoints, lastingWorkloads, type Departure } from './backing.ts';
import type { Facts } from '../facts.ts';
import { podsOf } from '../pods/pod-groups.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import type { WorkloadFact } from '../workloads.ts';

export interface Candidate {
  /** Living pods that were probably meant; none where what makes them was, and has none. */
  readonly pods: readonly PodFact[];
  /** Their outermost controller, where it was captured. */
  readonly workload: WorkloadFact | undefined;
  /** How their labels miss; absent when they match in another namespace, or when only history tells. */
  readonly miss: NearMiss | undefined;
  /** The rollout that took them away, where ReplicaSets tell. */
  readonly departure: Departure | undefined;
  /** Another Service that takes these very pods. */
  readonly takenBy: ServiceFact | undefined;
  /** Set when the pods match but live in another namespace. */
  readonly otherNamespace: string | undefined;
}

/**
 * History decides, unless the pods went over to another Service and nobody asks for this one. Without history, pods that
 * another Service takes are that one's, but for a slip in a Service that somebody asks for; and a weak likeness counts only
 * where endpoints were once, somebody asks, or the Service bears the name of the very workload.
 */
export function isFault(facts: Facts, service: ServiceFact, candidate: Candidate): boolean {
  const { departure, takenBy, miss } = candidate;
  const isAskedFor = (): boolean => dependentsOf(facts, service).length > 0;
  if (departure !== undefined) return takenBy === undefined || isAskedFor();
  if (takenBy !== undefined) return miss !== undefined && miss.differences.every(isSlip) && isAskedFor();
  return (
    miss === undefined ||
    miss.strong ||
    hadEndpoints(facts, service) ||
    isNamesake(service, candidate) ||
    isAskedFor()
  );
}

/**
 * Whether a Service with no pod and no workload lacks them: somebody depends on it, or it had endpoints and nothing in sight
 * took its place. Else it is left over, or a name kept for later.
 */
export function isBereft(facts: Facts, service: ServiceFact, candidate: Candidate | undefined): boolean {
  if (dependentsOf(facts, service).length > 0) return true;
  return !service.headless && candidate === undefined && hadEndpoints(facts, service);
}

/** Whether a candidate is surer than a word of what is gone: by history, by a slip, by name, or with the very labels elsewhere. */
export function isFirm(service: ServiceFact, candidate: Candidate): boolean {
  const { departure, miss, otherNamespace } = candidate;
  return (
    departure !== undefined ||
    otherNamespace !== undefined ||
    miss?.strong === true ||
    isNamesake(service, candidate)
  );
}

/** Whoever calls a Service like a workload means its pods, as `kubectl expose` and most charts do. */
export function isNamesake(service: ServiceFact, { workload }: Candidate): boolean {
  return workload?.name === service.name && workload.namespace === service.namespace;
}

/** No two variants are told apart by a letter's case or a slip. */
function isSlip({ kind }: Difference): boolean {
  return kind === 'case' || kind === 'typo';
}

/** The likeliest candidate; undefined when nothing in sight looks meant. */
export function bestCandidate(facts: Facts, service: ServiceFact): Candidate | undefined {
  const departed = lastingWorkloads(facts, service.namespace)
    .map((workload) => departureOf(facts, service, workload))
    .filter((departure) => departure !== undefined)
    .toSorted((a, b) => (b.first.createdAt ?? 0) - (a.first.createdAt ?? 0))[0];
  if (departed !== undefined) return afterDeparture(facts, service, departed);
  return nearest(facts, service) ?? elsewhere(facts, service) ?? namesake(facts, service);
}

function afterDeparture(facts: Facts, service: ServiceFact, departure: Departure): Candidate {
  const { workload } = departure;
  const pods = livingOf(facts, workload);
  return {
    pods,
    workload,
    // Pods carry what their template has, and more: the hash by which Argo's Services tell revisions apart.
    miss: nearMiss(service.selector ?? {}, pods[0]?.labels ?? workload.templateLabels),
    departure,
    takenBy: takerOf(facts, service, workload.templateLabels, workload),
    otherNamespace: undefined,
  };
}

/** Labels that a selector is held against, and whose they are. */
interface Carrier {
  readonly labels: PodFact['labels'];
  readonly workload: WorkloadFact | undefined;
  /** Undefined where none of the workload's pods is there: its template tells what they would carry. */
  readonly pod: PodFact | undefined;
}

function nearest(facts: Facts, service: ServiceFact): Candidate | undefined {
  const { selector = {}, namespace } = service;
  let best: { carrier: Carrier; miss: NearMiss; taker: ServiceFact | undefined } | undefined;
  for (const carrier of carriersIn(facts, namespace)) {
    const { labels, workload } = carrier;
    const miss = nearMiss(selector, labels);
    if (miss === undefined) continue;
    const taker = takerOf(facts, service, labels, workload);
    const better =
      best === undefined ||
      Number(taker === undefined) - Number(best.taker === undefined) > 0 ||
      ((taker === undefined) === (best.taker === undefined) && compareNearMisses(miss, best.miss) < 0);
    if (better) best = { carrier, miss, taker };
  }
  if (best === undefined) return undefined;
  const { carrier, miss, taker } = best;
  const { workload, pod } = carrier;
  return {
    pods: workload === undefined ? [pod].filter((one) => one !== undefined) : livingOf(facts, workload),
    workload,
    miss,
    departure: undefined,
    takenBy: taker,
    otherNamespace: undefined,
  };
}

/** The workload that the Service is called like, however its labels differ, where no other Service takes its pods. */
function namesake(facts: Facts, service: ServiceFact): Candidate | undefined {
  const carrier = carriersIn(facts, service.namespace).find(
    ({ workload }) => workload?.name === service.name,
  );
  if (carrier?.workload === undefined) return undefined;
  const { workload, labels } = carrier;
  if (takerOf(facts, service, labels, workload) !== undefined) return undefined;
  return {
    pods: livingOf(facts, workload),
    workload,
    miss: missOf(service.selector ?? {}, labels),
    departure: undefined,
    takenBy: undefined,
    otherNamespace: undefined,
  };
}

/**
 * Each set of labels once: pods of one workload carry the same but for what tells them apart. A workload that wants pods and
 * has none (refused by a quota, say) stands with its template.
 */
function carriersIn(facts: Facts, namespace: string): Carrier[] {
  const carriers = new Map<string, Carrier>();
  const present = new Set<number>();
  for (const pod of living(facts, namespace)) {
    const workload = facts.workloads.top(pod);
    if (workload !== undefined) present.add(workload.id);
    const set = JSON.stringify([pod.owner?.kind === 'StatefulSet' ? pod.owner.name : pod.labels]);
    if (!carriers.has(set)) carriers.set(set, { labels: pod.labels, workload, pod });
  }
  const absent = lastingWorkloads(facts, namespace).filter(
    ({ id, replicas }) => replicas !== 0 && !present.has(id),
  );
  return [
    ...carriers.values(),
    ...absent.map((workload) => ({ labels: workload.templateLabels, workload, pod: undefined })),
  ];
}

/**
 * Another Service of the namespace whose selector takes these labels. The headless Service that a StatefulSet must have for
 * the names of its pods is none: the one that clients use stands beside it
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id).
 */
function takerOf(
  facts: Facts,
  service: ServiceFact,
  labels: PodFact['labels'],
  workload: WorkloadFact | undefined,
): ServiceFact | undefined {
  const governing =
    workload?.kind === 'StatefulSet' ? dig(facts.body(workload), 'spec', 'serviceName') : undefined;
  return facts.services
    .in(service.namespace)
    .find(
      (other) =>
        other !== service &&
        !other.terminating &&
        !(other.headless && other.name === governing) &&
        matchesSet(other.selector, labels),
    );
}

/** Pods with the right labels in one other namespace, which no Service there takes. */
function elsewhere(facts: Facts, service: ServiceFact): Candidate | undefined {
  const pods = facts.pods
    .selectAnywhere(service.selector ?? {})
    .filter((pod) => pod.namespace !== service.namespace && !pod.ended && !pod.terminating);
  const [first] = pods;
  if (first === undefined || pods.some((pod) => pod.namespace !== first.namespace)) return undefined;
  const owned = facts.services.in(first.namespace).some(({ selector }) => matchesSet(selector, first.labels));
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
  return facts.pods.in(namespace).filter(isLiving);
}

function livingOf(facts: Facts, workload: WorkloadFact): readonly PodFact[] {
  return podsOf(facts, workload).filter(isLiving);
}

function isLiving({ ended, terminating, owner }: PodFact): boolean {
  return !ended && !terminating && owner?.kind !== 'Job';
}
