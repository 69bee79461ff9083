/** What the search for suspects looks at: a finding, the objects near it, and the span of time before it began. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import type { Micros } from '../../../src/core/time.ts';
import type { AllFacts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { podSpecOf, usesIn } from '../../facts/users.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import type { Finding } from '../../model/finding.ts';
import type { Suspect } from '../../model/verdict.ts';
import type { Store } from '../../store/store.ts';

export interface Scene {
  readonly finding: Finding;
  readonly facts: AllFacts;
  readonly store: Store;
  /** The span within which a change counts; `to` allows for clocks that disagree. */
  readonly from: Micros;
  readonly to: Micros;
  /** Of the finding and of what it involves; empty when all of it is of the whole cluster. */
  readonly namespaces: readonly string[];
  /** The outermost workloads it is on, involves, or has pods of. */
  readonly related: readonly WorkloadFact[];
  /** The pods it is on or involves, and those of its workloads. */
  readonly pods: readonly PodFact[];
  /** Keys of all these, of what its evidence shows fields of, and of the ConfigMaps, Secrets and volumes their pods use. */
  readonly near: ReadonlySet<string>;
}

/** A change, and whether it is to something near. */
export type Found = Omit<Suspect, 'beforeMs'> & { readonly when: Micros; readonly near: boolean };

/** One kind of change. */
export type ChangeSource = (scene: Scene) => readonly Found[];

/** A finding may involve a whole namespace; the first tell where to look. */
const NAMESPACES = 5;
const PODS = 200;

/** The objects whose fields its evidence shows: they are near, too, as a Service whose ports its clients do not ask for. */
export function shownIn({ evidence }: Finding): readonly ObjectRef[] {
  return evidence.flatMap(({ kind, object }) => (kind === 'field' ? (object ?? []) : []));
}

export function sceneOf(finding: Finding, facts: AllFacts, store: Store, from: Micros, to: Micros): Scene {
  const refs = [finding.object, ...finding.involves];
  const shown = shownIn(finding);
  const related = new Set<WorkloadFact>();
  const pods = new Set<PodFact>();
  for (const { kind, namespace = '', name } of refs) {
    const pod = kind === 'Pod' ? facts.pods.named(namespace, name) : undefined;
    if (pod !== undefined) pods.add(pod);
    const workload =
      pod === undefined ? facts.workloads.named(kind, namespace, name) : facts.workloads.top(pod);
    if (workload !== undefined) related.add(topOf(workload, facts));
  }
  for (const workload of related) {
    if (pods.size >= PODS) break;
    for (const pod of facts.pods.select(workload.namespace, workload.templateLabels))
      if (facts.workloads.top(pod) === workload) pods.add(pod);
  }
  const workloads = [...related];
  return {
    finding,
    facts,
    store,
    from,
    to,
    namespaces: [...new Set([...refs, ...shown].flatMap(({ namespace }) => namespace ?? []))].slice(
      0,
      NAMESPACES,
    ),
    related: workloads,
    pods: [...pods].slice(0, PODS),
    near: new Set([
      ...refs.map(objectKey),
      ...shown.map(objectKey),
      ...workloads.map(({ ref }) => objectKey(ref)),
      ...workloads.flatMap((workload) => usedBy(workload, facts)),
    ]),
  };
}

/** A finding may involve a ReplicaSet: what people change is the Deployment above it. */
function topOf(workload: WorkloadFact, facts: AllFacts): WorkloadFact {
  const { owner, namespace } = workload;
  return (owner && facts.workloads.named(owner.kind, namespace, owner.name)) ?? workload;
}

function usedBy(workload: WorkloadFact, facts: AllFacts): string[] {
  return usesIn(podSpecOf(workload, facts.objects.body(workload))).map(
    ({ kind, name }) => `${kind}/${workload.namespace}/${name}`,
  );
}

export function within(
  { from, to }: Pick<Scene, 'from' | 'to'>,
  at: Micros | null | undefined,
): at is Micros {
  return at !== null && at !== undefined && at >= from && at <= to;
}
