// An address of a node's own, as node-cache gives its dummy interface one: nobody else has it, no route leads there.
import { type Lab, nodeOf } from '../cluster/lab.ts';
import { inside } from '../cluster/network.ts';

/** Gives the node an address that only it and its pods reach; again is no error. */
export async function addLocalAddress(lab: Lab, node: string, address: string): Promise<void> {
  await inside(nodeOf(lab, node).netns, ['ip', 'address', 'replace', `${address}/32`, 'dev', 'lo']);
}

/** Takes it away; what is not there is no error. */
export async function removeLocalAddress(lab: Lab, node: string, address: string): Promise<void> {
  const { netns } = nodeOf(lab, node);
  const there = await inside(netns, ['ip', '-o', 'address', 'show', 'dev', 'lo', 'to', `${address}/32`]);
  if (there.trim() !== '') await inside(netns, ['ip', 'address', 'del', `${address}/32`, 'dev', 'lo']);
}
