// Takes a node away in the three ways that nodes go away, and brings it back.
import { readFileSync } from 'node:fs';
import { containerProcesses, killContainers, setFrozen } from '../cluster/cgroups.ts';
import { type Lab, type LabNode, nodeOf } from '../cluster/lab.ts';
import { setLink } from '../cluster/network.ts';
import { componentName, nodeComponents, startNodeComponents } from '../cluster/node.ts';
import { signal } from '../cluster/proc.ts';
import { isRunning, ownedProcesses, recordOf, stop } from '../cluster/processes.ts';
import { hasCondition, type Kube, type KubeObject } from '../kube.ts';

/**
 * - `frozen`: everything on it stands still, connections to it hang (a stuck kernel, a paused machine);
 * - `killed`: everything on it is gone, its pods start anew when it comes back (power loss);
 * - `unplugged`: everything on it runs on, unreachable (a dead switch, a partition).
 */
export type NodeLoss = 'frozen' | 'killed' | 'unplugged';

/** Takes a node away. The control plane notices after its grace period: see `waitNode`. */
export async function stopNode(lab: Lab, name: string, how: NodeLoss = 'frozen'): Promise<void> {
  const node = nodeOf(lab, name);
  if (how === 'unplugged') return await setLink(lab, node, false);
  if (how === 'frozen') {
    for (const pid of processesOf(lab, node)) signal(pid, 'SIGSTOP');
    setFrozen(node, true);
    return;
  }
  for (const component of nodeComponents(lab, node)) await stop(lab, component.name, 0);
  for (const pid of processesOf(lab, node)) signal(pid, 'SIGKILL');
  await killContainers(lab, node);
}

/** Brings a node back, however it went away; does nothing to one that is well. */
export async function startNode(lab: Lab, name: string): Promise<void> {
  const node = nodeOf(lab, name);
  setFrozen(node, false);
  for (const pid of processesOf(lab, node)) signal(pid, 'SIGCONT');
  await setLink(lab, node, true);
  await startNodeComponents(lab, node);
}

/**
 * Waits until the control plane calls a node Ready, or not Ready (False or Unknown).
 *
 * @param timeout milliseconds; the lab's grace period is 20 s, Kubernetes' own is 50 s.
 */
export async function waitNode(
  kube: Kube,
  name: string,
  ready: boolean,
  timeout = 90_000,
): Promise<KubeObject> {
  const what = `${name} ${ready ? 'Ready' : 'not Ready'}`;
  return await kube.waitFor({ kind: 'Node', name }, (node) => hasCondition(node, 'Ready') === ready, {
    timeout,
    what,
  });
}

/** The node's components and shims; what runs in containers is its cgroup's business. */
function processesOf(lab: Lab, node: LabNode): number[] {
  const recorded = (['containerd', 'kubelet', 'kube-proxy'] as const)
    .map((program) => recordOf(lab, componentName(node, program)))
    .filter((record) => record !== undefined && isRunning(record))
    .map((record) => record?.pid ?? 0);
  const contained = new Set(containerProcesses(lab, node));
  // Each shim names its containerd's socket, which lies in the node's folder.
  const shims = ownedProcesses(lab).filter(
    (pid) => !contained.has(pid) && commandLine(pid).includes(`${node.dir}/`),
  );
  return [...new Set([...recorded, ...shims])];
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
