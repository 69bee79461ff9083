/** Since when a Service's port has had no ready endpoint. */
import { parseTime, SECOND } from '../../src/core/time.ts';
import type { Since } from '../model/finding.ts';
import { backingWorkloads } from './backing.ts';
import { sinceAt, sinceBetween } from './evidence.ts';
import type { Facts } from './facts.ts';
import { dig } from './read.ts';
import type { ServiceFact, ServicePath } from './services.ts';

/**
 * Observed when a watch saw the slice lose its last ready endpoint; else inferred from the annotation
 * `endpoints.kubernetes.io/last-change-trigger-time` (the change of a pod or of the Service that the controller last acted
 * on: an upper bound) and from pods that turned unready; undefined when nothing tells.
 */
export function emptiedBetween(facts: Facts, path: ServicePath): Since | undefined {
  for (const slice of path.slices) {
    let full = false;
    for (const change of facts.changes(slice)) {
      const endpoints = dig(change.object, 'endpoints');
      const ready =
        Array.isArray(endpoints) && endpoints.some((one) => dig(one, 'conditions', 'ready') !== false);
      if (full && !ready) return sinceAt(change.at, 'observed', 'a watch saw the last ready endpoint go');
      full = ready;
    }
  }
  const turned = path.pods.map(
    (pod) => facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? undefined,
  );
  const known = turned.filter((at) => at !== undefined);
  const unready = path.pods.every((pod) => pod.ready !== 'True');
  if (unready && path.pods.length > 0 && known.length === path.pods.length) {
    const last = Math.max(...known);
    return sinceAt(last, 'inferred', 'the last pod behind it turned unready');
  }
  const triggers = path.slices
    .map((slice) =>
      parseTime(
        dig(facts.body(slice), 'metadata', 'annotations', 'endpoints.kubernetes.io/last-change-trigger-time'),
      ),
    )
    .filter((at) => at !== undefined);
  if (triggers.length > 0) {
    const last = Math.max(...triggers);
    const source = 'the endpoints controller last acted on a change of this time';
    // The last change is the end of the last pod; not ready it was from its deletion on, its grace period before that.
    return path.pods.length === 0
      ? sinceBetween(
          Math.max(path.service.createdAt ?? 0, last - graceBehind(facts, path.service)),
          last,
          source,
        )
      : sinceAt(last, 'inferred', source);
  }
  const born = path.service.createdAt;
  return path.pods.length === 0 && path.slices.length > 0 && born !== undefined
    ? sinceBetween(born, facts.clock.endedAt, 'the Service is that old; nothing tells when it was emptied')
    : undefined;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
const GRACE = 30;

/** What the pods that went may have taken to end, by the templates that would make them again. */
function graceBehind(facts: Facts, service: ServiceFact): number {
  const given = backingWorkloads(facts, service).map((workload) =>
    dig(facts.body(workload), 'spec', 'template', 'spec', 'terminationGracePeriodSeconds'),
  );
  const seconds = given.map((one) => (typeof one === 'number' ? one : GRACE));
  return (seconds.length === 0 ? GRACE : Math.max(...seconds)) * SECOND;
}
