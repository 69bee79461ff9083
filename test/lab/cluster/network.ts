// One network namespace for the control plane, with a bridge, and one for each node; nothing leads outside.
import { existsSync } from 'node:fs';
import { run } from '../run.ts';
import { type Lab, type LabNode, netnsPath } from './lab.ts';

const bridge = 'nodes';

/** Makes the namespaces, links, addresses and routes. The root namespace gets no interface at all. */
export async function makeNetwork(lab: Lab): Promise<void> {
  const { netns, address, ipv6 } = lab.controlPlane;
  await run('ip', ['netns', 'add', netns]);
  await batch(netns, [
    'link set lo up',
    `link add ${bridge} type bridge`,
    `addr add ${address}/24 dev ${bridge}`,
    ...(ipv6 === undefined ? [] : [`addr add ${ipv6}/64 dev ${bridge} nodad`]),
    `link set ${bridge} up`,
  ]);
  for (const node of lab.nodes) {
    await run('ip', ['netns', 'add', node.netns]);
    // Both ends are born inside: the names cannot clash with anything else on the machine.
    await run('ip', [
      'link',
      'add',
      'eth0',
      'netns',
      node.netns,
      'type',
      'veth',
      'peer',
      'name',
      node.name,
      'netns',
      netns,
    ]);
    await batch(netns, [
      `link set ${node.name} master ${bridge}`,
      `link set ${node.name} up`,
      `route add ${node.podCidr} via ${node.address}`,
      ...(node.ipv6 === undefined ? [] : [`route add ${node.ipv6.podCidr} via ${node.ipv6.address}`]),
    ]);
    await batch(node.netns, [
      'link set lo up',
      `addr add ${node.address}/24 dev eth0`,
      'link set eth0 up',
      // A packet to a Service address needs some route before kube-proxy's rules see it.
      `route add default via ${address}`,
      ...lab.nodes
        .filter((other) => other !== node)
        .map((other) => `route add ${other.podCidr} via ${other.address}`),
      ...(node.ipv6 === undefined || ipv6 === undefined
        ? []
        : [`addr add ${node.ipv6.address}/64 dev eth0 nodad`, `route add default via ${ipv6}`]),
    ]);
    await inside(node.netns, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
    if (node.ipv6 !== undefined)
      await inside(node.netns, ['sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding']);
  }
}

async function batch(netns: string, lines: readonly string[]): Promise<void> {
  await run('ip', ['-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

/**
 * Runs a program inside a network namespace. Not `ip netns exec`, which mounts a new /sys and hides the
 * cgroups from what it starts.
 */
export async function inside(netns: string, command: readonly string[]): Promise<string> {
  return await run('nsenter', [`--net=${netnsPath(netns)}`, ...command]);
}

/** Pulls or plugs a node's network cable. The routes of a downed link are lost and have to be made again. */
export async function setLink(lab: Lab, node: LabNode, up: boolean): Promise<void> {
  // At the bridge's end: the node keeps its addresses and routes, as behind a dead switch.
  await batch(lab.controlPlane.netns, [`link set ${node.name} ${up ? 'up' : 'down'}`]);
}

/** Whether every namespace of the lab is there. */
export function hasNetwork(lab: Lab): boolean {
  return [lab.controlPlane, ...lab.nodes].every(({ netns }) => existsSync(netnsPath(netns)));
}

/** Removes the namespaces, and with them every interface, route and rule. */
export async function removeNetwork(lab: Lab): Promise<void> {
  for (const { netns } of [...lab.nodes, lab.controlPlane]) {
    if (existsSync(netnsPath(netns))) await run('ip', ['netns', 'delete', netns]);
  }
}
