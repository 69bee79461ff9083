// What /proc says about processes: enough to know one again for certain and to find its family.
import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../values.ts';

export interface ProcessStat {
  pid: number;
  parent: number;
  /** R, S, D, T (stopped), Z … as in proc(5). */
  state: string;
  /** Clock ticks after boot; with the pid it names one process for as long as the machine is up. */
  startTime: string;
  /** Threads that are left of it, the first included even when that one has ended. */
  threads: number;
  /** Resident pages. */
  residentPages: number;
}

/** The process with that id, or undefined when there is none. */
export function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold spaces and parentheses itself: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    threads: Number(fields[17]),
    startTime: fields[19] ?? '',
    residentPages: Number(fields[21]),
  };
}

/**
 * When a process started, in ticks since boot; undefined when it is gone or a zombie. One whose first thread has ended
 * looks like a zombie too, and holds its files and ports until the last thread has.
 */
export function startTimeOf(pid: number): string | undefined {
  const stat = statOf(pid);
  return stat === undefined || (stat.state === 'Z' && stat.threads <= 1) ? undefined : stat.startTime;
}

/** Every process of the machine. */
export function allProcesses(): ProcessStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => statOf(Number(pid))).filter((stat) => stat !== undefined);
}

/** The given processes and all that descend from them, parents first. */
export function withDescendants(
  roots: readonly number[],
  processes: readonly ProcessStat[] = allProcesses(),
): number[] {
  const children = new Map<number, number[]>();
  for (const { pid, parent } of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found = new Set<number>();
  const queue = [...roots];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    if (found.has(pid)) continue;
    found.add(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return [...found];
}

/** Whether a process was started with this variable in its environment. */
export function hasEnvironment(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry);
  } catch {
    return false;
  }
}

/** Tells one boot of the machine from another. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
