/** Workloads among those that a Service's selector takes in which do not serve its port, while others of them do. */
import type { Facts } from '../facts.ts';
import { byWorkload, type PodGroup } from '../pods/pod-groups.ts';
import type { PodFact } from '../pods.ts';
import type { ServicePath } from '../services.ts';
import { silentPods, type SilentPod } from './silent-ports.ts';

export interface Strangers {
  /** The Ready pods of the path, by the workload that makes them. */
  readonly groups: readonly PodGroup[];
  /** Those of which no pod listens on the target port; none where that holds for all of them, or for the only one. */
  readonly strange: readonly PodGroup[];
  readonly silent: ReadonlyMap<PodFact, SilentPod>;
}

/**
 * A Service sends to every Ready pod that its selector takes, whoever made it. Where one workload serves the port, its
 * targetPort is right, and what is wrong with another that does not is that the selector takes it in.
 */
export function strangersBehind(facts: Facts, path: ServicePath): Strangers {
  const pods = path.pods.filter(({ terminating, ready }) => !terminating && ready === 'True');
  const groups = byWorkload(facts, pods);
  if (groups.length < 2 || path.service.selector === undefined)
    return { groups, strange: [], silent: new Map() };
  const silent = new Map(silentPods(facts, path, true).map((one) => [one.pod, one]));
  const strange = groups.filter((group) => group.pods.every((pod) => silent.has(pod)));
  return { groups, strange: strange.length < groups.length ? strange : [], silent };
}
