/** What a source of the timeline is: one file `analyze/timeline/sources/<id>.ts` with a default export of this shape. */
import type { Micros } from '../../src/core/time.ts';
import { defineQuery, type Query } from '../store/query.ts';
import type { Store } from '../store/store.ts';

/** How much an entry matters. Uncovered time is no event at all and never filtered away by severity. */
export const SEVERITY = { unknown: 0, trace: 1, normal: 2, warning: 3, error: 4 } as const;
export type Severity = (typeof SEVERITY)[keyof typeof SEVERITY];

/** One entry as a source gives it; the builder adds the source and puts all of them in order. */
export interface SourceRow {
  readonly at: Micros;
  /** The end of what lasts, or of an interval within which it happened. */
  readonly until: Micros | null;
  readonly severity: number;
  /** `observed`: somebody wrote down this very time. `inferred`: it follows from something else. `unknown`: no evidence. */
  readonly basis: 'observed' | 'inferred' | 'unknown';
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  /** objects.id of what the entry is about, where that object is in the bundle. */
  readonly object_id: number | null;
  readonly reason: string | null;
  /** Foreign text, as it was: whoever shows it makes it printable. */
  readonly text: string;
  readonly file_id: number | null;
  readonly line: number | null;
  /** Order among entries of one source with equal times. */
  readonly seq: number;
}

export const SOURCE_COLUMNS = [
  'at',
  'until',
  'severity',
  'basis',
  'kind',
  'namespace',
  'name',
  'object_id',
  'reason',
  'text',
  'file_id',
  'line',
  'seq',
] as const satisfies ReadonlyArray<keyof SourceRow>;

interface SourceHead {
  /** Equal to the file's name, and to the column `source` of its entries. */
  readonly id: string;
  /** A noun phrase. */
  readonly title: string;
  /** What its times mean, and what it cannot say. */
  readonly explain: string;
  /** Order among sources at equal times: what usually comes first in a chain of causes has the lower number. */
  readonly rank: number;
}

/** A source is a statement (`queries/timeline-<id>.sql`) wherever SQL can say it, else a function over the store. */
export type TimelineSource =
  | (SourceHead & { readonly query: Query<SourceRow> })
  | (SourceHead & { rows(store: Store): Iterable<SourceRow> });

/** The statement of a source: a SELECT of exactly SOURCE_COLUMNS. */
export function sourceQuery(name: `timeline-${string}`): Query<SourceRow> {
  return defineQuery<SourceRow>(name, SOURCE_COLUMNS);
}

/** Longer texts are cut: the whole of it is one keypress away, at the evidence. */
export const MAX_TEXT = 500;
