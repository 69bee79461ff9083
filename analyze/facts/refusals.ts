/** Pods that a controller wants and the API server refuses: who lacks them, who refused, and in what words. */
import type { StoredObject } from './read.ts';
import type { EventRow } from './object-rows.ts';
import type { Facts } from './facts.ts';
import type { WorkloadFact } from './workloads.ts';

/** Who refused, as the message of the API server says. */
export type Refuser =
  | {
      readonly by:
        | 'quota'
        | 'limit-range'
        | 'pod-security'
        | 'webhook'
        | 'webhook-denial'
        | 'service-account';
      readonly name: string;
      readonly why: string;
    }
  | { readonly by: 'other'; readonly name: ''; readonly why: string };

/** A controller that has fewer pods than it wants, and what it was last told. */
export interface Refusal {
  /** What makes the pods: the ReplicaSet, StatefulSet, DaemonSet or Job. */
  readonly maker: WorkloadFact;
  /** The outermost controller. */
  readonly workload: StoredObject & { readonly namespace: string; readonly name: string };
  readonly missing: number;
  readonly message: string;
  readonly event: EventRow | undefined;
  readonly refuser: Refuser;
  /** The first known refusal. */
  readonly firstAt: number | undefined;
}

const MAKERS = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController']);

/**
 * Controllers that lack pods because creates fail now: the condition ReplicaFailure of a ReplicaSet stands until a create
 * succeeds, and an Event FailedCreate counts while no later SuccessfulCreate follows.
 */
export function refusals(facts: Facts): Refusal[] {
  const events = new Map<string, EventRow[]>();
  for (const event of facts.eventsOf(['FailedCreate', 'SuccessfulCreate'])) {
    const key = `${event.involved_kind}/${event.namespace}/${event.involved_name}`;
    const list = events.get(key);
    if (list) list.push(event);
    else events.set(key, [event]);
  }
  return facts.workloads.all.flatMap((maker) => {
    if (!MAKERS.has(maker.kind) || maker.terminating) return [];
    const told = events.get(`${maker.kind}/${maker.namespace}/${maker.name}`) ?? [];
    // ReplicaSets that want none are most of all workloads: nothing of theirs is read.
    if (maker.replicas === 0 || (told.length === 0 && maker.kind !== 'ReplicaSet')) return [];
    const missing = missingPods(facts, maker);
    return missing <= 0 ? [] : refusalOf(facts, maker, missing, told);
  });
}

/** Pods wanted and not there. A Job says nothing of how many it still wants: one without an active pod lacks one. */
export function missingPods(facts: Facts, maker: WorkloadFact): number {
  const own = facts.pods
    .select(maker.namespace, maker.templateLabels)
    .filter(({ owner, ended }) => owner?.kind === maker.kind && owner.name === maker.name && !ended);
  if (maker.kind === 'Job') return own.length === 0 ? 1 : 0;
  return (maker.replicas ?? 1) - own.length;
}

function refusalOf(facts: Facts, maker: WorkloadFact, missing: number, told: readonly EventRow[]): Refusal[] {
  const failed = told.filter(({ reason }) => reason === 'FailedCreate');
  const condition = facts
    .conditions(maker)
    .find(
      ({ type, status, reason }) =>
        type === 'ReplicaFailure' && status === 'True' && reason === 'FailedCreate',
    );
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
      maker,
      workload: owner ?? maker,
      missing,
      message,
      event: last,
      refuser: refuserOf(message),
      firstAt: firsts.length === 0 ? undefined : Math.min(...firsts),
    },
  ];
}

function timeOf(event: EventRow): number {
  return event.last_at ?? event.first_at ?? 0;
}

/**
 * Reads the API server's words: plugin/pkg/admission/resourcequota and /limitranger, k8s.io/pod-security-admission,
 * apiserver/pkg/admission/plugin/webhook/errors, plugin/pkg/admission/serviceaccount.
 */
export function refuserOf(message: string): Refuser {
  const quota = /(?:exceeded|failed) quota: ([^\s,:]+)[,:] (.*)/s.exec(message);
  if (quota) return { by: 'quota', name: quota[1] ?? '', why: quota[2] ?? '' };
  const called = /failed calling webhook "([^"]+)": (.*)/s.exec(message);
  if (called) return { by: 'webhook', name: called[1] ?? '', why: called[2] ?? '' };
  const denied = /admission webhook "([^"]+)" denied the request:? ?(.*)/s.exec(message);
  if (denied) return { by: 'webhook-denial', name: denied[1] ?? '', why: denied[2] ?? '' };
  const level = /violates PodSecurity "([^"]+)": (.*)/s.exec(message);
  if (level) return { by: 'pod-security', name: level[1] ?? '', why: level[2] ?? '' };
  const account = /error looking up service account [^/\s]+\/([^:\s]+): (.*)/s.exec(message);
  if (account) return { by: 'service-account', name: account[1] ?? '', why: account[2] ?? '' };
  const range =
    /(?:(?:minimum|maximum) \S+ usage per \w+ is |\S+ max limit to request ratio per \w+ is ).*/s.exec(
      message,
    );
  if (range) return { by: 'limit-range', name: '', why: range[0].replace(/\]$/, '') };
  return { by: 'other', name: '', why: message };
}
