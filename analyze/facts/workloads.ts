/** Workloads and their lineage: pod → ReplicaSet → Deployment (or Rollout), with the revisions that ReplicaSets keep. */
import type { Labels } from '../../src/k8s/labels.ts';
import type { Store } from '../store/store.ts';
import type { PodFact } from './pods.ts';
import { groupBy, labelsOf, once, refOf, type StoredObject } from './read.ts';
import { WORKLOADS, type WorkloadRow } from './rows.ts';

export interface WorkloadFact extends StoredObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Wanted. */
  readonly replicas: number | undefined;
  readonly readyReplicas: number | undefined;
  /** `deployment.kubernetes.io/revision` and its like, of ReplicaSets and Deployments. */
  readonly revision: number | undefined;
  readonly templateLabels: Labels;
  readonly createdAt: number | undefined;
  readonly terminating: boolean;
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
}

export interface WorkloadFacts {
  readonly all: readonly WorkloadFact[];
  in(namespace: string): readonly WorkloadFact[];
  named(kind: string, namespace: string, name: string): WorkloadFact | undefined;
  /** The controllers above a pod, the nearest first: [ReplicaSet, Deployment], [StatefulSet], [Job, CronJob]. */
  lineage(pod: PodFact): readonly WorkloadFact[];
  /** The outermost controller; undefined for a bare pod, or where its kind was not captured. */
  top(pod: PodFact): WorkloadFact | undefined;
  /**
   * Nothing in the bundle is above it: it has no owner, or that is a custom resource of an operator (Kibana, Revision), which
   * makes no pods itself, or was not captured.
   */
  isOutermost(workload: WorkloadFact): boolean;
  /** A controller above a pod that is named and not in the bundle: what is further up is not known. */
  missingAbove(pod: PodFact): { readonly kind: string; readonly name: string } | undefined;
  /** The ReplicaSets of a Deployment, the ControllerRevisions of a StatefulSet or DaemonSet; the newest revision first. */
  revisions(workload: WorkloadFact): readonly WorkloadFact[];
}

/** What keeps a template that a workload had. */
const REVISIONS = new Set(['ReplicaSet', 'ControllerRevision', 'ReplicationController']);

export function workloadFacts(store: Store): WorkloadFacts {
  const all = store.all(WORKLOADS).map(workloadOf);
  const byNamespace = groupBy(all, (workload) => workload.namespace);
  const byName = new Map(
    all.map((workload) => [keyOf(workload.kind, workload.namespace, workload.name), workload]),
  );
  const children = once(() =>
    groupBy(
      all.filter((workload) => workload.owner !== undefined),
      (workload) => keyOf(workload.owner?.kind ?? '', workload.namespace, workload.owner?.name ?? ''),
    ),
  );
  const ownerOf = (of: PodFact | WorkloadFact): WorkloadFact | undefined =>
    of.owner && byName.get(keyOf(of.owner.kind, of.namespace, of.owner.name));
  const lineages = new Map<PodFact, readonly WorkloadFact[]>();
  const lineage = (pod: PodFact): readonly WorkloadFact[] => {
    const known = lineages.get(pod);
    if (known !== undefined) return known;
    const above: WorkloadFact[] = [];
    // Owner references of hostile objects may run in a circle.
    for (let next = ownerOf(pod); next !== undefined && !above.includes(next); next = ownerOf(next))
      above.push(next);
    lineages.set(pod, above);
    return above;
  };
  return {
    all,
    in: (namespace) => byNamespace.get(namespace) ?? [],
    named: (kind, namespace, name) => byName.get(keyOf(kind, namespace, name)),
    lineage,
    top: (pod) => lineage(pod).at(-1),
    isOutermost: (workload) => workload.owner === undefined || ownerOf(workload) === undefined,
    missingAbove: (pod) => (lineage(pod).at(-1) ?? pod).owner,
    revisions: ({ kind, namespace, name }) =>
      (children().get(keyOf(kind, namespace, name)) ?? [])
        .filter((child) => REVISIONS.has(child.kind))
        .toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0)),
  };
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function workloadOf(row: WorkloadRow): WorkloadFact {
  return {
    id: row.id,
    resource: row.resource,
    ref: refOf(row.api_version, row.kind, row.namespace, row.name),
    kind: row.kind,
    namespace: row.namespace,
    name: row.name,
    replicas: row.replicas ?? undefined,
    readyReplicas: row.ready_replicas ?? undefined,
    revision: row.revision ?? undefined,
    templateLabels: labelsOf(row.template_labels) ?? {},
    createdAt: row.created_at ?? undefined,
    terminating: row.deletion_at !== null,
    owner:
      row.owner_kind === null || row.owner_name === null
        ? undefined
        : { kind: row.owner_kind, name: row.owner_name },
  };
}
