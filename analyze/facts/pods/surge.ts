/** Rollouts that wait for themselves: the next pod needs the place of one that is ended only when the next is Ready. */
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { parseQuantity } from '../../../src/k8s/quantity.ts';
import { items, scalar } from '../../ingest/read.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import type { WorkloadFact } from '../workloads.ts';

export interface SelfWait {
  /** A sentence. */
  readonly words: string;
  readonly evidence: readonly Evidence[];
  readonly remedy: Pick<CheckFinding['remedy'], 'summary' | 'mend'>;
}

/**
 * Of a Deployment in the middle of a rollout that may take none of its pods away before the next is Ready: maxUnavailable, a number
 * or a share rounded down (25 % where it is not set), comes to 0, and pods of a revision before still run. Needs pods and `WORKLOADS`.
 *
 * @param isEnough whether the next pod has its place once this one of before is ended: if not, ending it takes away what serves.
 */
export function waitsForItself(
  facts: Facts,
  deployment: WorkloadFact | undefined,
  isEnough: (before: PodFact) => boolean = () => true,
): SelfWait | undefined {
  if (deployment?.kind !== 'Deployment') return undefined;
  const { namespace, name, replicas } = deployment;
  const strategy = dig(facts.body(deployment), 'spec', 'strategy');
  if (dig(strategy, 'type') === 'Recreate') return undefined;
  const told = scalar(dig(strategy, 'rollingUpdate', 'maxUnavailable'));
  if (rounded(told ?? '25%', replicas ?? 1, Math.floor) > 0) return undefined;
  // Where both come to nothing the controller takes one away all the same (deployment/util, ResolveFenceposts).
  if (rounded(scalar(dig(strategy, 'rollingUpdate', 'maxSurge')) ?? '25%', replicas ?? 1, Math.ceil) === 0)
    return undefined;
  const [newest] = facts.workloads.revisions(deployment);
  const before = facts.pods
    .in(namespace)
    .find(
      (pod) =>
        !pod.ended &&
        !pod.terminating &&
        pod.owner?.name !== newest?.name &&
        facts.workloads.top(pod)?.id === deployment.id &&
        isEnough(pod),
    );
  if (newest === undefined || before === undefined) return undefined;
  const path = 'spec.strategy.rollingUpdate.maxUnavailable';
  const value = told ?? '25%';
  return {
    words: `The rollout waits for itself: ${before.name}, of the revision before, keeps its place until the next pod is Ready (maxUnavailable ${value} of ${replicas ?? 1}).`,
    evidence: [fieldEvidence(facts, deployment, path, value)],
    remedy: {
      summary:
        'Let the rollout end a pod before it makes the next: maxSurge 0 and maxUnavailable 1, or strategy Recreate.',
      mend: [
        kubectl(
          namespace,
          'patch',
          'deployment',
          name,
          '--type=merge',
          '-p',
          JSON.stringify({ spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } }),
        ),
      ],
    },
  };
}

function rounded(value: string, of: number, round: (number: number) => number): number {
  const share = /^(\d+)%$/.exec(value)?.[1];
  return share === undefined ? Number(value) || 0 : round((Number(share) * of) / 100);
}

/** `exceeded quota: NAME, requested: pods=1,requests.cpu=2, used: …, limited: …` (plugin/pkg/admission/resourcequota/controller.go). */
const EXCEEDED = /requested: (\S+), used: (\S+), limited: (\S+)/;

/** Whether a quota that refused a pod in these words lets it in once this one is ended. */
export function makesRoom(facts: Facts, said: string, before: PodFact): boolean {
  const [whole, requested = '', used = '', limited = ''] = EXCEEDED.exec(said) ?? [];
  const [has, most] = [amounts(used), amounts(limited)];
  const containers = items(dig(facts.body(before), 'spec', 'containers'));
  return (
    whole !== undefined &&
    [...amounts(requested)].every(
      ([name, asked]) =>
        (has.get(name) ?? Infinity) - takenBy(containers, name) + asked <= (most.get(name) ?? 0),
    )
  );
}

function amounts(said: string): Map<string, number> {
  return new Map(
    said.split(',').map((pair) => {
      const [name = '', value] = pair.split('=');
      return [name, parseQuantity(value) ?? NaN];
    }),
  );
}

/** What a pod counts for in a quota: `cpu` and `memory` are short for requests. */
function takenBy(containers: ReadonlyArray<Readonly<Record<string, unknown>>>, name: string): number {
  if (name === 'pods' || name === 'count/pods') return 1;
  const [, of = 'requests', what = ''] = /^(?:(requests|limits)\.)?(.+)$/.exec(name) ?? [];
  return containers.reduce((sum, one) => sum + (parseQuantity(dig(one, 'resources', of, what)) ?? 0), 0);
}
