/** What is said between the process that runs a user's SQL and the one that asked. */
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
