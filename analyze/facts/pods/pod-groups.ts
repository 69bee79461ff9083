/** Pods by what makes them: a fault of a template shows in all its pods and is one finding, not one a pod. */
import type { PodFact } from '../pods.ts';
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import type { AllFacts, Facts } from '../facts.ts';
import { items, text } from '../../ingest/read.ts';
import { dig, type StoredObject } from '../read.ts';

export interface PodGroup {
  /** The outermost controller, or the pod itself when it has none that was captured; see `groupRefOf`. */
  readonly ref: ObjectRef;
  readonly namespace: string;
  readonly pods: readonly PodFact[];
}

/** The pods whose outermost controller is this workload, those that have ended included. */
export function podsOf(facts: Pick<AllFacts, 'pods' | 'workloads'>, { id, ref }: StoredObject): PodFact[] {
  return facts.pods.in(ref.namespace ?? '').filter((pod) => facts.workloads.top(pod)?.id === id);
}

/** The outermost controller of a pod that was captured, else the pod itself; what pods are grouped under is `groupRefOf`. */
export function topOf(facts: Pick<Facts, 'workloads'>, pod: PodFact): ObjectRef {
  return facts.workloads.top(pod)?.ref ?? pod.ref;
}

/** What makes pods in Kubernetes itself: where such an owner was not captured, nothing tells what stands above it. */
const OWN = new Set(['ReplicaSet', 'ReplicationController', 'StatefulSet', 'DaemonSet', 'Job', 'Node']);

/** What a pod is grouped under: its outermost controller, the custom resource of an operator that made it itself, or the pod. */
export function groupRefOf(facts: Pick<Facts, 'workloads' | 'body'>, pod: PodFact): ObjectRef {
  const top = facts.workloads.top(pod);
  if (top !== undefined) return top.ref;
  if (pod.owner === undefined || OWN.has(pod.owner.kind)) return pod.ref;
  const owner = items(dig(facts.body(pod), 'metadata', 'ownerReferences')).find(
    ({ kind, name }) => kind === pod.owner?.kind && name === pod.owner?.name,
  );
  const apiVersion = text(owner?.['apiVersion']);
  return apiVersion === null ? pod.ref : { apiVersion, ...pod.owner, namespace: pod.namespace };
}

/** Groups pods by their outermost controller, in order of appearance. */
export function byWorkload(facts: Facts, pods: readonly PodFact[]): PodGroup[] {
  const groups = new Map<string, { ref: ObjectRef; namespace: string; pods: PodFact[] }>();
  for (const pod of pods) {
    const ref = groupRefOf(facts, pod);
    const key = objectKey(ref);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ref, namespace: pod.namespace, pods: [pod] });
    else group.pods.push(pod);
  }
  return [...groups.values()];
}
