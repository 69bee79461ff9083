// A node whose network plugin is taken away or broken, or whose kubelet believes it short of something; and back.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Lab, nodeOf } from '../cluster/lab.ts';
import { componentName, configureNode } from '../cluster/node.ts';
import { startAgain, stop } from '../cluster/processes.ts';

/** Takes the network plugin's configuration away: the runtime notices by itself. */
export async function removeNetworkPlugin(lab: Lab, name: string): Promise<void> {
  await rm(networkConfig(lab, name), { force: true });
}

/** Puts a configuration there whose plugin nobody installed: the node stays Ready, and no sandbox gets a network. */
export async function breakNetworkPlugin(lab: Lab, name: string): Promise<void> {
  const config = { cniVersion: '1.0.0', name: 'lab', plugins: [{ type: 'nowhere-installed' }] };
  await writeFile(networkConfig(lab, name), JSON.stringify(config));
}

function networkConfig(lab: Lab, name: string): string {
  return join(nodeOf(lab, name).dir, 'cni', '10-lab.conflist');
}

/**
 * Raises what the kubelet wants to stay free (`memory.available`, `pid.available`) above what there is: it sets the
 * pressure's condition, evicts pods, and the controller taints the node. The machine itself lacks nothing.
 */
export async function pressNode(
  lab: Lab,
  name: string,
  signal: 'memory.available' | 'pid.available',
): Promise<void> {
  const file = join(nodeOf(lab, name).dir, 'kubelet.yaml');
  const config: { evictionHard: Record<string, string> } = parse(await readFile(file, 'utf8'));
  config.evictionHard[signal] = '99%';
  await writeFile(file, stringify(config));
  await restartKubelet(lab, name);
}

/** Gives a node its own configuration again; its kubelet starts anew. */
export async function restoreNode(lab: Lab, name: string): Promise<void> {
  await configureNode(lab, nodeOf(lab, name), ['kubelet.yaml', 'cni/10-lab.conflist']);
  await restartKubelet(lab, name);
}

async function restartKubelet(lab: Lab, name: string): Promise<void> {
  const kubelet = componentName(nodeOf(lab, name), 'kubelet');
  await stop(lab, kubelet);
  startAgain(lab, kubelet);
}
