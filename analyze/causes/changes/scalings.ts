/** Scalings: what Deployments, autoscalers and KEDA say in Events that they did to the number of pods. */
import { formatTime } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import type { ObjectRef } from '../../../src/core/ids.ts';
import { dig } from '../../facts/read.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { within, type ChangeSource, type Scene } from './scene.ts';

/**
 * `SuccessfulRescale` is of the HorizontalPodAutoscaler (pkg/controller/podautoscaler/horizontal.go), `KEDAScaleTarget…`
 * of the ScaledObject (kedacore/keda pkg/eventreason).
 */
const REASONS = /^(ScalingReplicaSet|SuccessfulRescale|KEDAScaleTargetActivated|KEDAScaleTargetDeactivated)$/;

const SCALERS = ['autoscaling/horizontalpodautoscalers', 'keda.sh/scaledobjects'];

const scalings: ChangeSource = (scene) =>
  scene.related.flatMap((workload) =>
    [workload.ref, ...scalersOf(scene, workload)].flatMap((ref) =>
      scene.facts.objects.events(ref).flatMap((event) => {
        const when = event.first_at ?? event.last_at;
        if (!within(scene, when) || !REASONS.test(event.reason ?? '')) return [];
        return [
          {
            when,
            near: true,
            at: formatTime(when),
            object: ref,
            summary: oneLine(
              `${ref === workload.ref ? '' : `${ref.kind} ${ref.name}: `}${event.message ?? event.reason ?? ''}`,
            ),
            basis: 'observed' as const,
            source: `event ${event.reason ?? ''}`,
          },
        ];
      }),
    ),
  );
export default scalings;

function scalersOf({ facts }: Scene, { kind, namespace, name }: WorkloadFact): ObjectRef[] {
  return SCALERS.flatMap((resource) => facts.objects.list(resource)).flatMap((scaler) => {
    if (scaler.ref.namespace !== namespace) return [];
    const target = dig(facts.objects.body(scaler), 'spec', 'scaleTargetRef');
    // A ScaledObject's target is a Deployment where it says no kind.
    return dig(target, 'name') === name && (dig(target, 'kind') ?? 'Deployment') === kind ? [scaler.ref] : [];
  });
}
