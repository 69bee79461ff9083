/** Tolerant readers: any field of a captured object may be missing, null or of another type, and none may throw. */
import { isRecord } from '../../src/core/json.ts';
import { parseTime } from '../../src/core/time.ts';

export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = Object.freeze({});

/** The value when it is an object, else an empty one. */
export function fields(value: unknown): Fields {
  return isRecord(value) ? value : NOTHING;
}

/** The objects of a list; anything else in it is passed over. */
export function items(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The strings of a list. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A string, or null. SQLite's TEXT takes no lone surrogates or NUL without harm, so neither is changed here. */
export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A string or number as a string (ports, quantities), or null. */
export function scalar(value: unknown): string | null {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

/** An integer that SQLite and JavaScript both hold exactly, or null. */
export function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** A time in microseconds, or null. */
export function time(value: unknown): number | null {
  return parseTime(value) ?? null;
}

/** 1 or 0; what is no boolean is the default. */
export function flag(value: unknown, otherwise = false): 0 | 1 {
  return (typeof value === 'boolean' ? value : otherwise) ? 1 : 0;
}

/** JSON of what is set, else null. */
export function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
