/** Times as people type them: `14:19`, `14:19:03`, `2026-11-23T14:19:03Z`, `2026-11-23 14:19`, `10m` (before the capture). */
import { DAY, HOUR, MINUTE, SECOND, parseDuration, parseTime, type Micros } from '../core/time.ts';

export interface MomentOptions {
  /** What durations are counted back from, and whose day a clock alone means. */
  readonly reference: Micros;
  /** Times without a zone are in this machine's zone; otherwise UTC. */
  readonly local?: boolean;
}

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?(Z?)$/i;
const DATED = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)$/i;

/**
 * Parses one; undefined when it is none. A clock alone means the last such time at or before the reference (half a day
 * after it is still taken as the same day's).
 */
export function parseMoment(text: string, { reference, local = false }: MomentOptions): Micros | undefined {
  const trimmed = text.trim();
  const exact = parseTime(trimmed);
  if (exact !== undefined) return exact;
  const ago = parseDuration(trimmed.replace(/^-/, ''));
  if (ago !== undefined) return reference - ago;
  const dated = DATED.exec(trimmed);
  if (dated) return zoned(`${dated[1]}T${withSeconds(dated[2] ?? '')}`, local);
  const clock = CLOCK.exec(trimmed);
  return clock ? clockTime(clock, reference, local) : undefined;
}

function clockTime(clock: RegExpExecArray, reference: Micros, local: boolean): Micros {
  const [, hours = '', minutes = '', seconds = '0', fraction = '', zulu = ''] = clock;
  const sinceMidnight =
    Number(hours) * HOUR +
    Number(minutes) * MINUTE +
    Number(seconds) * SECOND +
    Number(fraction.padEnd(6, '0'));
  const offset = local && zulu === '' ? -new Date(reference / 1000).getTimezoneOffset() * MINUTE : 0;
  const midnight = Math.floor((reference + offset) / DAY) * DAY - offset;
  const at = midnight + sinceMidnight;
  return at > reference + DAY / 2 ? at - DAY : at;
}

function withSeconds(clock: string): string {
  return clock.length === 5 ? `${clock}:00` : clock;
}

function zoned(text: string, local: boolean): Micros | undefined {
  if (!local) return parseTime(`${text}Z`);
  // Date takes a time without a zone as local time, to the millisecond.
  const millis = Date.parse(text.slice(0, 23));
  return Number.isNaN(millis) ? undefined : millis * 1000;
}
