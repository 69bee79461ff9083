/**
 * What `kubectl get pods` shows in STATUS and RESTARTS. The rule is printPod in Kubernetes' pkg/printers/internalversion.
 */
import { fields, integer, items, text, type Fields } from './read.ts';

export interface PodStatus {
  /** `Running`, `CrashLoopBackOff`, `Init:0/2`, `Terminating`; null when the pod has no phase. */
  readonly reason: string | null;
  readonly restarts: number;
  /** Status of the Ready condition. */
  readonly ready: string | null;
}

/** Reads a Pod as served; never throws. */
export function podStatus(pod: Fields): PodStatus {
  const status = fields(pod['status']);
  const conditions = items(status['conditions']);
  const ready = statusOf(conditions, 'Ready');
  const init = initialising(pod);
  let reason = text(status['reason']) ?? text(status['phase']);
  if (conditions.some((one) => one['type'] === 'PodScheduled' && one['reason'] === 'SchedulingGated')) {
    reason = 'SchedulingGated';
  }
  let restarts = init.restarts;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || statusOf(conditions, 'Initialized') === 'True') {
    const running = runningPart(items(status['containerStatuses']));
    restarts = init.sidecarRestarts + running.restarts;
    if (running.reason !== undefined) reason = running.reason;
    if (reason === 'Completed' && running.any) reason = ready === 'True' ? 'Running' : 'NotReady';
  }
  if (text(fields(pod['metadata'])['deletionTimestamp']) !== null) {
    const phase = status['phase'];
    if (status['reason'] === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Failed' && phase !== 'Succeeded') reason = 'Terminating';
  }
  return { reason, restarts, ready };
}

function statusOf(conditions: readonly Fields[], type: string): string | null {
  return text(conditions.find((condition) => condition['type'] === type)?.['status']);
}

interface Initialising {
  /** Set while an init container has not done its part. */
  readonly reason: string | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
}

function initialising(pod: Fields): Initialising {
  const declared = items(fields(pod['spec'])['initContainers']);
  const statuses = items(fields(pod['status'])['initContainerStatuses']);
  let restarts = 0;
  let sidecarRestarts = 0;
  for (const [index, one] of statuses.entries()) {
    const count = integer(one['restartCount']) ?? 0;
    restarts += count;
    const sidecar = declared.some(
      (container) => container['name'] === one['name'] && container['restartPolicy'] === 'Always',
    );
    if (sidecar) sidecarRestarts += count;
    const state = fields(one['state']);
    const terminated = state['terminated'] === undefined ? undefined : fields(state['terminated']);
    if (terminated !== undefined && terminated['exitCode'] === 0) continue;
    if (sidecar && one['started'] === true) continue;
    return { reason: initReason(state, terminated, index, declared.length), restarts, sidecarRestarts };
  }
  return { reason: undefined, restarts, sidecarRestarts };
}

function initReason(state: Fields, terminated: Fields | undefined, index: number, of: number): string {
  if (terminated !== undefined) return `Init:${terminatedReason(terminated)}`;
  const waiting = text(fields(state['waiting'])['reason']);
  return waiting !== null && waiting !== '' && waiting !== 'PodInitializing'
    ? `Init:${waiting}`
    : `Init:${index}/${of}`;
}

function terminatedReason(terminated: Fields): string {
  const reason = text(terminated['reason']);
  if (reason !== null && reason !== '') return reason;
  const signal = integer(terminated['signal']);
  return signal !== null && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${integer(terminated['exitCode']) ?? 0}`;
}

/** Of several reasons the first container's is shown, as kubectl walks the list backwards. */
function runningPart(statuses: readonly Fields[]): { reason?: string; restarts: number; any: boolean } {
  let reason: string | undefined;
  let restarts = 0;
  let any = false;
  for (const one of statuses.toReversed()) {
    restarts += integer(one['restartCount']) ?? 0;
    const state = fields(one['state']);
    const waiting = text(fields(state['waiting'])['reason']);
    if (waiting !== null && waiting !== '') reason = waiting;
    else if (state['terminated'] !== undefined) reason = terminatedReason(fields(state['terminated']));
    else if (one['ready'] === true && state['running'] !== undefined) any = true;
  }
  return reason === undefined ? { restarts, any } : { reason, restarts, any };
}
