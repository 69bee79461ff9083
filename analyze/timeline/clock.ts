/** A time as the timeline and the replay print it: UTC, this machine's zone, or counted from the capture. */
import { formatDuration, formatTime, type Micros } from '../../src/core/time.ts';

export const ZONES = ['utc', 'local', 'relative'] as const;
export type Zone = (typeof ZONES)[number];

/** `14:19:03`; relative: `-4m10s`, counted from the reference. */
export function clockText(at: Micros, zone: Zone, reference: Micros): string {
  if (zone !== 'relative') return iso(at, zone).slice(11);
  const offset = at - reference;
  return `${offset > 0 ? '+' : ''}${formatDuration(offset)}`;
}

/** `2026-11-23` in the zone. */
export function dayText(at: Micros, zone: Exclude<Zone, 'relative'>): string {
  return iso(at, zone).slice(0, 10);
}

function iso(at: Micros, zone: 'utc' | 'local'): string {
  if (zone === 'utc') return formatTime(at, 0).slice(0, 19);
  const millis = Math.floor(at / 1000);
  return new Date(millis - new Date(millis).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
