/** The SQL console: a statement over everything that was captured, run in a process of its own, its rows in a table. */
import { messageOf, UserError } from '../../../src/core/errors.ts';
import { plural } from '../../../src/core/text.ts';
import { EXAMPLES } from '../../store/overview.ts';
import type { Store } from '../../store/store.ts';
import { moveList, windowTop, type ListPosition } from '../components/list.ts';
import { drawHead, drawRow, placeColumns, wantedWidths, type Column } from '../components/table.ts';
import type { Act, Env, Job, Message, Outcome, Screen, SqlResult } from '../screen.ts';
import { cell, fit, truncate } from '../width.ts';

interface SqlState {
  readonly sql: string;
  readonly job: number;
  readonly running: boolean;
  readonly result?: SqlResult;
  readonly failure?: string;
  readonly position: ListPosition;
  /** Columns scrolled away at the left. */
  readonly left: number;
}

const START: ListPosition = { cursor: 0, top: 0 };
/** Rows above the result: the statement, and what became of it. */
const HEAD = 2;

let jobs = 0;

/** The console, asking for a statement; below it examples to begin with. */
export function openSql(env: Env): Outcome {
  const state: SqlState = { sql: '', job: 0, running: false, position: START, left: 0 };
  return { screen: sqlScreen(state), ...askFor(state.sql, env) };
}

function askFor(text: string, _env: Env): Outcome {
  return {
    ask: {
      kind: 'sql',
      label: 'sql> ',
      text,
      submit: (env, screen, sql) => screen.act(env, { action: 'sql', key: `=${sql}` }),
    },
  };
}

function sqlScreen(state: SqlState): Screen {
  const become = (next: Partial<SqlState>): Outcome => ({ screen: sqlScreen({ ...state, ...next }) });
  return {
    crumb: 'sql',
    contexts: ['sql', 'move'],
    draw: (env) => draw(state, env),
    status: () => statusOf(state),
    subject: () => ({ text: state.sql === '' ? (EXAMPLES[state.position.cursor]?.[1] ?? '') : state.sql }),
    act: (env, act) => sqlAct(state, env, act, become),
    receive(_env, message) {
      if (message.job !== state.job) return {};
      if (message.kind === 'result')
        return become({ running: false, result: message.result, position: START, left: 0 });
      return message.kind === 'failed' ? become({ running: false, failure: message.message }) : {};
    },
  };
}

function sqlAct(
  state: SqlState,
  env: Env,
  act: Act,
  become: (next: Partial<SqlState>) => Outcome,
): Outcome | undefined {
  // A key that begins with `=` is the statement typed into the prompt: keys of a terminal never look like that.
  if (act.action === 'sql' && act.key.startsWith('=')) return run(act.key.slice(1), env);
  if (act.action === 'sql') return askFor(state.sql, env);
  const count = state.result?.rows.length ?? EXAMPLES.length;
  const position = moveList(state.position, act.action, count, Math.max(1, env.size.rows - HEAD - 1));
  if (position !== undefined) return become({ position });
  const most = Math.max(0, (state.result?.columns.length ?? 0) - 1);
  if (act.action === 'left') return become({ left: Math.max(0, state.left - 1) });
  if (act.action === 'right') return become({ left: Math.min(most, state.left + 1) });
  if (act.action !== 'open') return undefined;
  if (state.result === undefined)
    return askFor(state.sql === '' ? (EXAMPLES[state.position.cursor]?.[1] ?? '') : state.sql, env);
  const row = state.result.rows[state.position.cursor];
  return row === undefined ? {} : { open: { kind: 'text', title: 'row', text: rowText(state.result, row) } };
}

function run(sql: string, _env: Env): Outcome {
  if (sql.trim() === '') return {};
  jobs += 1;
  const job = jobs;
  const work: Job = (send, signal) => {
    _env.query(sql, signal).then(
      (result) => send({ kind: 'result', job, result }),
      (error: unknown) => {
        if (!signal.aborted) send(failed(job, error));
      },
    );
  };
  return { screen: sqlScreen({ sql, job, running: true, position: START, left: 0 }), job: work };
}

function failed(job: number, error: unknown): Message {
  const hint = error instanceof UserError && error.hint !== undefined ? `\nNext: ${error.hint}` : '';
  return { kind: 'failed', job, message: messageOf(error) + hint };
}

function statusOf(state: SqlState): string {
  if (state.running) return 'running… (esc stops it)';
  if (state.result === undefined) return '';
  const at = state.result.rows.length === 0 ? 0 : state.position.cursor + 1;
  return `${at}/${state.result.rows.length}`;
}

function draw(state: SqlState, env: Env): string[] {
  const { paint } = env.theme;
  const width = env.size.columns;
  const statement = state.sql === '' ? '; asks for a statement, Tab completes names' : state.sql;
  const head = ` ${paint(state.sql === '' ? 'dim' : 'strong', truncate(cell(statement), width - 1))}`;
  if (state.failure !== undefined) {
    const lines = state.failure
      .split('\n')
      .map((line) => ` ${paint('bad', truncate(cell(line), width - 1))}`);
    return [head, '', ...lines];
  }
  if (state.running) return [head, ` ${paint('dim', 'running…')}`];
  return state.result === undefined
    ? [head, '', ...drawExamples(state, env)]
    : [head, ...drawResult(state, state.result, env)];
}

function drawExamples(state: SqlState, env: Env): string[] {
  return EXAMPLES.map(([title, sql], index) => {
    const mark = index === state.position.cursor ? '> ' : '  ';
    const text = fit(cell(`${mark}${title}: ${sql}`), env.size.columns);
    return index === state.position.cursor ? env.theme.paint('selected', text) : text;
  }).slice(0, Math.max(0, env.size.rows - HEAD));
}

interface Line {
  readonly cells: readonly unknown[];
}

function drawResult(state: SqlState, result: SqlResult, env: Env): string[] {
  const more = result.truncated ? '; there is more than that: LIMIT and WHERE choose' : '';
  const said = ` ${plural(result.rows.length, 'row')} in ${result.ms.toFixed(1)} ms${more}`;
  const height = Math.max(1, env.size.rows - HEAD - 1);
  const top = windowTop(state.position, result.rows.length, height);
  const lines = result.rows.slice(top, top + height).map((cells): Line => ({ cells }));
  const columns = result.columns.slice(state.left).map((title, index): Column<Line> => ({
    title,
    least: 4,
    drop: index + 1,
    value: (line) => valueText(line.cells[state.left + index]),
    tone: (line) => (line.cells[state.left + index] === null ? 'dim' : 'plain'),
  }));
  const placed = placeColumns(columns, wantedWidths(columns, lines, env, []), env.size.columns);
  const rows = lines.map((line, index) => drawRow(placed, line, env, top + index === state.position.cursor));
  return [env.theme.paint('dim', fit(said, env.size.columns).trimEnd()), drawHead(placed, env), ...rows];
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function rowText(result: SqlResult, row: readonly unknown[]): string {
  return result.columns.map((name, index) => `${name}: ${valueText(row[index])}`).join('\n');
}

const names = new WeakMap<Store, readonly string[]>();

/** Completes the last word to a table, a view or a column. */
export function completeSql(env: Env, text: string): string | undefined {
  const word = /[a-z_][a-z0-9_]*$/i.exec(text)?.[0];
  if (word === undefined || word.length < 2) return undefined;
  const found = namesOf(env.store).find(
    (name) => name.startsWith(word.toLowerCase()) && name.length > word.length,
  );
  return found === undefined ? undefined : text.slice(0, text.length - word.length) + found;
}

function namesOf(store: Store): readonly string[] {
  let known = names.get(store);
  if (known === undefined) {
    const tables = store.all<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name",
    );
    const columns = store.all<{ name: string }>(
      "SELECT DISTINCT c.name AS name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type IN ('table', 'view') ORDER BY 1",
    );
    known = [...tables, ...columns].map((row) => row.name).filter((name) => !name.startsWith('sqlite_'));
    names.set(store, known);
  }
  return known;
}
