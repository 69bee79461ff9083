/**
 * Time as the product keeps it: integer microseconds since the epoch, UTC. Kubernetes serves `metav1.Time` (seconds),
 * `metav1.MicroTime` (microseconds) and container log prefixes (RFC 3339 with nanoseconds); all fit, the last truncated.
 */

/** Integer microseconds since 1970-01-01T00:00:00Z. Safe as a number until the year 2255. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)$/;

/** Parses RFC 3339 with up to nine fraction digits (truncated to six). Anything else is undefined, never a guess. */
export function parseTime(text: unknown): Micros | undefined {
  if (typeof text !== 'string') return undefined;
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, date, clock, fraction = '', zone = 'Z'] = match;
  const millis = Date.parse(`${date}T${clock}${zone.toUpperCase()}`);
  if (Number.isNaN(millis)) return undefined;
  return millis * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** RFC 3339 in UTC; with `digits` 0, 3 or 6 of fraction (default: as many of 0 or 6 as are needed). */
export function formatTime(at: Micros, digits?: 0 | 3 | 6): string {
  const millis = Math.floor(at / 1000);
  const base = new Date(millis).toISOString();
  const micros = at - millis * 1000;
  const fraction = base.slice(20, 23) + String(micros).padStart(3, '0');
  const wanted = digits ?? (Number(fraction) === 0 ? 0 : 6);
  return wanted === 0 ? `${base.slice(0, 19)}Z` : `${base.slice(0, 19)}.${fraction.slice(0, wanted)}Z`;
}

/** A duration as people say it: `850ms`, `12s`, `4m10s`, `3h02m`, `5d4h`. Negative ones carry a minus sign. */
export function formatDuration(micros: Micros): string {
  const sign = micros < 0 ? '-' : '';
  const abs = Math.abs(micros);
  if (abs < SECOND) return `${sign}${Math.round(abs / 1000)}ms`;
  const seconds = Math.floor(abs / SECOND);
  if (seconds < 60) return `${sign}${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${sign}${minutes}m${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${sign}${hours}h${pad(minutes % 60)}m`;
  return `${sign}${Math.floor(hours / 24)}d${hours % 24}h`;
}

const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/;
const UNITS: Readonly<Record<string, Micros>> = { us: 1, ms: 1000, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Parses `90s`, `5m`, `1h30m`, `2d` into microseconds; undefined when it is none. */
export function parseDuration(text: string): Micros | undefined {
  const parts = text.trim().match(/\d+(?:\.\d+)?(?:us|ms|s|m|h|d)/g);
  if (!parts || parts.join('') !== text.trim()) return undefined;
  let total = 0;
  for (const part of parts) {
    const [, count = '', unit = ''] = DURATION.exec(part) ?? [];
    const size = UNITS[unit];
    if (size === undefined) return undefined;
    total += Number(count) * size;
  }
  return Math.round(total);
}

/** The present as Micros. Only the rim (capture, cli) may call it: checks and replay have no clock. */
export function now(): Micros {
  return Date.now() * 1000;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
