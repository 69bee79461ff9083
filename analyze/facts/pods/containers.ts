/** The containers that a pod is made with. */
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';

/** All of a pod's spec, init containers last. */
function allIn(spec: Fields): Fields[] {
  return [...items(spec['containers']), ...items(spec['initContainers'])];
}

/** Those of a pod's spec that run beside each other for as long as the pod does, native sidecars (init containers that go on) last. */
export function lastingIn(spec: Fields): Fields[] {
  const sidecars = items(spec['initContainers']).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...items(spec['containers']), ...sidecars];
}

/** The container or init container of a pod with this name. */
export function containerNamed(pod: Fields, called: string): Fields | undefined {
  return allIn(fields(pod['spec'])).find(({ name }) => name === called);
}

function names(containers: readonly Fields[]): string[] {
  return containers.flatMap(({ name }) => text(name) ?? []);
}

/** The names of all of them, init containers last. */
export function containersOf(facts: Pick<Facts, 'body'>, pod: PodFact): string[] {
  return names(allIn(fields(facts.body(pod)['spec'])));
}

/** The names of those that run for as long as the pod does. */
export function lastingContainers(facts: Pick<Facts, 'body'>, pod: PodFact): string[] {
  return names(lastingIn(fields(facts.body(pod)['spec'])));
}
