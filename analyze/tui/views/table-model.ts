/** What a table view is given, and filtering its rows: at once, or in slices in the background. */
import { keepTexts, meetsLabels, type Filter } from '../components/filter.ts';
import type { Column } from '../components/table.ts';
import { listIds, sliceIds, walk } from '../data/ids.ts';
import type { KeyContext } from '../keymap.ts';
import type { Env, Ids, Job, Subject, Target } from '../screen.ts';

export interface Order {
  readonly by: string;
  readonly descending: boolean;
}

export interface TableModel<Row extends { readonly id: number }> {
  crumb(state: { readonly namespace?: string; readonly filter: string }): string;
  readonly contexts?: readonly KeyContext[];
  columns(env: Env): ReadonlyArray<Column<Row>>;
  /** All rows' ids in order. */
  ids(env: Env, asked: { readonly order?: Order; readonly namespace?: string }): Ids;
  /** The rows of some ids, in the order of the ids. */
  rows(env: Env, ids: readonly number[]): Row[];
  /** For `-l`; without it, labels match nothing. */
  labels?(env: Env, ids: readonly number[]): ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** Those that the digits 1 to 9 choose. */
  namespaces?(env: Env): readonly string[];
  /** Rows of text above the table. */
  notes?(env: Env): readonly string[];
  /** Said when there are no rows. */
  empty(env: Env): string;
  subject?(row: Row, env: Env): Subject;
  target?(row: Row, env: Env): Target | undefined;
}

/** Filters a long table in slices, telling what is found as it comes. */
export function filterJob<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  env: Env,
  all: Ids,
  filter: Filter,
  job: number,
): Job {
  return (send, signal) => {
    const kept: number[] = [];
    let told = 0;
    walk(
      {
        from: 0,
        step: 1,
        length: all.length,
        look(from, count) {
          kept.push(...keepIds(model, env, filter, sliceIds(all, from, count)));
          // The first screenful is told at once, the rest now and then.
          if (kept.length > told && (told === 0 || kept.length > told * 4)) {
            told = kept.length;
            send({ kind: 'ids', job, ids: listIds([...kept]), done: false });
          }
          return false;
        },
        end: () => send({ kind: 'ids', job, ids: listIds(kept), done: true }),
      },
      signal,
    );
  };
}

/** The ids whose rows pass. */
export function keepIds<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  env: Env,
  filter: Filter,
  ids: readonly number[],
): number[] {
  if (filter.kind === 'labels') {
    const labels = model.labels?.(env, ids);
    const none = new Map<string, string>();
    return labels === undefined
      ? []
      : ids.filter((id) => meetsLabels(filter.requirements, labels.get(id) ?? none));
  }
  const rows = model.rows(env, ids);
  const columns = model.columns(env);
  const texts = rows.map((row) => columns.map((column) => column.value(row, env)).join(' '));
  return keepTexts(filter, texts).flatMap((index) => {
    const id = rows[index]?.id;
    return id === undefined ? [] : [id];
  });
}
