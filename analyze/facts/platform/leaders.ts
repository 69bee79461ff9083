/** Whether a controller manager or a scheduler works though nobody renews the Lease of its name. */
import { formatTime, type Micros } from '../../../src/core/time.ts';
import type { Facts } from '../facts.ts';

/** Kinds whose status nobody but the controller manager writes (pkg/controller/{deployment,replicaset,daemon,statefulset}). */
const KEPT = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet']);

/**
 * What a leader has done since its Lease lapsed, in words. A Lease is left behind where leader election was switched off (k3s
 * with one server) or where a hoster's control plane elects elsewhere: it is old, and nothing stands still.
 *
 * @param name `kube-controller-manager` or `kube-scheduler`.
 * @param since when the Lease had lapsed for long.
 */
export function workedSince(
  facts: Pick<Facts, 'workloads' | 'writes' | 'eventsOf'>,
  name: string,
  since: Micros,
): string | undefined {
  if (name === 'kube-scheduler') {
    const event = facts
      .eventsOf(['Scheduled', 'FailedScheduling'])
      .find(({ source, last_at }) => source === 'default-scheduler' && (last_at ?? 0) > since);
    return event === undefined
      ? undefined
      : `it looked at Pod ${event.namespace}/${event.involved_name} at ${formatTime(event.last_at ?? 0)}`;
  }
  for (const one of facts.workloads.all) {
    if (!KEPT.has(one.ref.kind)) continue;
    const write = facts.writes(one).find(({ subresource, at }) => subresource === 'status' && at > since);
    if (write !== undefined)
      return `it wrote the status of ${one.ref.kind} ${one.namespace}/${one.name} at ${formatTime(write.at)}`;
  }
  return undefined;
}
