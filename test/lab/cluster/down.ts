// Takes a lab down and leaves nothing: works on a whole lab, on half of one, and on what a crash left.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Report } from '../build/build.ts';
import { LabError } from '../lab-error.ts';
import { until } from '../run.ts';
import {
  containerProcesses,
  hasCgroups,
  killContainers,
  mountsBelow,
  removeCgroups,
  setFrozen,
  unmountBelow,
} from './cgroups.ts';
import { type Lab, netnsPath } from './lab.ts';
import { withLock } from './lock.ts';
import { removeNetwork } from './network.ts';
import { signal } from './proc.ts';
import { isRunning, ownedProcesses, records } from './processes.ts';
import { removeTraces, tracesOf } from './traces.ts';

/** Takes the lab down. Returns whether there was anything. */
export async function down(lab: Lab, report: Report): Promise<boolean> {
  return await withLock(
    `${lab.dir}.lock`,
    (pid) => report(`another process (${pid}) is at work on lab ${lab.name}; waiting for it`),
    async () => {
      if (isClean(lab)) return false;
      await clean(lab);
      return true;
    },
  );
}

/** Names of everything of the lab that still is on the machine. */
export function remains(lab: Lab): string[] {
  const namespaces = [lab.controlPlane, ...lab.nodes].filter(({ netns }) => existsSync(netnsPath(netns)));
  return [
    ...ownedProcesses(lab).map((pid) => `process ${pid}`),
    ...containerProcesses(lab).map((pid) => `container process ${pid}`),
    ...namespaces.map(({ netns }) => `network namespace ${netns}`),
    ...mountsBelow(lab.dir).map((path) => `mount ${path}`),
    ...(hasCgroups(lab) ? [`cgroup ${lab.cgroup}`] : []),
    ...tracesOf(lab).map((path) => `file ${path}`),
    ...(existsSync(lab.dir) ? [`folder ${lab.dir}`] : []),
  ];
}

/** Whether nothing of the lab is on the machine. */
export const isClean = (lab: Lab): boolean => remains(lab).length === 0;

/** Removes everything of the lab; the caller holds its lock. */
export async function clean(lab: Lab): Promise<void> {
  const traces = tracesOf(lab);
  for (const node of lab.nodes) setFrozen(node, false);
  // Who starts containers goes first, or there would be new ones behind our back.
  for (const record of records(lab)) if (isRunning(record)) signal(record.pid, 'SIGKILL');
  await until('end of all processes', 20_000, () => endProcesses(lab), 30);
  await killContainers(lab);
  await unmountBelow(lab.dir);
  await removeNetwork(lab);
  await removeCgroups(lab);
  removeTraces([...traces, ...tracesOf(lab)]);
  const mounts = mountsBelow(lab.dir);
  if (mounts.length > 0)
    throw new LabError(
      `still mounted: ${mounts.join(', ')}`,
      'Nothing was deleted below. Unmount it and run `down` again.',
    );
  await rm(lab.dir, { recursive: true, force: true });
}

function endProcesses(lab: Lab): boolean {
  const pids = ownedProcesses(lab);
  for (const pid of pids) signal(pid, 'SIGKILL');
  return pids.length === 0;
}
