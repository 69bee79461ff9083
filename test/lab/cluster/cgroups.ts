// The lab's folders in the machine's cgroup v1 hierarchies: made before the kubelets start, removed after.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';
import { run, until } from '../run.ts';
import { codeOf } from '../values.ts';
import type { Lab, LabNode } from './lab.ts';
import { signal } from './proc.ts';

const root = '/sys/fs/cgroup';
const required = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd'];

/** Folders of the mounted hierarchies; on a hybrid machine `unified` is among them. */
function hierarchies(): string[] {
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isDirectory() && existsSync(join(path, 'cgroup.procs')));
}

/** Makes the kubelets' cgroup roots, which they demand to find in every hierarchy. */
export function makeCgroups(lab: Lab): void {
  const missing = required.filter((name) => !existsSync(join(root, name, 'cgroup.procs')));
  if (missing.length > 0) {
    throw new LabError(
      `no cgroup v1 hierarchy for ${missing.join(', ')}`,
      'The lab is built for machines with cgroup v1.',
    );
  }
  for (const controller of required) {
    for (const path of [lab.cgroup, ...lab.nodes.map((node) => node.cgroupRoot)]) {
      const dir = join(root, controller, path);
      mkdirSync(dir, { recursive: true });
      if (controller === 'cpuset') inheritCpuset(dir);
    }
  }
}

/** A cpuset folder starts empty and takes no process until both lists are filled. */
function inheritCpuset(dir: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readFileSync(join(dir, file), 'utf8').trim() === '')
      writeFileSync(join(dir, file), readFileSync(join(dir, '..', file), 'utf8'));
  }
}

/** Every folder of a subtree, deepest first. */
function foldersBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => foldersBelow(join(dir, entry.name))), dir];
}

/** Ids of every process in containers of the lab, or of one of its nodes. */
export function containerProcesses(lab: Lab, node?: LabNode): number[] {
  const path = node?.cgroupRoot ?? lab.cgroup;
  const pids = hierarchies()
    .flatMap((hierarchy) => foldersBelow(join(hierarchy, path)))
    .flatMap((dir) => processesIn(dir));
  return [...new Set(pids)];
}

function processesIn(dir: string): number[] {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Freezes or thaws every container of a node at once; frozen processes answer nothing, not even SIGKILL. */
export function setFrozen(node: LabNode, frozen: boolean): void {
  const file = join(root, 'freezer', node.cgroupRoot, 'freezer.state');
  if (existsSync(file)) writeFileSync(file, frozen ? 'FROZEN' : 'THAWED');
}

/** Kills every process in containers of the lab (or of one node) until none is left. */
export async function killContainers(lab: Lab, node?: LabNode): Promise<void> {
  for (const one of node === undefined ? lab.nodes : [node]) setFrozen(one, false);
  await until(
    'end of all containers',
    15_000,
    () => {
      const pids = containerProcesses(lab, node);
      for (const pid of pids) signal(pid, 'SIGKILL');
      return pids.length === 0;
    },
    30,
  );
}

/** Removes every cgroup folder of the lab; none of them may hold a process any more. */
export async function removeCgroups(lab: Lab): Promise<void> {
  const folders = hierarchies().flatMap((hierarchy) => foldersBelow(join(hierarchy, lab.cgroup)));
  for (const dir of folders) {
    // The kernel takes a moment to let go of the last process.
    await until(`removal of ${dir}`, 5000, () => tryRemove(dir), 20);
  }
}

function tryRemove(dir: string): boolean {
  try {
    rmdirSync(dir);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return false;
  }
  return true;
}

/** Whether the lab has any cgroup folder left. */
export function hasCgroups(lab: Lab): boolean {
  return hierarchies().some((hierarchy) => existsSync(join(hierarchy, lab.cgroup)));
}

/** Unmounts everything below a folder, last mounted first. */
export async function unmountBelow(dir: string): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const mounts = mountsBelow(dir);
    if (mounts.length === 0) return;
    await run('umount', mounts.toReversed()).catch(() => undefined);
  }
  const left = mountsBelow(dir);
  if (left.length === 0) return;
  // Lazily, as the last resort: a mount that stays would be emptied together with the folder.
  await run('umount', ['-l', ...left.toReversed()]);
}

/** Mount points below a folder, in the order they were mounted. */
export function mountsBelow(dir: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) =>
        String.fromCharCode(parseInt(octal, 8)),
      ),
    )
    .filter((path) => path.startsWith(`${dir}/`));
}
