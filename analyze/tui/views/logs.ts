/** The logs there are, and the lines of one: lnav's keys, any length, any width. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { oneLine } from '../../../src/core/text.ts';
import { queryText } from '../../store/query.ts';
import { centerAt, windowTop } from '../components/list.ts';
import { sliceIds } from '../data/ids.ts';
import {
  indexOfLine,
  LOG_LINES,
  logFiles,
  logIds,
  logOfFile,
  mergedLogIds,
  podsBehind,
  type LogFile,
  type LogLine,
  type LogName,
} from '../data/logs.ts';
import type { Act, Env, Ids, Outcome, Screen, Subject } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { cell, fit } from '../width.ts';
import {
  feedAct,
  feedReceive,
  searchAsk,
  searchFor,
  type Feed,
  type FeedChange,
  type FeedState,
} from './feed.ts';
import { openList } from './lists.ts';
import { rowsByIds } from './resources.ts';

type Opened = Outcome & { readonly screen?: Screen };

/** All logs, those of one object's pods, or, when it is only one, that log itself. */
export function openLogs(env: Env, of?: ObjectRef): Opened {
  const files = of === undefined ? logFiles(env.store) : logFiles(env.store, podsBehind(env.store, of));
  if (of !== undefined && files.length === 0) {
    return { say: `No log of ${of.kind} ${of.name} is in the bundle.`, tone: 'warn' };
  }
  const [only] = files;
  if (of !== undefined && files.length === 1 && only !== undefined) return openLog(env, only);
  const merged: LogFile | undefined = of !== undefined && files.length > 1 ? together(files) : undefined;
  return openList(env, {
    crumb: of === undefined ? 'logs' : `logs of ${of.kind}/${of.name}`,
    items: merged === undefined ? files : [merged, ...files],
    columns: [
      { title: 'NAMESPACE', key: 'P', order: 'namespace', least: 8, value: (log) => log.namespace },
      { title: 'POD', key: 'N', order: 'pod', least: 16, value: (log) => log.pod },
      { title: 'CONTAINER', key: 'C', order: 'container', least: 8, value: (log) => log.container },
      { title: 'RUN', drop: 1, value: (log) => (log.previous === 1 ? 'previous' : '') },
      { title: 'LINES', key: 'L', order: 'lines', align: 'right', value: (log) => String(log.lines) },
      {
        title: 'FIRST',
        key: 'F',
        order: 'first',
        drop: 2,
        value: (log, now) => now.clock.stamp(log.first_at ?? undefined),
      },
      {
        title: 'LAST',
        key: 'T',
        order: 'last',
        drop: 1,
        value: (log, now) => now.clock.stamp(log.last_at ?? undefined),
      },
    ],
    empty: 'no logs were captured',
    subject: (log) => logSubject(log, log.first_at),
    target: (log) =>
      log.id < 0 && of !== undefined ? { kind: 'logs-together', of } : { kind: 'log-lines', log },
  });
}

/** A row that stands for all of them in the order of time. */
function together(files: readonly LogFile[]): LogFile {
  return {
    id: -1,
    namespace: '(all)',
    pod: 'all of these, in the order of time',
    container: '',
    previous: 0,
    lines: files.reduce((sum, file) => sum + file.lines, 0),
    first_at: null,
    last_at: null,
  };
}

/** Several logs in the order of time. */
export function openTogether(env: Env, ref: ObjectRef): Opened {
  const files = logFiles(env.store, podsBehind(env.store, ref));
  const ids = mergedLogIds(env.store, files);
  return { screen: logScreen(`logs of ${ref.kind}/${ref.name}`, start(ids, 0, env), true) };
}

/** The lines of one log. */
export function openLog(env: Env, log: LogName): Opened {
  const ids = logIds(env.store, log);
  const run = log.previous === 1 ? ' (previous)' : '';
  return { screen: logScreen(`log ${log.pod}/${log.container}${run}`, start(ids, 0, env), false) };
}

/** The log that an entry of the bundle belongs to, at a line of that entry. */
export function openLogAt(env: Env, file: string, line = 1): Opened {
  const log = logOfFile(env.store, file);
  if (log === undefined) return { say: `${file} is not in the bundle.`, tone: 'warn' };
  const ids = logIds(env.store, log);
  const index = indexOfLine(env.store, ids, log.fileId, line);
  return { screen: logScreen(`log ${log.pod}/${log.container}`, start(ids, index, env), false) };
}

interface LogState extends FeedState {
  /** Characters scrolled away on the left. */
  readonly left: number;
}

function start(ids: Ids, index: number, env: Env): LogState {
  return { position: centerAt(index, ids.length, env.size.rows), ids, job: 0, bookmarks: [], left: 0 };
}

const FEED: Feed<LogLine> = {
  rows: (env, ids) => rowsByIds<LogLine>(env.store, queryText(LOG_LINES), ids),
  text: (row) => row.text,
  isError: (row) => row.level >= 4,
  isWarning: (row) => row.level >= 3,
};

const LEVELS = ['', 'D', '', 'W', 'E', 'F'] as const;
const TONES: readonly Tone[] = ['plain', 'dim', 'plain', 'warn', 'bad', 'bad'];

function logScreen(crumb: string, state: LogState, named: boolean): Screen {
  const change = ({ state: next, job, say }: FeedChange): Outcome => ({
    screen: logScreen(crumb, { ...state, ...next }, named),
    ...(job === undefined ? {} : { job }),
    ...(say === undefined ? {} : { say }),
  });
  const selected = (env: Env): LogLine | undefined => {
    const id = state.ids.at(state.position.cursor);
    return id === undefined ? undefined : FEED.rows(env, [id])[0];
  };
  return {
    crumb,
    contexts: ['logs', 'search', 'object', 'move'],
    status: () =>
      `${state.left > 0 ? `+${state.left}  ` : ''}${state.ids.length === 0 ? 0 : state.position.cursor + 1}/${state.ids.length}`,
    draw: (env) => draw(state, env, named),
    subject(env) {
      const row = selected(env);
      return row === undefined ? undefined : { ...logSubject(row, row.at), text: row.text };
    },
    act(env, act) {
      const common =
        act.action === 'search' ? searched(state, env, act) : feedAct(FEED, state, env, act, env.size.rows);
      if (common !== undefined) return 'state' in common ? change(common) : common;
      return logAct(state, env, act, change, selected);
    },
    receive: (env, message) => change(feedReceive(state, message, env.size.rows)),
  };
}

function searched(state: LogState, env: Env, act: Act): FeedChange | Outcome {
  return act.key.startsWith('=') ? searchFor(FEED, state, env, act.key.slice(1)) : searchAsk(state);
}

function logAct(
  state: LogState,
  env: Env,
  act: Act,
  change: (change: FeedChange) => Outcome,
  selected: (env: Env) => LogLine | undefined,
): Outcome | undefined {
  const scroll = (left: number): Outcome =>
    change({ state: { ...state, left: Math.max(0, left) } as LogState });
  const half = Math.floor(env.size.columns / 2);
  if (act.action === 'left') return scroll(state.left - half);
  if (act.action === 'right') return scroll(state.left + half);
  if (act.action === 'open') {
    const row = selected(env);
    return row === undefined
      ? {}
      : { open: { kind: 'text', title: `line ${row.line}`, text: wholeLine(env, row) } };
  }
  return undefined;
}

/** A line is shown whole up to here: more than a megabyte is read with other tools. */
const WHOLE = 2_000_000;

function wholeLine(env: Env, row: LogLine): string {
  const found = env.store.get<{ text: string }>(
    'SELECT substr(text, 1, ?) AS text FROM log_text WHERE id = ?',
    [WHOLE, row.id],
  );
  const head = `${env.clock.stamp(row.at ?? undefined)}  ${row.namespace}/${row.pod} ${row.container}, line ${row.line}, ${row.length} characters`;
  return `${head}\n\n${found?.text ?? row.text}`;
}

function logSubject(log: LogName, at: number | null): Subject {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: log.namespace, name: log.pod };
  return { ref, text: `${log.namespace}/${log.pod} ${log.container}`, ...(at === null ? {} : { at }) };
}

function draw(state: LogState, env: Env, named: boolean): string[] {
  if (state.ids.length === 0) return [env.theme.paint('dim', '  this log is empty')];
  const top = windowTop(state.position, state.ids.length, env.size.rows);
  const rows = FEED.rows(env, sliceIds(state.ids, top, env.size.rows));
  return rows.map((row, index) => {
    const chosen = top + index === state.position.cursor;
    const mark = `${chosen ? '>' : ' '}${state.bookmarks.includes(row.id) ? '*' : ' '}`;
    const source = named
      ? `${fit(cell(`${row.pod}/${row.container}`), Math.floor(env.size.columns / 4))} `
      : '';
    const head = `${env.clock.stamp(row.at ?? undefined)} ${LEVELS[row.level] || ' '} ${source}`;
    const text = oneLine(row.text.slice(state.left, state.left + env.size.columns * 2));
    const line = fit(cell(text), env.size.columns - head.length - 2);
    if (chosen) return env.theme.paint('selected', `${mark}${head}${line}`);
    return `${mark}${env.theme.paint('dim', head)}${env.theme.paint(TONES[row.level] ?? 'plain', line.trimEnd())}`;
  });
}
