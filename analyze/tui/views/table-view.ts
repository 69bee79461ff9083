/** A screen that is a table of any length: windowed, filtered, sorted, one row selected. */
import { drawHead, drawRow, placeColumns, wantedWidths } from '../components/table.ts';
import { parseFilter } from '../components/filter.ts';
import { moveList, placeAt, windowTop, type ListPosition } from '../components/list.ts';
import { listIds, NO_IDS, sliceIds } from '../data/ids.ts';
import type { Act, Env, Ids, Job, Message, Outcome, Screen } from '../screen.ts';
import { cell, fit } from '../width.ts';
import { filterJob, keepIds, type Order, type TableModel } from './table-model.ts';

interface TableState {
  readonly position: ListPosition;
  readonly all: Ids;
  readonly ids: Ids;
  readonly order?: Order;
  readonly namespace?: string;
  readonly filter: string;
  /** The running filter job, whose messages count. */
  readonly job: number;
  readonly working: boolean;
}

export interface TableStart {
  readonly namespace?: string;
  readonly filter?: string;
  /** Index of the row to select. */
  readonly cursor?: number;
}

/** What is remembered between frames: the rows of the window, and widths that only grow. */
interface Memo<Row> {
  ids: Ids | undefined;
  top: number;
  height: number;
  rows: readonly Row[];
  widths: readonly number[];
}

let jobs = 0;

/** Opens a table. A filter that comes with it is applied at once when the table is small, else in the background. */
export function openTable<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  env: Env,
  start: TableStart = {},
): Outcome & { readonly screen: Screen } {
  const memo: Memo<Row> = { ids: undefined, top: 0, height: 0, rows: [], widths: [] };
  const all = model.ids(env, start.namespace === undefined ? {} : { namespace: start.namespace });
  const state: TableState = {
    position: placeAt({ cursor: 0, top: 0 }, start.cursor ?? 0, all.length, 1),
    all,
    ids: all,
    ...(start.namespace === undefined ? {} : { namespace: start.namespace }),
    filter: '',
    job: 0,
    working: false,
  };
  return tableOutcome(model, memo, env, filtered(model, env, state, start.filter ?? ''));
}

interface Filtered {
  readonly state: TableState;
  readonly job?: Job;
}

function tableOutcome<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  memo: Memo<Row>,
  env: Env,
  { state, job }: Filtered,
): Outcome & { readonly screen: Screen } {
  return { screen: tableScreen(model, memo, state), ...(job === undefined ? {} : { job }) };
}

function tableScreen<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  memo: Memo<Row>,
  state: TableState,
): Screen {
  const become = (env: Env, next: Filtered): Outcome => tableOutcome(model, memo, env, next);
  const selected = (env: Env): Row | undefined => {
    const id = state.ids.at(state.position.cursor);
    return id === undefined ? undefined : model.rows(env, [id])[0];
  };
  return {
    crumb: model.crumb(state),
    contexts: [...(model.contexts ?? []), 'table', 'object', 'move'],
    draw: (env) => drawTable(model, memo, state, env),
    status: () => tableStatus(state),
    sorts: (env) =>
      model.columns(env).flatMap(({ key, title }) => (key === undefined ? [] : [[key, title] as const])),
    subject(env) {
      const row = selected(env);
      return row === undefined ? undefined : model.subject?.(row, env);
    },
    act(env, act) {
      const height = bodyHeight(model, env);
      const position = moveList(state.position, act.action, state.ids.length, height);
      if (position !== undefined) return become(env, { state: { ...state, position } });
      if (act.action === 'open') {
        const row = selected(env);
        const target = row === undefined ? undefined : model.target?.(row, env);
        return target === undefined ? {} : { open: target };
      }
      return tableAction(model, state, env, act, (next) => become(env, next));
    },
    receive: (env, message) => become(env, { state: received(state, message, bodyHeight(model, env)) }),
  };
}

function tableAction<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  state: TableState,
  env: Env,
  act: Act,
  become: (next: Filtered) => Outcome,
): Outcome | undefined {
  // A key that begins with `=` is what was typed into the prompt: keys of a terminal never look like that.
  if (act.action === 'filter' && act.key.startsWith('=')) {
    return become(filtered(model, env, state, act.key.slice(1)));
  }
  if (act.action === 'filter') {
    return {
      ask: {
        kind: 'filter',
        label: '/',
        text: state.filter,
        live: true,
        // The screen may have moved on while the filter was typed: it filters itself, not this older state.
        submit: (env, screen, text) => filterTable(screen, env, text),
      },
    };
  }
  if (act.action === 'back' && state.filter !== '') return become(filtered(model, env, state, ''));
  if (act.action === 'sort') {
    const by = model.columns(env).find((column) => column.key === act.key)?.order;
    if (by === undefined) return { say: `No column here sorts by ${act.key}; ? lists them.` };
    const order = { by, descending: state.order?.by === by && !state.order.descending };
    return become(reordered(model, env, { ...state, order }));
  }
  if (act.action === 'namespace') return chooseNamespace(model, state, env, act, become);
  return undefined;
}

function chooseNamespace<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  state: TableState,
  env: Env,
  act: Act,
  become: (next: Filtered) => Outcome,
): Outcome | undefined {
  const names = model.namespaces?.(env);
  if (names === undefined) return undefined;
  const { namespace: _, ...rest } = state;
  if (act.key === '0') return become(reordered(model, env, rest));
  const namespace = names[Number(act.key) - 1];
  if (namespace === undefined) return { say: `There is no namespace number ${act.key}.` };
  return become(reordered(model, env, { ...rest, namespace }));
}

function reordered<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  env: Env,
  state: TableState,
): Filtered {
  const all = model.ids(env, state);
  const next = { ...state, all, ids: all, position: { cursor: 0, top: 0 } };
  return filtered(model, env, next, state.filter);
}

/** Tables up to this long are filtered at once, longer ones in slices. */
const AT_ONCE = 2000;

function filtered<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  env: Env,
  state: TableState,
  text: string,
): Filtered {
  const filter = parseFilter(text);
  jobs += 1;
  const base = { ...state, filter: filter.kind === 'none' ? '' : text, job: jobs };
  const first = { cursor: 0, top: 0 };
  if (filter.kind === 'none') {
    const same = state.filter === '' ? state.position : first;
    return { state: { ...base, ids: state.all, position: same, working: false } };
  }
  if (state.all.length <= AT_ONCE) {
    const ids = listIds(keepIds(model, env, filter, sliceIds(state.all, 0, state.all.length)));
    return { state: { ...base, ids, position: first, working: false } };
  }
  return {
    state: { ...base, ids: NO_IDS, position: first, working: true },
    job: filterJob(model, env, state.all, filter, jobs),
  };
}

function received(state: TableState, message: Message, height: number): TableState {
  if (message.kind !== 'ids' || message.job !== state.job) return state;
  const position = placeAt(state.position, state.position.cursor, message.ids.length, height);
  return { ...state, ids: message.ids, working: !message.done, position };
}

function bodyHeight<Row extends { readonly id: number }>(model: TableModel<Row>, env: Env): number {
  return Math.max(1, env.size.rows - 1 - (model.notes?.(env).length ?? 0));
}

function drawTable<Row extends { readonly id: number }>(
  model: TableModel<Row>,
  memo: Memo<Row>,
  state: TableState,
  env: Env,
): string[] {
  const notes = (model.notes?.(env) ?? []).map((note) =>
    env.theme.paint('dim', fit(` ${cell(note)}`, env.size.columns)),
  );
  const height = bodyHeight(model, env);
  const top = windowTop(state.position, state.ids.length, height);
  const columns = model.columns(env);
  if (memo.ids !== state.ids || memo.top !== top || memo.height !== height) {
    memo.rows = model.rows(env, sliceIds(state.ids, top, height));
    memo.ids = state.ids;
    memo.top = top;
    memo.height = height;
  }
  memo.widths = wantedWidths(columns, memo.rows, env, memo.widths);
  const placed = placeColumns(columns, memo.widths, env.size.columns);
  const head = drawHead(placed, env, state.order);
  if (state.ids.length === 0) {
    const said = state.working
      ? 'filtering…'
      : state.filter === ''
        ? model.empty(env)
        : `nothing matches ${state.filter}`;
    return [...notes, head, `  ${env.theme.paint('dim', fit(cell(said), env.size.columns - 2))}`];
  }
  const rows = memo.rows.map((row, index) =>
    drawRow(placed, row, env, top + index === state.position.cursor),
  );
  return [...notes, head, ...rows];
}

function tableStatus(state: TableState): string {
  const filter = state.filter === '' ? '' : `/${state.filter}  `;
  const of = state.filter === '' ? '' : ` of ${state.all.length}`;
  const dots = state.working ? '…' : '';
  const at = state.ids.length === 0 ? 0 : state.position.cursor + 1;
  return `${filter}${at}/${state.ids.length}${dots}${of}`;
}

/** Applies a filter to the table on the screen, as typing it does. */
export function filterTable(screen: Screen, env: Env, text: string): Outcome | undefined {
  return screen.act(env, { action: 'filter', key: `=${text}` });
}
