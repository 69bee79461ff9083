/** What stands, stood or should stand behind a Service: the workloads whose pods its selector takes or took. */
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { matchesSet } from '../../../src/k8s/labels.ts';
import type { Dependent } from '../dependents.ts';
import type { Judged, Need } from '../../checks/check.ts';
import type { Facts } from '../facts.ts';
import { failuresIn } from '../logs/failures.ts';
import { containersOf } from '../pods/containers.ts';
import { podsOf } from '../pods/pod-groups.ts';
import type { PodFact } from '../pods.ts';
import { dig, type StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import { isGone } from './gone.ts';
import { servicesReachedFor } from '../logs/waiting.ts';
import type { WorkloadFact } from '../workloads.ts';

/** Controllers that keep pods running; Jobs are meant to end. */
const LASTING = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
  'DeploymentConfig',
]);
/** Revisions of something else, where they have an owner. */
const REVISIONS = new Set(['ReplicaSet', 'ReplicationController', 'ControllerRevision']);

/** Outermost lasting workloads of the Service's namespace; those that an operator's custom resource owns are among them. */
export function lastingWorkloads(
  facts: Pick<Facts, 'workloads'>,
  namespace: string,
): readonly WorkloadFact[] {
  return facts.workloads
    .in(namespace)
    .filter(
      (workload) =>
        LASTING.has(workload.kind) &&
        (workload.owner === undefined ||
          (!REVISIONS.has(workload.kind) && facts.workloads.isOutermost(workload))) &&
        !workload.terminating,
    );
}

/** Workloads whose present template the selector takes: the pods they make belong to the Service. */
export function backingWorkloads(
  facts: Pick<Facts, 'workloads'>,
  service: ServiceFact,
): readonly WorkloadFact[] {
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
  const first = last && leftBy(facts, last, revisions.slice(0, taken));
  return taken > 0 && last !== undefined && first !== undefined ? { workload, last, first } : undefined;
}

/**
 * Of the revisions after the last that the Service took (the newest first), the one that took its pods away. A revision that
 * was taken up again later has lost its place in the order: as long as the last one has not, the oldest of them was it.
 */
function leftBy(facts: Facts, last: WorkloadFact, newer: readonly WorkloadFact[]): WorkloadFact | undefined {
  const { createdAt } = last;
  const later = newer.filter((one) => createdAt !== undefined && (one.createdAt ?? 0) > createdAt);
  if (isReused(facts, last) || later.length === 0) return newer.at(-1);
  return later.reduce((a, b) => ((b.createdAt ?? 0) <= (a.createdAt ?? 0) ? b : a));
}

/** Whether a rollback took a ReplicaSet up again: the Deployment controller notes the revisions it had before. */
export function isReused(facts: Facts, revision: WorkloadFact): boolean {
  const annotations = dig(facts.body(revision), 'metadata', 'annotations');
  return dig(annotations, 'deployment.kubernetes.io/revision-history') !== undefined;
}

/** When a Deployment was last scaled to zero, by its own event; undefined when none is kept. */
export function scaledDownAt(facts: Facts, workload: WorkloadFact): number | undefined {
  // A rollout takes the old revisions' ReplicaSets to zero as well, which says nothing of the Deployment.
  const [, ...old] = facts.workloads.revisions(workload);
  const events = facts
    .events(workload.ref)
    .filter(
      ({ reason, message }) =>
        /Scal|Rescale/.test(reason ?? '') &&
        /\bto 0\b|New size: 0\b/.test(message ?? '') &&
        !old.some(({ name }) => (message ?? '').includes(`replica set ${name} `)),
    );
  return events.at(-1)?.last_at ?? events.at(-1)?.first_at ?? undefined;
}

/** The evidence behind `dependentsOf`, besides `WORKLOADS` and `list:networking.k8s.io/ingresses`. */
export const DEPENDENTS = ['list:pods', 'list:configmaps', 'logs'] as const satisfies readonly Need[];

/**
 * Who depends on a Service, other than what stands behind it. What only a ConfigMap names counts where a log of its user
 * complains of that Service: files are full of what nobody reads.
 */
export function dependentsOf(facts: Facts, service: ServiceFact): readonly Dependent[] {
  return wakefulOf(facts, service, new Set());
}

function wakefulOf(facts: Facts, service: ServiceFact, asked: Set<number>): readonly Dependent[] {
  asked.add(service.id);
  const behind = new Set(backingWorkloads(facts, service).map(({ id }) => id));
  return [
    ...facts.dependencies.of(service),
    ...facts.dependencies.configured(service).filter(({ object }) => complains(facts, object, service)),
  ].filter(({ object }) => !behind.has(object.id) && !isAsleep(facts, object, asked));
}

/** Parked at zero itself, as all of an application is at night: it asks nobody, unless somebody asks for it. */
function isAsleep(facts: Facts, { ref }: StoredObject, asked: Set<number>): boolean {
  const { kind, namespace = '', name } = ref;
  const workload = facts.workloads.named(kind, namespace, name);
  if (workload?.replicas !== 0 || !LASTING.has(kind) || kind === 'DaemonSet') return false;
  if (podsOf(facts, workload).some(({ ended }) => !ended)) return false;
  return facts.services
    .in(namespace)
    .filter(({ id, selector }) => !asked.has(id) && matchesSet(selector, workload.templateLabels))
    .every((one) => wakefulOf(facts, one, asked).length === 0);
}

const LINES = 30;
const PODS = 3;

/** Who names a Service and says in its log, in the last ten minutes, that it fails. Needs what `dependentsOf` does. */
export function complainingOf(facts: Facts, service: ServiceFact): readonly Dependent[] {
  const since = facts.clock.endedAt - 10 * MINUTE;
  return facts.dependencies.naming(service).filter(({ object }) => complains(facts, object, service, since));
}

/** Whether the log of a workload's pods says that this Service fails it. */
function complains(facts: Facts, object: StoredObject, service: ServiceFact, since = 0): boolean {
  const namespace = object.ref.namespace ?? '';
  return podsOf(facts, object)
    .slice(0, PODS)
    .some((pod) =>
      containersOf(facts, pod).some((container) => {
        const lines = facts.logTail(pod, container, false, LINES);
        const failing = failuresIn(lines)
          .filter(({ line }) => (line.at ?? 0) >= since)
          .map(({ line }) => line.text);
        return servicesReachedFor(facts, failing, namespace).some(
          (one) => one.namespace === service.namespace && one.name === service.name,
        );
      }),
    );
}

/** Whether every workload behind a Service wants no pod, and none is left. */
export function isScaledToZero(facts: Facts, service: ServiceFact): boolean {
  const backing = backingWorkloads(facts, service);
  const none =
    backing.length > 0 && backing.every(({ kind, replicas }) => kind !== 'DaemonSet' && replicas === 0);
  return none && livingPods(facts, service).length === 0;
}

/** The Service of cluster DNS, by the label that every distribution keeps for it: every pod depends on it, and none names it. */
export function isClusterDns(facts: Facts, service: ServiceFact): boolean {
  return (
    dig(facts.body(service), 'metadata', 'labels', 'k8s-app') === 'kube-dns' &&
    service.ports.some(({ port }) => port === 53)
  );
}

/** A Service whose workloads are at zero while nobody in sight depends on it: on purpose, as far as can be told. */
export function isParked(facts: Facts, service: ServiceFact): boolean {
  return (
    isScaledToZero(facts, service) &&
    dependentsOf(facts, service).length === 0 &&
    !isClusterDns(facts, service)
  );
}

/** Selected pods that have neither ended nor are about to. */
export function livingPods(facts: Facts, service: ServiceFact): readonly PodFact[] {
  return facts.pods
    .select(service.namespace, service.selector)
    .filter(({ ended, terminating }) => !ended && !terminating);
}

/** Whether the selector takes what Jobs make: pods that come and go are as they should be. */
export function servesJobs(facts: Facts, service: ServiceFact): boolean {
  const { selector, namespace } = service;
  const templates = facts.workloads
    .in(namespace)
    .some(
      ({ kind, templateLabels }) =>
        (kind === 'Job' || kind === 'CronJob') && matchesSet(selector, templateLabels),
    );
  return (
    templates ||
    facts.pods.select(namespace, selector).some(({ ended, owner }) => ended && owner?.kind === 'Job')
  );
}

/** A Service this young has not had time to get its pods: what is applied together is there within seconds, pods of it sooner than Ready. */
const JUST_CREATED = 30 * SECOND;

export function justCreated(facts: Facts, { createdAt }: Pick<ServiceFact, 'createdAt'>): boolean {
  return createdAt !== undefined && facts.clock.endedAt - createdAt < JUST_CREATED;
}

/** Whether an EndpointSlice of the Service changed after it was made: it had endpoints once, most likely. */
export function hadEndpoints(facts: Facts, service: ServiceFact): boolean {
  return facts.pathsOf(service).some(({ slices }) => slices.some(({ generation = 1 }) => generation > 1));
}

/**
 * What to answer about a Service when one of these lists did not come whole: unknown, because of that gap. Undefined
 * when all of them did.
 */
export function unlisted(
  facts: Facts,
  service: ServiceFact,
  resources: readonly string[],
  what: string,
): Judged | undefined {
  for (const resource of resources) {
    const coverage = facts.coverage(resource, service.namespace);
    if (coverage.known) continue;
    const detail = `${what}: ${resource}: ${coverage.why}`;
    return { outcome: 'unknown', object: service.ref, because: coverage.gap, detail };
  }
  return undefined;
}

/** A revision of something that was not captured makes such pods, or did: how many are wanted is unseen. */
export function unseenMaker(facts: Facts, { namespace, selector, ref }: ServiceFact): Judged | undefined {
  const made = facts.workloads
    .in(namespace)
    .find(
      (workload) =>
        workload.owner !== undefined &&
        REVISIONS.has(workload.kind) &&
        !workload.terminating &&
        matchesSet(selector, workload.templateLabels) &&
        facts.workloads.isOutermost(workload) &&
        !isGone(facts, workload.owner.kind, namespace, workload.owner.name),
    );
  if (made?.owner === undefined) return undefined;
  return {
    outcome: 'unknown',
    object: ref,
    because: `not-captured:${made.owner.kind}`,
    detail: `${made.kind} ${made.name} makes pods that the selector takes, and what its ${made.owner.kind} ${made.owner.name} wants was not captured`,
  };
}
