/** What stands, stood or should stand behind a Service: the workloads whose pods its selector takes or took. */
import { matchesSet } from '../../src/k8s/labels.ts';
import type { Facts } from './facts.ts';
import type { ServiceFact } from './services.ts';
import type { WorkloadFact } from './workloads.ts';

/** Controllers that keep pods running; Jobs are meant to end. */
const LASTING = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController']);

/** Outermost lasting workloads of the Service's namespace. */
export function lastingWorkloads(facts: Facts, namespace: string): readonly WorkloadFact[] {
  return facts.workloads
    .in(namespace)
    .filter(
      (workload) => LASTING.has(workload.kind) && workload.owner === undefined && !workload.terminating,
    );
}

/** Workloads whose present template the selector takes: the pods they make belong to the Service. */
export function backingWorkloads(facts: Facts, service: ServiceFact): readonly WorkloadFact[] {
  const { selector } = service;
  if (selector === undefined) return [];
  return lastingWorkloads(facts, service.namespace).filter((workload) =>
    matchesSet(selector, workload.templateLabels),
  );
}

/** A rollout that took a workload's pods away from the Service. */
export interface Departure {
  readonly workload: WorkloadFact;
  /** The newest revision that the selector took. */
  readonly last: WorkloadFact;
  /** The first revision after it: its creation is the rollout. */
  readonly first: WorkloadFact;
}

/** The rollout by which a Deployment's pods left the Service, from the ReplicaSets it keeps; undefined when none tells. */
export function departureOf(
  facts: Facts,
  service: ServiceFact,
  workload: WorkloadFact,
): Departure | undefined {
  const { selector } = service;
  if (selector === undefined) return undefined;
  const revisions = facts.workloads.revisions(workload);
  const taken = revisions.findIndex((revision) => matchesSet(selector, revision.templateLabels));
  const last = revisions[taken];
  const first = revisions[taken - 1];
  return taken > 0 && last !== undefined && first !== undefined ? { workload, last, first } : undefined;
}

/** When a Deployment was last scaled to zero, by its own event; undefined when none is kept. */
export function scaledDownAt(facts: Facts, workload: WorkloadFact): number | undefined {
  const events = facts
    .events(workload.ref)
    .filter(
      (event) =>
        /Scal|Rescale/.test(event.reason ?? '') && /\bto 0\b|New size: 0\b/.test(event.message ?? ''),
    );
  return events.at(-1)?.last_at ?? events.at(-1)?.first_at ?? undefined;
}

/** A Service whose workloads were parked at zero, with nobody depending on it and no sign that it was lately. */
export function isParked(facts: Facts, service: ServiceFact): boolean {
  const backing = backingWorkloads(facts, service);
  if (backing.length === 0 || backing.some((workload) => workload.replicas !== 0)) return false;
  if (facts.dependencies.of(service).length > 0) return false;
  return backing.every((workload) => scaledDownAt(facts, workload) === undefined);
}
