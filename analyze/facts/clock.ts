/** The capture's own clock. Objects carry the cluster's time; the capturing machine may have been fast or slow. */
import { SECOND, parseTime, type Micros } from '../../src/core/time.ts';
import type { Store } from '../store/store.ts';
import { NOTES } from './object-rows.ts';

export interface CaptureClock {
  /** When the capture began and ended, on the cluster's clock. The end of a cut bundle is the last time seen in it. */
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  /** Cluster's time minus the capturing machine's. */
  readonly skew: Micros;
  /** By how much two times from different sources may disagree: the error of the skew and Kubernetes' whole seconds. */
  readonly tolerance: Micros;
}

/** Reads the clock from what the bundle says of itself. */
export function captureClock(store: Store): CaptureClock {
  const notes = new Map(store.all(NOTES).map((note) => [note.key, note.value]));
  const skew = numberOf(notes.get('skew_ms')) * 1000;
  const error = numberOf(notes.get('skew_error_ms')) * 1000;
  const started = timeOf(notes.get('started_at'));
  const ended = timeOf(notes.get('ended_at'));
  const last = ended === undefined ? lastSeen(store) : undefined;
  const startedAt = (started ?? last ?? 0) + (started === undefined ? 0 : skew);
  const endedAt = ended === undefined ? Math.max(startedAt, last ?? 0) : ended + skew;
  return { startedAt, endedAt, skew, tolerance: SECOND + error };
}

/** The end of a capture that never wrote one: the newest thing the cluster stamped. */
function lastSeen(store: Store): Micros | undefined {
  const row = store.get<{ at: number | null }>(
    'SELECT max(at) AS at FROM (SELECT max(ended_at) AS at FROM lists UNION ALL SELECT max(last_at) FROM events UNION ALL SELECT max(at) FROM changes)',
  );
  return row?.at ?? undefined;
}

function numberOf(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function timeOf(text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : parseTime(text);
}
