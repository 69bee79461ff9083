/** Pods that a controller wants and the API server refuses: who lacks them, who refused, and in what words. */
import type { Need } from '../../checks/check.ts';
import { refuserOf, type Refuser } from './admission-words.ts';
import type { StoredObject } from '../read.ts';
import type { EventRow } from '../object-rows.ts';
import type { ObjectFacts } from '../objects.ts';
import type { PodFacts } from '../pods.ts';
import type { WorkloadFact, WorkloadFacts } from '../workloads.ts';

/** A controller that has fewer pods than it wants, and what it was last told. */
export interface Refusal {
  /** What was refused: the pod itself, or the ReplicaSet that was to make it. */
  readonly what: 'Pod' | 'ReplicaSet';
  /** What makes the pods: the ReplicaSet, StatefulSet, DaemonSet or Job; the Deployment when its ReplicaSet is refused. */
  readonly maker: WorkloadFact;
  /** The outermost controller. */
  readonly workload: StoredObject & { readonly namespace: string; readonly name: string };
  /** What the maker names as its owner where that is not in the bundle: `workload` is the maker then. */
  readonly unseen: WorkloadFact['owner'];
  readonly missing: number;
  readonly message: string;
  readonly event: EventRow | undefined;
  /** Where the maker itself says so: `status.conditions[type=ReplicaFailure].message`. */
  readonly path: string;
  readonly refuser: Refuser;
  /** The first known refusal. */
  readonly firstAt: number | undefined;
}

/** The evidence behind `facts.refusals`. */
export const REFUSALS = [
  'list:pods',
  'list:apps/deployments',
  'list:apps/replicasets',
  'list:apps/statefulsets',
  'list:apps/daemonsets',
  'list:batch/jobs',
  'list:batch/cronjobs',
  'list:events',
] as const satisfies readonly Need[];

/** What refusals are read from. */
export interface RefusalSources {
  readonly workloads: WorkloadFacts;
  readonly pods: PodFacts;
  readonly objects: Pick<ObjectFacts, 'eventsOf' | 'conditions'>;
}

/** The Event and the condition by which a controller says that it cannot make what it wants. */
const SAYS: Readonly<
  Record<string, { readonly reason: string; readonly type: string; readonly status: string }>
> = {
  ...Object.fromEntries(
    ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController'].map((kind) => [
      kind,
      { reason: 'FailedCreate', type: 'ReplicaFailure', status: 'True' },
    ]),
  ),
  // pkg/controller/deployment/sync.go: an Event and Progressing False, both with this reason.
  Deployment: { reason: 'ReplicaSetCreateError', type: 'Progressing', status: 'False' },
};

/**
 * Controllers that lack pods because creates fail now: the condition ReplicaFailure of a ReplicaSet stands until a create
 * succeeds, and an Event FailedCreate counts while no later SuccessfulCreate follows.
 */
export function refusalsOf(facts: RefusalSources): Refusal[] {
  const events = new Map<string, EventRow[]>();
  for (const event of facts.objects.eventsOf(['FailedCreate', 'SuccessfulCreate', 'ReplicaSetCreateError'])) {
    const key = `${event.involved_kind}/${event.namespace}/${event.involved_name}`;
    const list = events.get(key);
    if (list) list.push(event);
    else events.set(key, [event]);
  }
  return facts.workloads.all.flatMap((maker) => {
    if (SAYS[maker.kind] === undefined || maker.terminating) return [];
    const told = events.get(`${maker.kind}/${maker.namespace}/${maker.name}`) ?? [];
    // ReplicaSets that want none are most of all workloads: nothing of theirs is read.
    if (maker.replicas === 0 || (told.length === 0 && !saysByCondition(maker))) return [];
    const missing = missingPods(facts, maker);
    return missing <= 0 ? [] : refusalOf(facts, maker, missing, told);
  });
}

/** A condition outlives its Events; a Deployment with all its pods is not worth a look. */
function saysByCondition({ kind, replicas = 1, readyReplicas = 0 }: WorkloadFact): boolean {
  return kind === 'ReplicaSet' || (kind === 'Deployment' && readyReplicas < replicas);
}

/** Pods wanted and not there. A Job says nothing of how many it still wants: one without an active pod lacks one. */
function missingPods(facts: RefusalSources, maker: WorkloadFact): number {
  if (maker.kind === 'Deployment') return missingOfDeployment(facts, maker);
  const own = facts.pods
    .select(maker.namespace, maker.templateLabels)
    .filter(({ owner, ended }) => owner?.kind === maker.kind && owner.name === maker.name && !ended);
  if (maker.kind === 'Job') return own.length === 0 ? 1 : 0;
  return (maker.replicas ?? 1) - own.length;
}

/** A Deployment whose new ReplicaSet is refused keeps its old one: what it lacks are pods of the newest template. */
function missingOfDeployment(facts: RefusalSources, deployment: WorkloadFact): number {
  const wanted = deployment.replicas ?? 1;
  const there = facts.pods
    .select(deployment.namespace, deployment.templateLabels)
    .filter(({ ended, terminating }) => !ended && !terminating);
  return Math.max(wanted - there.length, 1);
}

function refusalOf(
  facts: RefusalSources,
  maker: WorkloadFact,
  missing: number,
  told: readonly EventRow[],
): Refusal[] {
  const says = SAYS[maker.kind];
  const failed = told.filter(({ reason }) => reason === says?.reason);
  const condition = facts.objects
    .conditions(maker)
    .find(
      ({ type, status, reason }) => type === says?.type && status === says.status && reason === says.reason,
    );
  // A Deployment says nothing when its ReplicaSet is made at last, but that it progresses.
  if (maker.kind === 'Deployment' && condition === undefined) return [];
  const last = failed.toSorted((a, b) => timeOf(b) - timeOf(a))[0];
  const made = told.filter(({ reason }) => reason === 'SuccessfulCreate').map(timeOf);
  // A StatefulSet makes its pods one by one: a success after the failure ends it.
  if (condition === undefined && (last === undefined || Math.max(0, ...made) > timeOf(last))) return [];
  const message = last?.message ?? condition?.message ?? '';
  const owner = maker.owner && facts.workloads.named(maker.owner.kind, maker.namespace, maker.owner.name);
  const firsts = [
    ...failed.flatMap((event) => event.first_at ?? event.last_at ?? []),
    ...(condition?.last_transition_at == null ? [] : [condition.last_transition_at]),
  ];
  return [
    {
      what: maker.kind === 'Deployment' ? 'ReplicaSet' : 'Pod',
      maker,
      workload: owner ?? maker,
      unseen: owner === undefined ? maker.owner : undefined,
      missing,
      message,
      event: last,
      path: `status.conditions[type=${says?.type}].message`,
      refuser: refuserOf(message),
      firstAt: firsts.length === 0 ? undefined : Math.min(...firsts),
    },
  ];
}

function timeOf(event: EventRow): number {
  return event.last_at ?? event.first_at ?? 0;
}

/** To be said of a refusal that is told of the maker because what it belongs to is not in the bundle; empty where it is. */
export function unseenOwner({ maker, unseen }: Refusal): string {
  return unseen === undefined
    ? ''
    : ` ${maker.kind} ${maker.name} belongs to ${unseen.kind} ${unseen.name}, which is not in the bundle.`;
}
