/** Asks the kubelets of many nodes: whether it is allowed at all first, those that are lost last, and not for ever. */
import type { CollectorContext } from './collector.ts';
import type { NodeTurn } from './network/node-order.ts';

/** `silent`: it let a question hang, and would let the others hang too. */
export type NodeAnswer = 'answered' | 'silent' | 'forbidden';

/** How many were not asked: because time was over, and because too many had been silent and this one is not Ready. */
export interface Unasked {
  readonly late: number;
  readonly lost: number;
}

export interface NodeAsking {
  readonly ask: (node: string) => Promise<NodeAnswer>;
  /** After so many that were silent, those of nodes that are not Ready are not asked any more. */
  readonly mostSilent: number;
  /** Whether the time for it is over; never unless told. */
  readonly isLate?: () => boolean;
}

/** Asks these in turn, a few at a time; undefined when this user may not: the first node tells that for all. */
export async function askInTurn(
  context: CollectorContext,
  turns: readonly NodeTurn[],
  { ask, mostSilent, isLate = () => false }: NodeAsking,
): Promise<Unasked | undefined> {
  const [first, ...others] = turns;
  const unasked = { late: 0, lost: 0 };
  if (first === undefined) return unasked;
  const answer = await ask(first.name);
  if (answer === 'forbidden') return undefined;
  let silent = Number(answer === 'silent');
  const inTurn = async ({ name, lost }: NodeTurn): Promise<void> => {
    if (isLate()) unasked.late += 1;
    else if (lost && silent >= mostSilent) unasked.lost += 1;
    else if ((await ask(name)) === 'silent') silent += 1;
  };
  await Promise.all(others.map((turn) => context.queues.others.add(() => inTurn(turn))));
  return unasked;
}
