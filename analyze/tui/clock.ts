/** How times are shown: UTC, the reader's own zone, or relative to the capture; one switch for the whole UI. */
import { formatDuration, formatTime, parseTime, type Micros } from '../../src/core/time.ts';

export const CLOCKS = ['utc', 'local', 'relative'] as const;
export type ClockMode = (typeof CLOCKS)[number];

export interface Clock {
  readonly mode: ClockMode;
  /** The moment of the capture, from which relative times and ages count. */
  readonly reference: Micros;
  /** `05-08 14:19:03.250Z`; the same width for every time of a mode. Without a time, `-`. */
  stamp(at: Micros | undefined): string;
  /** `14:19:03Z`, with the day in front when it is not the capture's. For sentences. */
  short(at: Micros | undefined): string;
  /** `12m04s`: how long before the capture, as kubectl shows ages. */
  age(at: Micros | undefined): string;
  readonly stampWidth: number;
}

/** A clock that shows times in one mode. */
export function createClock(mode: ClockMode, reference: Micros): Clock {
  const day = iso(mode, reference).slice(0, 10);
  const zone = mode === 'utc' ? 'Z' : '';
  return {
    mode,
    reference,
    stampWidth: mode === 'relative' ? 9 : 18 + zone.length,
    stamp(at) {
      if (at === undefined) return '-';
      return mode === 'relative'
        ? offset(at, reference)
        : iso(mode, at).slice(5, 23).replace('T', ' ') + zone;
    },
    short(at) {
      if (at === undefined) return '-';
      if (mode === 'relative') return offset(at, reference);
      const text = iso(mode, at);
      const clock = text.slice(11, 19) + zone;
      return text.startsWith(day) ? clock : `${text.slice(0, 10)} ${clock}`;
    },
    age: (at) => (at === undefined ? '-' : formatDuration(reference - at)),
  };
}

/** RFC 3339 out of a verdict or a replay, in the clock's mode; what is no time is shown as it is. */
export function shortText(clock: Clock, text: string | undefined): string {
  if (text === undefined) return '-';
  const at = parseTime(text);
  return at === undefined ? text : clock.short(at);
}

/** What the status bar calls a mode. */
export function clockName(mode: ClockMode): string {
  if (mode === 'utc') return 'UTC';
  if (mode === 'relative') return 'relative';
  const minutes = -new Date().getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0');
  return `local ${sign}${hours}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
}

export function nextClock(mode: ClockMode): ClockMode {
  return CLOCKS[(CLOCKS.indexOf(mode) + 1) % CLOCKS.length] ?? 'utc';
}

function offset(at: Micros, reference: Micros): string {
  const delta = at - reference;
  return delta < 0 ? formatDuration(delta) : `+${formatDuration(delta)}`;
}

function iso(mode: ClockMode, at: Micros): string {
  if (mode !== 'local') return formatTime(at, 3);
  const shifted = at - new Date(Math.floor(at / 1000)).getTimezoneOffset() * 60_000_000;
  return formatTime(shifted, 3);
}
