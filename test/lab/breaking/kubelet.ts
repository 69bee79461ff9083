// A node whose network plugin is taken away or broken, or whose kubelet believes it short of something; and back.
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
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
 * Raises what the kubelet wants to stay free above what there is: it sets the pressure's condition, evicts pods, and the
 * controller taints the node. The machine itself lacks nothing.
 */
export async function pressNode(
  lab: Lab,
  name: string,
  signal: 'memory.available' | 'pid.available',
): Promise<void> {
  await wantFree(lab, name, signal, '99%');
}

/**
 * Raises what the kubelet wants to stay free on its disk to a little less than what is free: whoever writes more than `room`
 * bytes brings the pressure. Of images it deletes what it may; the lab's are pinned.
 */
export async function narrowDisk(lab: Lab, name: string, room: number): Promise<void> {
  const { bavail, bsize } = await statfs(nodeOf(lab, name).dir);
  await wantFree(lab, name, 'nodefs.available', String(bavail * bsize - room));
}

async function wantFree(lab: Lab, name: string, signal: string, free: string): Promise<void> {
  const file = join(nodeOf(lab, name).dir, 'kubelet.yaml');
  const config: { evictionHard: Record<string, string> } = parse(await readFile(file, 'utf8'));
  config.evictionHard[signal] = free;
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
