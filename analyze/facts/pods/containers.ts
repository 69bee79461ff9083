/** The containers that a pod is made with, by name. */
import { items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';

function listed(facts: Pick<Facts, 'body'>, pod: PodFact, list: 'containers' | 'initContainers'): Fields[] {
  return items(dig(facts.body(pod), 'spec', list));
}

function names(containers: readonly Fields[]): string[] {
  return containers.flatMap(({ name }) => text(name) ?? []);
}

/** All of them, init containers last. */
export function containersOf(facts: Pick<Facts, 'body'>, pod: PodFact): string[] {
  return names([...listed(facts, pod, 'containers'), ...listed(facts, pod, 'initContainers')]);
}

/** Those that run beside each other for as long as the pod does, native sidecars (init containers that go on) included. */
export function lastingContainers(facts: Pick<Facts, 'body'>, pod: PodFact): string[] {
  const going = listed(facts, pod, 'initContainers').filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  );
  return names([...listed(facts, pod, 'containers'), ...going]);
}
