/** Who holds a workload at zero replicas: an autoscaler, or whoever wrote spec.replicas last. */
import { formatTime, type Micros } from '../../../src/core/time.ts';
import type { Need } from '../../checks/check.ts';
import { text } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { ownsField } from '../objects.ts';
import { dig, type StoredObject } from '../read.ts';
import type { WorkloadFact } from '../workloads.ts';

export const HPAS = 'autoscaling/horizontalpodautoscalers';
const KEDA = 'keda.sh/scaledobjects';

/** The evidence behind `holderOf`, besides the workload's own. */
export const SCALERS = [`list:${HPAS}`, `list:${KEDA}`] as const satisfies readonly Need[];

export interface Holder {
  /** A sentence: `ScaledObject pay is paused at 0 (autoscaling.keda.sh/paused-replicas).` */
  readonly words: string;
  readonly evidence: readonly Evidence[];
  /** Of a write by hand: when, at the latest. */
  readonly at: Micros | undefined;
  /** What to do instead of scaling by hand, where that would be undone. */
  readonly mend: string | undefined;
}

/** The sure ones first; undefined when nothing in the bundle tells. */
export function holderOf(facts: Facts, workload: WorkloadFact): Holder | undefined {
  return byKeda(facts, workload) ?? byAutoscaler(facts, workload) ?? byWriter(facts, workload);
}

/**
 * Whether an autoscaler that takes a workload to zero whenever nothing is asked of it holds it there: KEDA's, Kubernetes' own
 * with minReplicas 0, Knative's, which owns a Deployment by its Revision.
 */
export function isIdle(facts: Facts, workload: WorkloadFact): boolean {
  if (workload.owner?.kind === 'Revision') return true;
  if (scalersOf(facts, KEDA, workload).length > 0) return byKeda(facts, workload)?.idle === true;
  return scalersOf(facts, HPAS, workload).some((one) => dig(facts.body(one), 'spec', 'minReplicas') === 0);
}

/** The objects of a kind of scaler whose spec.scaleTargetRef is this workload; of a kind that is not served, none. */
function scalersOf(facts: Facts, resource: string, workload: WorkloadFact): StoredObject[] {
  return facts.list(resource).filter((one) => {
    if (one.ref.namespace !== workload.namespace) return false;
    const target = dig(facts.body(one), 'spec', 'scaleTargetRef');
    return (
      dig(target, 'name') === workload.name && (text(dig(target, 'kind')) ?? 'Deployment') === workload.kind
    );
  });
}

/** https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling */
const PAUSED_AT = 'autoscaling.keda.sh/paused-replicas';
const PAUSED = 'autoscaling.keda.sh/paused';

function byKeda(facts: Facts, workload: WorkloadFact): (Holder & { readonly idle: boolean }) | undefined {
  for (const scaler of scalersOf(facts, KEDA, workload)) {
    const annotations = dig(facts.body(scaler), 'metadata', 'annotations');
    const name = `ScaledObject ${scaler.ref.name}`;
    for (const [key, value] of [
      [PAUSED_AT, '0'],
      [PAUSED, 'true'],
    ] as const) {
      if (dig(annotations, key) !== value) continue;
      return {
        words: `${name} is paused${key === PAUSED_AT ? ' at 0' : ''} (${key}).`,
        evidence: [fieldEvidence(facts, scaler, `metadata.annotations["${key}"]`, value)],
        at: undefined,
        mend: `Take the annotation ${key} off ${name}.`,
        idle: false,
      };
    }
    // No trigger wants it: the condition is Active False, reason ScalerNotActive (pkg/scaling/executor).
    const active = facts.conditions(scaler).find(({ type }) => type === 'Active');
    const least = dig(facts.body(scaler), 'spec', 'minReplicaCount') ?? 0;
    if (active?.status !== 'False' || least !== 0) continue;
    return {
      words: `${name} keeps it at 0 while none of its triggers is active${active.reason === null ? '' : ` (${active.reason})`}.`,
      evidence: [
        fieldEvidence(facts, scaler, 'status.conditions[type=Active].status', 'False'),
        fieldEvidence(facts, scaler, 'spec.minReplicaCount', least),
      ],
      at: active.last_transition_at ?? undefined,
      mend: `Set minReplicaCount of ${name} to 1, or see why its triggers are not active.`,
      idle: true,
    };
  }
  return undefined;
}

function byAutoscaler(facts: Facts, workload: WorkloadFact): Holder | undefined {
  const [scaler] = scalersOf(facts, HPAS, workload);
  if (scaler === undefined) return undefined;
  const name = `HorizontalPodAutoscaler ${scaler.ref.name}`;
  const least = dig(facts.body(scaler), 'spec', 'minReplicas');
  if (least === 0) {
    return {
      words: `${name} may take it to 0 (minReplicas 0).`,
      evidence: [fieldEvidence(facts, scaler, 'spec.minReplicas', 0)],
      at: undefined,
      mend: `Set minReplicas of ${name} to 1.`,
    };
  }
  // pkg/controller/podautoscaler/horizontal.go: replicas 0 switches autoscaling off, and nothing but a person switches it on.
  const disabled = facts
    .conditions(scaler)
    .find(
      ({ type, status, reason }) =>
        type === 'ScalingActive' && status === 'False' && reason === 'ScalingDisabled',
    );
  if (disabled === undefined) return undefined;
  const writer = byWriter(facts, workload);
  return {
    words: `${name} is switched off by that (ScalingDisabled) and will not scale it up.${writer === undefined ? '' : ` ${writer.words}`}`,
    evidence: [
      fieldEvidence(facts, scaler, 'status.conditions[type=ScalingActive].reason', 'ScalingDisabled'),
      ...(writer?.evidence ?? []),
    ],
    at: writer?.at ?? disabled.last_transition_at ?? undefined,
    mend: undefined,
  };
}

function byWriter(facts: Facts, workload: WorkloadFact): Holder | undefined {
  const write = facts.writes(workload).findLast((one) => ownsField(one, ['spec', 'replicas']));
  if (write === undefined) return undefined;
  const { manager, subresource, at } = write;
  const who = manager === '' ? 'somebody' : manager;
  const made = workload.createdAt !== undefined && at - workload.createdAt < 1_000_000;
  const words =
    subresource === 'scale'
      ? `${who} scaled it (its scale was written last at ${formatTime(at)}).`
      : made
        ? `${who} made it with 0 replicas.`
        : `${who} wrote spec.replicas, at ${formatTime(at)} at the latest.`;
  return {
    words,
    evidence: [
      fieldEvidence(facts, workload, 'metadata.managedFields[].manager', who, {
        at: formatTime(at),
        text: words,
      }),
    ],
    at: subresource === 'scale' || made ? at : undefined,
    mend: undefined,
  };
}
