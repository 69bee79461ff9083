/** Pods that no scheduler has looked at: neither bound, nor turned away, nor held back by a gate. */
import { MINUTE } from '../../../src/core/time.ts';
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import type { StoredObject } from '../read.ts';
import { dig, groupBy } from '../read.ts';

const DEFAULT = 'default-scheduler';

/** What the scheduler writes on a claim once it has chosen a node for the pod (component-helpers/storage/volume). */
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

/**
 * Pods that have waited for longer than a minute before the capture began and carry no sign of a scheduler, by the
 * scheduler that they name. A scheduler that finds no node says so: condition PodScheduled, Event FailedScheduling.
 */
export function untouchedPods(facts: Facts): Map<string, PodFact[]> {
  const waiting = facts.pods.all.filter(
    ({ phase, node, terminating, createdAt }) =>
      phase === 'Pending' &&
      node === undefined &&
      !terminating &&
      createdAt !== undefined &&
      facts.clock.startedAt - createdAt > MINUTE,
  );
  const untouched = waiting.filter(
    (pod) =>
      !facts.conditions(pod).some(({ type }) => type === 'PodScheduled') &&
      items(dig(facts.body(pod), 'spec', 'schedulingGates')).length === 0 &&
      !hasChosen(facts, pod) &&
      !facts.events(pod.ref).some(({ reason }) => reason === 'FailedScheduling'),
  );
  return groupBy(untouched, (pod) => text(dig(facts.body(pod), 'spec', 'schedulerName')) ?? DEFAULT);
}

/**
 * Whether a scheduler has chosen a node and waits for the volumes that are made there (VolumeBinding's PreBind, ten minutes
 * long): it says nothing of it on the pod. Where claims were not captured, it may be so.
 */
function hasChosen(facts: Facts, pod: PodFact): boolean {
  const body = facts.body(pod);
  if (text(dig(body, 'status', 'nominatedNodeName')) !== null) return true;
  const volumes = items(dig(body, 'spec', 'volumes'));
  if (!volumes.some((volume) => claimOf(pod, volume) !== undefined)) return false;
  return !facts.coverage(CLAIMS, pod.namespace).known || awaitedClaims(facts, pod).length > 0;
}

const CLAIMS = 'persistentvolumeclaims';

/** Claims of a pod that are not bound, for which a scheduler has chosen a node. */
export function awaitedClaims(facts: Facts, pod: PodFact): StoredObject[] {
  return items(dig(facts.body(pod), 'spec', 'volumes')).flatMap((volume) => {
    const name = claimOf(pod, volume);
    const claim = name === undefined ? undefined : facts.find(CLAIMS, pod.namespace, name);
    if (claim === undefined) return [];
    const { metadata, status } = facts.body(claim);
    const chosen = text(fields(dig(metadata, 'annotations'))[SELECTED_NODE]);
    return chosen !== null && dig(status, 'phase') === 'Pending' ? [claim] : [];
  });
}

/** A generic ephemeral volume has a claim named after pod and volume. */
function claimOf({ name }: PodFact, volume: Fields): string | undefined {
  const named = text(dig(volume, 'persistentVolumeClaim', 'claimName'));
  if (named !== null) return named;
  const own = text(volume['name']);
  return volume['ephemeral'] === undefined || own === null ? undefined : `${name}-${own}`;
}
