/** Services that are empty and missed by nobody: names of a headless kind that never had a pod, roles that nobody plays. */
import { matchesSet } from '../../../src/k8s/labels.ts';
import { dig } from '../read.ts';
import type { Facts } from '../facts.ts';
import type { ServiceFact } from '../services.ts';
import { dependentsOf, hadEndpoints, livingPods } from './backing.ts';
import type { Candidate } from './selector-candidates.ts';

/**
 * Whether a selector that misses its pods has broken nothing so far: a headless Service, which has no address to send to, never
 * had an endpoint, no StatefulSet takes its name for its pods, and nobody names it. So stand the Services by which
 * kube-prometheus-stack would scrape a control plane that is labelled otherwise (charts/kube-prometheus-stack/templates/exporters).
 */
export function isLatent(facts: Facts, service: ServiceFact, candidate: Candidate): boolean {
  return (
    service.headless &&
    candidate.departure === undefined &&
    !hadEndpoints(facts, service) &&
    !facts.workloads
      .in(service.namespace)
      .some(
        (workload) =>
          workload.kind === 'StatefulSet' &&
          dig(facts.body(workload), 'spec', 'serviceName') === service.name,
      ) &&
    dependentsOf(facts, service).length === 0
  );
}

/**
 * Whether the Service is of the newest revision of an Argo Rollout, which holds it at none: a preview or canary that was given
 * up. The controller writes the hash of that revision into the selector and leaves it there
 * (https://argo-rollouts.readthedocs.io/en/stable/features/bluegreen/).
 */
export function isOfIdleRevision(facts: Facts, { namespace, selector }: ServiceFact): boolean {
  return facts.workloads.in(namespace).some((rollout) => {
    if (rollout.kind !== 'Rollout') return false;
    const [newest] = facts.workloads.revisions(rollout);
    return newest?.replicas === 0 && matchesSet(selector, newest.templateLabels);
  });
}

/** Labels that an operator or an elector writes on running pods: spilo-role, cnpg.io/instanceRole, mgr_role. */
const ROLE = /role$/i;
/** Roles of those that follow a leader: with one member left, nobody plays them. */
const FOLLOWER = /^(?:replica|follower|secondary|slave|standby)s?$/i;

/**
 * Whether the Service is of the followers of a store whose Ready pods all lead: all else of the selector is met, and there is
 * nobody to follow. Names of a leader that nobody has are no such thing.
 */
export function isWithoutFollowers(facts: Facts, service: ServiceFact): boolean {
  const pairs = Object.entries(service.selector ?? {});
  const role = pairs.find(([key, value]) => ROLE.test(key) && FOLLOWER.test(value));
  if (role === undefined || pairs.length < 2) return false;
  const [key, value] = role;
  const rest = Object.fromEntries(pairs.filter((pair) => pair !== role));
  const members = livingPods(facts, { ...service, selector: rest });
  return (
    members.length > 0 &&
    members.every(
      ({ labels, ready }) => ready === 'True' && labels[key] !== undefined && labels[key] !== value,
    ) &&
    dependentsOf(facts, service).length === 0
  );
}
