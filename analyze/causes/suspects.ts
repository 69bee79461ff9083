/** What changed last before a root began: rollouts, scalings and writes near it, the nearest first. Suspects, no proof. */
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { HOUR, formatTime, parseTime, type Micros } from '../../src/core/time.ts';
import type { AllFacts } from '../facts/facts.ts';
import { refOf } from '../facts/read.ts';
import { WRITTEN, type WrittenRow } from '../facts/object-rows.ts';
import type { WorkloadFact } from '../facts/workloads.ts';
import type { Finding } from '../model/finding.ts';
import type { Suspect } from '../model/verdict.ts';
import type { Store } from '../store/store.ts';

/** How far back something still counts as "just before". */
const WINDOW = 6 * HOUR;
const MOST = 8;

/** What a person or a pipeline writes; status and what controllers derive from it are no suspects. */
const WRITTEN_BY_PEOPLE = [
  'services',
  'configmaps',
  'secrets',
  'resourcequotas',
  'limitranges',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'autoscaling/horizontalpodautoscalers',
  'networking.k8s.io/networkpolicies',
  'networking.k8s.io/ingresses',
  'gateway.networking.k8s.io/httproutes',
];

/** What many workloads of a namespace hang on at once: a write to it is a suspect wherever the fault shows. */
const SHARED = new Set([
  'configmaps',
  'secrets',
  'resourcequotas',
  'limitranges',
  'networking.k8s.io/networkpolicies',
]);

const CONTROLLERS =
  /^(kube-controller-manager|kubelet|kube-scheduler|kube-apiserver|cloud-controller-manager)$/;

/** A store-backed search for the suspects of one root. */
export function suspectsOf(finding: Finding, facts: AllFacts, store: Store): Suspect[] {
  const began = beginning(finding);
  const namespace = finding.object.namespace;
  if (began === undefined || namespace === undefined) return [];
  const until = began + facts.clock.tolerance;
  const related = workloadsOf(finding, facts);
  const found = [
    ...rollouts(related, facts, until - WINDOW, until),
    ...scalings(related, facts, until - WINDOW, until),
    ...writes(store, namespace, finding, related, until - WINDOW, until),
  ];
  const seen = new Set<string>();
  return found
    .filter((one) => {
      const key = `${objectKey(one.object)} ${one.at} ${one.summary}`;
      return !seen.has(key) && seen.add(key);
    })
    .map(({ when, near, ...suspect }) => ({
      near,
      suspect: { ...suspect, beforeMs: Math.max(0, Math.round((began - when) / 1000)) },
    }))
    .toSorted((a, b) => a.suspect.beforeMs - b.suspect.beforeMs || Number(b.near) - Number(a.near))
    .slice(0, MOST)
    .map(({ suspect }) => suspect);
}

/** Of what was observed, its first moment: the rest is its course. Of what is inferred, the last moment it can have been. */
function beginning({ since: { from, to, basis } }: Finding): Micros | undefined {
  return basis === 'observed' ? parseTime(from ?? to) : parseTime(to ?? from);
}

type Found = Omit<Suspect, 'beforeMs'> & { readonly when: Micros; readonly near: boolean };

/** The outermost workloads a finding is on, involves, or has pods of. */
function workloadsOf(finding: Finding, facts: AllFacts): WorkloadFact[] {
  const found = new Set<WorkloadFact>();
  for (const { kind, namespace = '', name } of [finding.object, ...finding.involves]) {
    const pod = kind === 'Pod' ? facts.pods.named(namespace, name) : undefined;
    const workload =
      pod === undefined ? facts.workloads.named(kind, namespace, name) : facts.workloads.top(pod);
    if (workload !== undefined) found.add(workload);
  }
  return [...found];
}

function rollouts(workloads: readonly WorkloadFact[], facts: AllFacts, from: Micros, to: Micros): Found[] {
  return workloads.flatMap((workload) => {
    const revisions = facts.workloads.revisions(workload);
    return revisions.flatMap((set) =>
      set.createdAt === undefined || set.createdAt < from || set.createdAt > to || revisions.at(-1) === set
        ? []
        : [
            {
              when: set.createdAt,
              near: true,
              at: formatTime(set.createdAt),
              object: set.ref,
              summary: `${workload.kind} ${workload.name} rolled out revision ${set.revision ?? '?'} (ReplicaSet ${set.name})`,
              basis: 'inferred' as const,
              source: 'creation of the ReplicaSet',
            },
          ],
    );
  });
}

function scalings(workloads: readonly WorkloadFact[], facts: AllFacts, from: Micros, to: Micros): Found[] {
  return workloads.flatMap(({ ref }) =>
    facts.objects.events(ref).flatMap((event) => {
      const when = event.first_at ?? event.last_at;
      if (
        when === null ||
        when < from ||
        when > to ||
        !/^(ScalingReplicaSet|SuccessfulRescale)$/.test(event.reason ?? '')
      ) {
        return [];
      }
      return [
        {
          when,
          near: true,
          at: formatTime(when),
          object: ref,
          summary: event.message ?? event.reason ?? '',
          basis: 'observed' as const,
          source: `event ${event.reason ?? ''}`,
        },
      ];
    }),
  );
}

/** Writes to what the finding is about, and to what a whole namespace shares; other objects of it are no suspects. */
function writes(
  store: Store,
  namespace: string,
  finding: Finding,
  related: readonly WorkloadFact[],
  from: Micros,
  to: Micros,
): Found[] {
  const near = new Set(
    [finding.object, ...finding.involves, ...related.map(({ ref }) => ref)].map(objectKey),
  );
  return store
    .all(WRITTEN, [from, to, namespace, JSON.stringify(WRITTEN_BY_PEOPLE), 200])
    .filter((row) => row.subresource !== 'status' && !CONTROLLERS.test(row.manager ?? ''))
    .map((row) => ({ row, object: refOf(row.api_version, row.kind, row.namespace, row.name) }))
    .filter(({ row, object }) => SHARED.has(row.resource) || near.has(objectKey(object)))
    .map(({ row, object }) => {
      return {
        when: row.at,
        near: near.has(objectKey(object)),
        at: formatTime(row.at),
        object,
        summary: `${row.manager ?? 'someone'} ${verb(row)} ${describe(object)}`,
        basis: 'inferred' as const,
        source: 'managedFields',
      };
    });
}

function verb(row: WrittenRow): string {
  if (row.created_at !== null && Math.abs(row.created_at - row.at) < 1_000_000) return 'created';
  return row.subresource === 'scale' ? 'scaled' : 'wrote';
}

function describe(object: ObjectRef): string {
  return `${object.kind} ${object.name}`;
}
