// Starts the lab's long-running programs, remembers each by id and start time, and ends exactly those.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';
import { until } from '../run.ts';
import { fromJson } from '../values.ts';
import { netnsPath, type Lab } from './lab.ts';
import {
  allProcesses,
  bootId,
  hasEnvironment,
  signal,
  startTimeOf,
  statOf,
  withDescendants,
} from './proc.ts';

/** One program of the lab, with all that is needed to start it again. */
export interface Component {
  name: string;
  command: string;
  args: readonly string[];
  /** Network namespace to run in; none means the root one. */
  netns?: string;
  env?: Record<string, string>;
}

export interface ProcessRecord extends Component {
  pid: number;
  startTime: string;
  bootId: string;
}

const recordsDir = (lab: Lab): string => join(lab.dir, 'processes');

/** Where a component's output goes. */
export const logFile = (lab: Lab, name: string): string => join(lab.dir, 'logs', `${name}.log`);

/**
 * Every process of the lab and all their children (shims, socat's forks) carry this in their environment,
 * so that none is lost when `up` is killed between starting and recording.
 */
export const ownershipMark = (lab: Lab): string => `INQUEST_LAB_OWNED=${lab.dir}`;

/** Starts a component in the background and records it. A component that still runs is left alone. */
export function start(lab: Lab, component: Component): ProcessRecord {
  const before = recordOf(lab, component.name);
  if (before !== undefined && isRunning(before)) return before;
  mkdirSync(join(lab.dir, 'logs'), { recursive: true });
  mkdirSync(recordsDir(lab), { recursive: true });
  const log = openSync(logFile(lab, component.name), 'a');
  // nsenter without --fork replaces itself: the recorded id is the component's own.
  const [command, args] =
    component.netns === undefined
      ? [component.command, component.args]
      : ['nsenter', [`--net=${netnsPath(component.netns)}`, component.command, ...component.args]];
  const [key = '', value = ''] = ownershipMark(lab).split('=');
  const child = spawn(command, args, {
    cwd: lab.dir,
    detached: true,
    env: { ...process.env, ...component.env, [key]: value },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  const startTime = child.pid === undefined ? undefined : startTimeOf(child.pid);
  if (child.pid === undefined || startTime === undefined)
    throw new LabError(`${component.name} did not start`);
  const record: ProcessRecord = { ...component, pid: child.pid, startTime, bootId: bootId() };
  const path = join(recordsDir(lab), `${component.name}.json`);
  writeFileSync(`${path}.tmp`, JSON.stringify(record, null, 2));
  renameSync(`${path}.tmp`, path);
  return record;
}

/** Everything that was ever started in this lab, running or not. */
export function records(lab: Lab): ProcessRecord[] {
  if (!existsSync(recordsDir(lab))) return [];
  const files = readdirSync(recordsDir(lab)).filter((file) => file.endsWith('.json'));
  return files.map((file) => fromJson<ProcessRecord>(readFileSync(join(recordsDir(lab), file), 'utf8')));
}

/** The record of one component. */
export function recordOf(lab: Lab, name: string): ProcessRecord | undefined {
  return records(lab).find((record) => record.name === name);
}

/** Whether the recorded process is still that very process. */
export function isRunning(record: ProcessRecord): boolean {
  return record.bootId === bootId() && startTimeOf(record.pid) === record.startTime;
}

/** R, S, T (stopped) …; undefined when it is gone. */
export function stateOf(record: ProcessRecord): string | undefined {
  return isRunning(record) ? statOf(record.pid)?.state : undefined;
}

/**
 * Ends one component and waits until it is gone.
 *
 * @param grace milliseconds between SIGTERM and SIGKILL; 0 kills at once.
 */
export async function stop(lab: Lab, name: string, grace = 10_000): Promise<void> {
  const record = recordOf(lab, name);
  if (record === undefined || !isRunning(record)) return;
  signal(record.pid, 'SIGCONT');
  if (grace > 0) {
    signal(record.pid, 'SIGTERM');
    const gone = await until(`end of ${name}`, grace, () => !isRunning(record), 50).catch(() => false);
    if (gone) return;
  }
  if (isRunning(record)) signal(record.pid, 'SIGKILL');
  await until(`end of ${name} after SIGKILL`, 10_000, () => !isRunning(record), 20);
}

/** Starts a component again the way it was started before. */
export function startAgain(lab: Lab, name: string): ProcessRecord {
  const record = recordOf(lab, name);
  if (record === undefined) throw new LabError(`no component "${name}" in lab ${lab.name}`, known(lab));
  return start(lab, record);
}

/** Sends a signal to a running component. */
export function signalComponent(lab: Lab, name: string, which: NodeJS.Signals): void {
  const record = recordOf(lab, name);
  if (record === undefined) throw new LabError(`no component "${name}" in lab ${lab.name}`, known(lab));
  if (!isRunning(record)) throw new LabError(`${name} does not run`);
  signal(record.pid, which);
}

/** Ids of every live process that this lab started, directly or not (containers are found by their cgroup). */
export function ownedProcesses(lab: Lab): number[] {
  const mark = ownershipMark(lab);
  const processes = allProcesses().filter((stat) => stat.state !== 'Z');
  const marked = processes.filter((stat) => hasEnvironment(stat.pid, mark)).map((stat) => stat.pid);
  const recorded = records(lab)
    .filter(isRunning)
    .map((record) => record.pid);
  return withDescendants([...new Set([...recorded, ...marked])], processes).filter(
    (pid) => pid !== process.pid,
  );
}

/** Removes what is remembered of a component that shall not come back. */
export function forget(lab: Lab, name: string): void {
  rmSync(join(recordsDir(lab), `${name}.json`), { force: true });
}

function known(lab: Lab): string {
  return `There are: ${
    records(lab)
      .map((record) => record.name)
      .join(', ') || 'none; run `npm run lab up`'
  }.`;
}
