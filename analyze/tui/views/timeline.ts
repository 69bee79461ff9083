/** The merged line of time: every entry, observed or inferred; a histogram to zoom; Enter opens the evidence. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { DAY, HOUR, MINUTE, parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import { defineQuery, queryText } from '../../store/query.ts';
import { objectFamily } from '../../timeline/family.ts';
import { timelineIds, timelineMarks } from '../../timeline/read.ts';
import { centerAt, windowTop } from '../components/list.ts';
import { listIds, lowerBound, rangeIds, sliceIds } from '../data/ids.ts';
import type { Act, Env, Ids, Outcome, Screen, Target } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { cell, fit, truncate, widthOf } from '../width.ts';
import {
  feedAct,
  feedReceive,
  searchAsk,
  searchFor,
  type Feed,
  type FeedChange,
  type FeedState,
} from './feed.ts';
import { drawHistogram, HISTOGRAM } from './histogram.ts';
import { rowsByIds } from './resources.ts';

export interface TimelineRow {
  readonly id: number;
  readonly at: number;
  readonly until: number | null;
  readonly source: string;
  readonly severity: number;
  readonly basis: string;
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly object_id: number | null;
  readonly reason: string | null;
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
}

const ROWS = defineQuery<TimelineRow>('tui-timeline', [
  'id',
  'at',
  'until',
  'source',
  'severity',
  'basis',
  'kind',
  'namespace',
  'name',
  'object_id',
  'reason',
  'text',
  'file',
  'line',
]);

const FEED: Feed<TimelineRow> = {
  rows: (env, ids) => rowsByIds<TimelineRow>(env.store, queryText(ROWS), ids),
  text: (row) =>
    `${row.source} ${row.kind ?? ''}/${row.name ?? ''} ${row.namespace ?? ''} ${row.reason ?? ''} ${row.text}`,
  isError: (row) => row.severity >= 4,
  isWarning: (row) => row.severity >= 3,
};

interface TimelineState extends FeedState {
  readonly only?: ObjectRef;
  /** How much time the histogram spans. */
  readonly span: Micros;
  /** Where it begins. */
  readonly from: Micros;
  readonly histogram: boolean;
}

const SPANS: readonly Micros[] = [
  10 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  6 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
  365 * DAY,
];

/** Opens the timeline at a time (else at the first root's onset, else at the capture), of all or of one object. */
export function openTimeline(env: Env, at?: Micros, only?: ObjectRef): Outcome {
  const ids = idsOf(env, only);
  if (ids.length === 0) {
    return {
      say:
        only === undefined
          ? 'The timeline is empty.'
          : `Nothing on the timeline is about ${objectKey(only)}.`,
      tone: 'warn',
    };
  }
  const moment = at ?? onset(env) ?? env.clock.reference;
  const index = indexAt(env, ids, moment);
  const state: TimelineState = {
    ids,
    position: centerAt(index, ids.length, bodyHeight(env, true)),
    job: 0,
    bookmarks: [],
    span: HOUR,
    from: moment - HOUR / 2,
    histogram: true,
    ...(only === undefined ? {} : { only }),
  };
  return { screen: timelineScreen(state) };
}

function onset(env: Env): Micros | undefined {
  return parseTime(timelineMarks(env.store)[0]?.at);
}

function idsOf(env: Env, only: ObjectRef | undefined): Ids {
  if (only !== undefined) {
    const family = objectFamily(env.store, `${only.kind}/${only.name}`, only.namespace);
    return listIds(family.length === 0 ? [] : timelineIds(env.store, { objects: family }));
  }
  const bounds = env.store.get<{ first: number | null; last: number | null; entries: number }>(
    'SELECT min(id) AS first, max(id) AS last, count(*) AS entries FROM timeline',
  );
  const first = bounds?.first ?? 1;
  const last = bounds?.last ?? 0;
  return last - first + 1 === bounds?.entries
    ? rangeIds(first, bounds.entries)
    : listIds(timelineIds(env.store, {}));
}

/** The first entry at or after a moment; the last one when there is none. */
function indexAt(env: Env, ids: Ids, at: Micros): number {
  const id = env.store.get<{ id: number | null }>('SELECT min(id) AS id FROM timeline WHERE at >= ?', [
    at,
  ])?.id;
  return id === null || id === undefined ? ids.length - 1 : Math.min(ids.length - 1, lowerBound(ids, id));
}

function bodyHeight(env: Env, histogram: boolean): number {
  return Math.max(1, env.size.rows - (histogram && env.size.rows > 8 ? HISTOGRAM : 0));
}

function timelineScreen(state: TimelineState): Screen {
  const change = ({ state: next, job, say }: FeedChange): Outcome => ({
    screen: timelineScreen({ ...state, ...next }),
    ...(job === undefined ? {} : { job }),
    ...(say === undefined ? {} : { say }),
  });
  const selected = (env: Env): TimelineRow | undefined => {
    const id = state.ids.at(state.position.cursor);
    return id === undefined ? undefined : FEED.rows(env, [id])[0];
  };
  return {
    crumb: state.only === undefined ? 'timeline' : `timeline of ${state.only.kind}/${state.only.name}`,
    contexts: ['timeline', 'search', 'object', 'move'],
    status: () => `${state.position.cursor + 1}/${state.ids.length}`,
    draw: (env) => draw(state, env),
    subject(env) {
      const row = selected(env);
      if (row === undefined) return undefined;
      const ref = refOf(row);
      return {
        at: row.at,
        text: row.text,
        ...(ref === undefined ? {} : { ref }),
        ...(row.object_id === null ? {} : { objectId: row.object_id }),
      };
    },
    act(env, act) {
      const height = bodyHeight(env, state.histogram);
      const common =
        act.action === 'search' ? searched(state, env, act) : feedAct(FEED, state, env, act, height);
      if (common !== undefined) return 'state' in common ? change(common) : common;
      return timelineAct(state, env, act, selected(env));
    },
    receive: (env, message) => change(feedReceive(state, message, bodyHeight(env, state.histogram))),
  };
}

function searched(state: TimelineState, env: Env, act: Act): FeedChange | Outcome {
  return act.key.startsWith('=') ? searchFor(FEED, state, env, act.key.slice(1)) : searchAsk(state);
}

function timelineAct(
  state: TimelineState,
  env: Env,
  act: Act,
  row: TimelineRow | undefined,
): Outcome | undefined {
  const to = (next: Partial<TimelineState>): Outcome => ({ screen: timelineScreen({ ...state, ...next }) });
  switch (act.action) {
    case 'zoom-in':
    case 'zoom-out': {
      const next =
        act.action === 'zoom-in'
          ? SPANS.findLast((span) => span < state.span)
          : SPANS.find((span) => span > state.span);
      if (next === undefined) return { say: act.action === 'zoom-in' ? 'No closer.' : 'No wider.' };
      return to({ span: next, from: (row?.at ?? state.from) - next / 2 });
    }
    case 'histogram':
      return to({ histogram: !state.histogram });
    case 'earlier':
    case 'later': {
      const at = (row?.at ?? state.from) + (act.action === 'later' ? state.span : -state.span);
      const index = indexAt(env, state.ids, at);
      return to({
        position: centerAt(index, state.ids.length, bodyHeight(env, state.histogram)),
        from: at - state.span / 2,
      });
    }
    case 'only-object':
      return onlyObject(state, env, row);
    case 'open':
      return row === undefined ? {} : { open: targetOf(row) };
    default:
      return undefined;
  }
}

function onlyObject(state: TimelineState, env: Env, row: TimelineRow | undefined): Outcome {
  const only = state.only === undefined && row !== undefined ? refOf(row) : undefined;
  if (state.only === undefined && only === undefined) return { say: 'This entry is about no object.' };
  const ids = idsOf(env, only);
  const index = Math.min(ids.length - 1, row === undefined ? 0 : lowerBound(ids, row.id));
  const { only: _, ...rest } = state;
  const next: TimelineState = {
    ...rest,
    ids,
    position: centerAt(index, ids.length, bodyHeight(env, state.histogram)),
    ...(only === undefined ? {} : { only }),
  };
  return { screen: timelineScreen(next) };
}

function refOf(row: TimelineRow): ObjectRef | undefined {
  if (row.kind === null || row.name === null) return undefined;
  const base = { apiVersion: '', kind: row.kind, name: row.name };
  return row.namespace === null ? base : { ...base, namespace: row.namespace };
}

/** The evidence behind an entry: the log line, the object as it was captured, the gap. */
function targetOf(row: TimelineRow): Target {
  const ref = refOf(row);
  if (row.source === 'gaps' || row.source === 'coverage') {
    return { kind: 'text', title: row.source, text: row.text };
  }
  return {
    kind: 'evidence',
    evidence: {
      kind:
        row.source === 'logs'
          ? 'log'
          : row.source === 'probes'
            ? 'probe'
            : row.source === 'changes'
              ? 'change'
              : row.source === 'events'
                ? 'event'
                : 'field',
      text: row.text,
      ...(ref === undefined ? {} : { object: ref }),
      ...(row.file === null ? {} : { file: row.file }),
      ...(row.line === null ? {} : { line: row.line }),
      ...(row.source === 'conditions' ? { path: 'status.conditions' } : {}),
      ...(row.source === 'containers' ? { path: 'status.containerStatuses' } : {}),
      ...(row.source === 'managed-fields' ? { path: 'metadata.managedFields' } : {}),
    },
  };
}

const MARKS = ['?', ' ', ' ', '!', 'X'] as const;
const TONES: readonly Tone[] = ['unknown', 'dim', 'plain', 'warn', 'bad'];

function draw(state: TimelineState, env: Env): string[] {
  const height = bodyHeight(env, state.histogram);
  const top = windowTop(state.position, state.ids.length, height);
  const rows = FEED.rows(env, sliceIds(state.ids, top, height));
  const cursor = rows[state.position.cursor - top];
  const head = height < env.size.rows ? drawHistogram(state, env, cursor?.at ?? state.from) : [];
  return [
    ...head,
    ...rows.map((row, index) =>
      drawEntry(row, env, top + index === state.position.cursor, state.bookmarks.includes(row.id)),
    ),
  ];
}

function drawEntry(row: TimelineRow, env: Env, chosen: boolean, marked: boolean): string {
  const { columns } = env.size;
  const wide = columns >= 120;
  const basis = row.basis === 'observed' ? ' ' : row.basis === 'inferred' ? '~' : '?';
  const mark = `${chosen ? '>' : ' '}${marked ? '*' : ' '}`;
  const source = wide ? `${fit(row.source, 15)} ` : '';
  const stamp = wide ? env.clock.stamp(row.at) : stampOf(row, env);
  const head = `${mark}${stamp} ${MARKS[row.severity] ?? ' '}${basis} ${source}`;
  const object = row.name === null ? (row.namespace ?? '') : `${row.kind ?? ''}/${row.name}`;
  const named = fit(cell(object), wide ? 44 : 24);
  const until = row.until === null ? '' : ` (until ${env.clock.short(row.until)})`;
  const reason = row.reason === null ? '' : `${row.reason}: `;
  const text = truncate(cell(`${reason}${row.text}${until}`), columns - widthOf(head) - widthOf(named) - 1);
  if (chosen) return env.theme.paint('selected', fit(`${head}${named} ${text}`, columns));
  return `${env.theme.paint('dim', head)}${env.theme.paint('label', named)} ${env.theme.paint(TONES[row.severity] ?? 'plain', text)}`;
}

/** On a narrow screen without the fraction, which only log lines have. */
function stampOf(row: TimelineRow, env: Env): string {
  const stamp = env.clock.stamp(row.at);
  return env.clock.mode === 'relative' ? stamp.padStart(env.clock.stampWidth) : stamp.slice(0, 14);
}
