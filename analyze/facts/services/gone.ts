/** A workload that made the pods of a Service and is there no more. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import type { Evidence, Since } from '../../model/finding.ts';
import type { Facts } from '../facts.ts';

export interface GoneWorkload {
  readonly ref: ObjectRef;
  /**
   * `certain`: what it made, or its own template, has the labels that the selector wants. `likely`: it is called like what the
   * selector wants. `possible`: only the time fits.
   */
  readonly confidence: 'certain' | 'likely' | 'possible';
  /** It is told to go, and waits for what it owns. */
  readonly leaving: boolean;
  /** A sentence: how it is known. */
  readonly told: string;
  readonly since: Since;
  readonly evidence: readonly Evidence[];
  /** What is left of it. */
  readonly involves: readonly ObjectRef[];
}

/** Workloads that people make and delete; ReplicaSets and Jobs come and go by themselves. */
export const MAKERS: Readonly<Record<string, string>> = {
  Deployment: 'apps/deployments',
  StatefulSet: 'apps/statefulsets',
  DaemonSet: 'apps/daemonsets',
};

/**
 * Reasons of the Events that their controllers send of them while they are there: pkg/controller/deployment/sync.go,
 * pkg/controller/statefulset/stateful_pod_control.go, pkg/controller/controller_utils.go.
 */
export const ALIVE: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ScalingReplicaSet'],
  StatefulSet: ['SuccessfulCreate', 'SuccessfulDelete'],
  DaemonSet: ['SuccessfulCreate', 'SuccessfulDelete'],
};
/** The kubelet's, of a pod that goes (pkg/kubelet/kuberuntime/kuberuntime_container.go). */
export const KILLING = ['Killing'];

/** Other groups have kinds of these names as well: a StatefulSet or DaemonSet of apps.kruise.io is not among those of apps. */
export function isOfApps(apiVersion: string | null): boolean {
  return apiVersion === null || apiVersion.startsWith('apps/');
}

/** Whether the list of this kind came whole and has none of the name. */
export function isGone(facts: Facts, kind: string, namespace: string, name: string): boolean {
  const resource = MAKERS[kind];
  return (
    resource !== undefined &&
    facts.coverage(resource, namespace).known &&
    facts.workloads.named(kind, namespace, name) === undefined
  );
}
