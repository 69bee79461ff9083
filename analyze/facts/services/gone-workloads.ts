/** The workload that made the pods of a Service and is there no more: what a watch saw, what it left behind, what is said of it. */
import { formatTime, parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import { matchesSet, parseLabels } from '../../../src/k8s/labels.ts';
import type { Need } from '../../checks/check.ts';
import { integer, items, text } from '../../ingest/read.ts';
import type { Since } from '../../model/finding.ts';
import { fieldEvidence, sinceAt, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { deploymentOf } from '../pods/pod-names.ts';
import { dig, refOf, type StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import { isGone, isOfApps, MAKERS, type GoneWorkload } from './gone.ts';
import { toldByName } from './gone-by-name.ts';

/** What `goneBehind` reads, besides `WORKLOADS` and the lists of Services, pods and EndpointSlices. */
export const GONE = [
  'list:events',
  'list:autoscaling/horizontalpodautoscalers',
  'list:persistentvolumeclaims',
  'changes',
] as const satisfies readonly Need[];

/** For a Service that takes no living pod and has no workload: the one that is gone, by the surest word; undefined when none tells. */
export function goneBehind(facts: Facts, service: ServiceFact): GoneWorkload | undefined {
  return (
    seenGoing(facts, service) ??
    leaving(facts, service) ??
    ownerOfLeft(facts, service) ??
    toldByName(facts, service)
  );
}

function seenGoing(facts: Facts, { namespace, selector }: ServiceFact): GoneWorkload | undefined {
  for (const resource of Object.values(MAKERS)) {
    for (const { at, ref, object } of facts.deleted(resource, namespace)) {
      const labels = parseLabels(dig(object, 'spec', 'template', 'metadata', 'labels'));
      if (!matchesSet(selector, labels) || !isGone(facts, ref.kind, namespace, ref.name)) continue;
      return {
        ref,
        confidence: 'certain',
        leaving: false,
        told: 'A watch saw it go while the capture ran.',
        since: sinceAt(at, 'observed', 'a watch saw it go'),
        evidence: [
          {
            kind: 'change',
            at: formatTime(at),
            object: ref,
            path: 'spec.template.metadata.labels',
            value: labels,
            text: 'DELETED',
          },
        ],
        involves: [],
      };
    }
  }
  return undefined;
}

/** Deleted in the foreground, it stays until what it owns is gone. */
function leaving(facts: Facts, { namespace, selector }: ServiceFact): GoneWorkload | undefined {
  const workload = facts.workloads
    .in(namespace)
    .find(
      ({ kind, terminating, templateLabels }) =>
        MAKERS[kind] !== undefined && terminating && matchesSet(selector, templateLabels),
    );
  const at = workload && parseTime(dig(facts.body(workload), 'metadata', 'deletionTimestamp'));
  if (workload === undefined || at === undefined) return undefined;
  return {
    ref: workload.ref,
    confidence: 'certain',
    leaving: true,
    told: 'It makes no pod any more.',
    since: sinceAt(at, 'inferred', 'metadata.deletionTimestamp'),
    evidence: [fieldEvidence(facts, workload, 'metadata.deletionTimestamp', formatTime(at))],
    involves: [],
  };
}

/** Pods and ReplicaSets with the right labels name an owner that the list, which came whole, has no more. */
function ownerOfLeft(facts: Facts, service: ServiceFact): GoneWorkload | undefined {
  const { namespace, selector } = service;
  const left = [
    ...facts.pods.select(namespace, selector).filter(({ ended }) => !ended),
    ...facts.workloads.in(namespace).filter(({ templateLabels }) => matchesSet(selector, templateLabels)),
  ];
  for (const one of left) {
    const owner = ownerOf(facts, one);
    // What was made after the owners were listed may well have one.
    if (owner === undefined || (one.createdAt ?? Infinity) >= facts.clock.startedAt) continue;
    if (!isGone(facts, owner.kind, namespace, owner.name)) continue;
    const metadata = dig(facts.body(one), 'metadata');
    const told = parseTime(dig(metadata, 'deletionTimestamp'));
    const grace = integer(dig(metadata, 'deletionGracePeriodSeconds')) ?? 0;
    return {
      ref: refOf('apps/v1', owner.kind, namespace, owner.name),
      confidence: 'certain',
      leaving: false,
      told: `${one.ref.kind} ${one.name}, which it owned, ${told === undefined ? 'is left of it' : 'was told to go with it'}.`,
      since: sinceOf(facts, told === undefined ? undefined : told - grace * SECOND, one.createdAt),
      evidence: [
        fieldEvidence(facts, one, 'metadata.ownerReferences', dig(metadata, 'ownerReferences')),
        ...(told === undefined
          ? []
          : [fieldEvidence(facts, one, 'metadata.deletionTimestamp', formatTime(told))]),
      ],
      involves: [one.ref],
    };
  }
  return undefined;
}

/** The garbage collector marks what a workload owned seconds after it went; what it has not come to was left since the list. */
function sinceOf(facts: Facts, marked: Micros | undefined, born: Micros | undefined): Since {
  return marked === undefined
    ? sinceBetween(born, facts.clock.startedAt, 'ownerReferences, when the owners were listed')
    : sinceAt(marked, 'inferred', 'deletionTimestamp of what it owned');
}

type Left = StoredObject & {
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: Micros | undefined;
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
};

/** The outermost controller that it names; of a pod whose ReplicaSet is gone too, what the hash behind its name tells. */
function ownerOf(facts: Facts, { owner, namespace, ...one }: Left): Left['owner'] {
  if (owner?.kind !== 'ReplicaSet') return owner && isOwnedByApps(facts, one) ? owner : undefined;
  const above = facts.workloads.named('ReplicaSet', namespace, owner.name);
  if (above !== undefined) return isOwnedByApps(facts, above) ? above.owner : undefined;
  if (!facts.coverage('apps/replicasets', namespace).known) return undefined;
  const labels = dig(facts.body({ ...one, ref: one.ref }), 'metadata', 'labels');
  const hash = parseLabels(labels)['pod-template-hash'];
  const name = deploymentOf(owner.name, hash);
  return name === undefined ? undefined : { kind: 'Deployment', name };
}

function isOwnedByApps(facts: Facts, { ...object }: StoredObject): boolean {
  const owners = items(dig(facts.body(object), 'metadata', 'ownerReferences'));
  return isOfApps(text(owners.find(({ controller }) => controller === true)?.['apiVersion']));
}
