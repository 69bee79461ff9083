/** Whether a container is in a crash loop, at whatever moment of it the capture looked. */
import { MINUTE, type Micros } from '../../../src/core/time.ts';
import type { ContainerRow } from '../rows.ts';

/** The kubelet waits at most five minutes between restarts, and forgets that after ten minutes of running well. */
export const LOOP_MEMORY: Micros = 10 * MINUTE;

/**
 * Waiting after a death; a program that cannot even be started, or whose postStart hook fails, alternates between two of them
 * (kuberuntime's ErrRunContainer and ErrPostStartHook).
 */
const LOOPING = new Set(['CrashLoopBackOff', 'RunContainerError', 'PostStartHookError']);

/** Whether a container dies again and again: it waits after a death, or was restarted twice and is not past it. */
export function isLooping(container: ContainerRow, now: Micros): boolean {
  const restarts = container.restarts ?? 0;
  const died = container.state === 'terminated' ? container.finished_at : container.last_finished_at;
  if (died === null || now - died > LOOP_MEMORY) return false;
  if (container.state === 'waiting') return LOOPING.has(container.reason ?? '');
  if (restarts < 2) return false;
  return container.state !== 'running' || !hasOutlived(container, now);
}

/** Whether a container that runs has left its last life behind: up for longer than that one lasted, and by half. */
function hasOutlived({ started_at, last_started_at, last_finished_at }: ContainerRow, now: Micros): boolean {
  if (started_at === null) return false;
  const life = last_started_at === null || last_finished_at === null ? 0 : last_finished_at - last_started_at;
  return now - started_at > Math.max(MINUTE, 1.5 * life);
}
