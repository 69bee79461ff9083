/** Pods by what makes them: a fault of a template shows in all its pods and is one finding, not one a pod. */
import type { PodFact } from '../pods.ts';
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import type { AllFacts, Facts } from '../facts.ts';
import type { StoredObject } from '../read.ts';

export interface PodGroup {
  /** The outermost controller, or the pod itself when it has none that was captured. */
  readonly ref: ObjectRef;
  readonly namespace: string;
  readonly pods: readonly PodFact[];
}

/** The pods whose outermost controller is this workload, those that have ended included. */
export function podsOf(facts: Pick<AllFacts, 'pods' | 'workloads'>, { id, ref }: StoredObject): PodFact[] {
  return facts.pods.in(ref.namespace ?? '').filter((pod) => facts.workloads.top(pod)?.id === id);
}

/** Groups pods by their outermost controller, in order of appearance. */
export function byWorkload(facts: Facts, pods: readonly PodFact[]): PodGroup[] {
  const groups = new Map<string, { ref: ObjectRef; namespace: string; pods: PodFact[] }>();
  for (const pod of pods) {
    const ref = facts.workloads.top(pod)?.ref ?? pod.ref;
    const key = objectKey(ref);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ref, namespace: pod.namespace, pods: [pod] });
    else group.pods.push(pod);
  }
  return [...groups.values()];
}
