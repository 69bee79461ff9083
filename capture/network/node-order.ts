/** Which kubelets to ask first when there are more nodes than time. Pure. */
import type { Scope } from '../collector.ts';
import { focusNamespaces } from '../focus.ts';
import type { Inventory } from '../inventory.ts';

export interface NodeTurn {
  readonly name: string;
  /** Its node is not Ready: its kubelet is likely to let every question hang. */
  readonly lost: boolean;
}

/**
 * Nodes of pods in question (unwell, behind unwell Services, in focus) first, then those in a zone where a node is not
 * Ready, then the rest; and last, in the same order, those that are not Ready themselves.
 */
export function nodesInTurn(inventory: Inventory, scope: Pick<Scope, 'focus'>): readonly NodeTurn[] {
  const digests = inventory.network.nodes();
  const behind = inventory.behindUnwell();
  const focused = focusNamespaces(scope.focus);
  const inQuestion = new Set(
    inventory
      .pods()
      .filter(
        ({ namespace, name, unwell }) =>
          unwell || focused.has(namespace) || behind.has(`${namespace}/${name}`),
      )
      .map(({ node }) => node),
  );
  const isLost = (name: string): boolean => digests.get(name)?.ready === false;
  const names = inventory.nodes();
  const struck = new Set(names.filter(isLost).flatMap((name) => digests.get(name)?.zone ?? []));
  const rank = (name: string): number => {
    const zone = digests.get(name)?.zone;
    const own = inQuestion.has(name) ? 0 : zone !== undefined && struck.has(zone) ? 1 : 2;
    return isLost(name) ? own + 3 : own;
  };
  return names
    .map((name) => ({ name, lost: isLost(name), rank: rank(name) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ name, lost }) => ({ name, lost }));
}
