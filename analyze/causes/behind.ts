/** What stands behind a path, or would once what is wrong with its Service is mended: pods, and what makes them. */
import { backingWorkloads } from '../facts/services/backing.ts';
import type { AllFacts } from '../facts/facts.ts';
import { podsOf } from '../facts/pods/pod-groups.ts';
import type { PodFact } from '../facts/pods.ts';
import { once } from '../facts/read.ts';
import type { ServicePath } from '../facts/services.ts';
import type { WorkloadFact } from '../facts/workloads.ts';
import type { Finding } from '../model/finding.ts';

export interface Behind {
  /** Pods that have not ended: those the selector takes, or would take if it were right. */
  readonly pods: readonly PodFact[];
  /** Outermost workloads whose template the selector takes, or would take if it were right: pods that are not there are theirs. */
  readonly workloads: readonly WorkloadFact[];
}

/** `onService`: the findings on the path's Service; those that are causes involve what the Service is meant for. */
export function behindPath(path: ServicePath, onService: readonly Finding[], facts: AllFacts): Behind {
  const own = once(() => backingWorkloads(facts, path.service));
  // Of thousands of paths that serve, nobody asks what makes their pods.
  if (path.pods.length > 0 || own().length > 0)
    return {
      pods: path.pods,
      get workloads() {
        return own();
      },
    };
  const meant = onService.filter(({ role }) => role === 'cause').flatMap(({ involves }) => involves);
  const workloads = meant
    .flatMap(({ kind, namespace = '', name }) => facts.workloads.named(kind, namespace, name) ?? [])
    .filter((workload) => facts.workloads.isOutermost(workload));
  const named = meant.flatMap(({ kind, namespace = '', name }) =>
    kind === 'Pod' ? (facts.pods.named(namespace, name) ?? []) : [],
  );
  const made = workloads.flatMap((workload) => podsOf(facts, workload));
  return { pods: [...new Set([...named, ...made])].filter(({ ended }) => !ended), workloads };
}

/** Whether some pod behind it would be sent to. */
export function serves({ pods }: Behind): boolean {
  return pods.some(({ ready, terminating }) => ready === 'True' && !terminating);
}

/** Pods that are not about to go. */
export function living({ pods }: Behind): readonly PodFact[] {
  return pods.filter(({ terminating }) => !terminating);
}
