/** What is said between the process that runs a user's SQL and the one that asked. */
import { isRecord } from '../../src/core/json.ts';
import type { SqlValue } from './store.ts';

export interface ChildTask {
  readonly storePath: string;
  readonly sql: string;
  readonly limit: number;
}

export type ChildAnswer =
  | {
      readonly outcome: 'rows';
      readonly columns: string[];
      readonly rows: SqlValue[][];
      readonly truncated: false | 'rows' | 'bytes';
      readonly ms: number;
    }
  | { readonly outcome: 'error'; readonly code: string; readonly message: string; readonly hint?: string };

export function isChildTask(value: unknown): value is ChildTask {
  if (!isRecord(value)) return false;
  const { storePath, sql, limit } = value;
  return typeof storePath === 'string' && typeof sql === 'string' && typeof limit === 'number';
}

/** Its cells are not looked at one by one: they are SQLite's values, and there may be millions. */
export function isChildAnswer(value: unknown): value is ChildAnswer {
  if (!isRecord(value)) return false;
  return value['outcome'] === 'rows'
    ? Array.isArray(value['columns']) && Array.isArray(value['rows'])
    : value['outcome'] === 'error' && typeof value['code'] === 'string';
}
