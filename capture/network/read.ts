/** Fields of objects as served, any of which may be missing or of another type. */
import { asRecord, isRecord, type JsonRecord } from '../../src/core/json.ts';

export function listOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.map((entry) => asRecord(entry)) : [];
}

/** The strings of a list, or the values of a map that are strings. */
export function stringsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value)
    ? value
    : isRecord(value)
      ? Object.values(value)
      : [];
  return values.filter((entry) => typeof entry === 'string');
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
