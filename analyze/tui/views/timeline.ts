/** The merged line of time: every entry, observed or inferred; a histogram to zoom; Enter opens the evidence. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { DAY, HOUR, MINUTE, parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import { queryText } from '../../store/query.ts';
import { timelineMarks } from '../../timeline/read.ts';
import { centerAt, windowTop } from '../components/list.ts';
import { lowerBound, sliceIds } from '../data/ids.ts';
import {
  TIMELINE_ROWS,
  timelineIdsOf,
  timelineIndexAt,
  type Chosen,
  type TimelineRow,
} from '../data/timeline.ts';
import type { Act, Env, Outcome, Screen, Target } from '../screen.ts';
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
import { namespaceNames, rowsByIds } from './resources.ts';
import { DETAIL, drawDetail, drawEntry } from './timeline-rows.ts';

const FEED: Feed<TimelineRow> = {
  rows: (env, ids) => rowsByIds<TimelineRow>(env.store, queryText(TIMELINE_ROWS), ids),
  text: (row) =>
    `${row.source} ${row.kind ?? ''}/${row.name ?? ''} ${row.namespace ?? ''} ${row.reason ?? ''} ${row.text}`,
  isError: (row) => row.severity >= 4,
  isWarning: (row) => row.severity >= 3,
};

interface TimelineState extends FeedState {
  readonly chosen: Chosen;
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

/** Opens the timeline at a time (else at the first root's onset, else at the capture). */
export function openTimeline(env: Env, at?: Micros): Outcome {
  const ids = timelineIdsOf(env, {});
  if (ids.length === 0) return { say: 'The timeline is empty.', tone: 'warn' };
  const moment = at ?? onset(env) ?? env.clock.reference;
  const index = timelineIndexAt(env, ids, moment);
  const state: TimelineState = {
    ids,
    position: centerAt(index, ids.length, bodyHeight(env, true)),
    job: 0,
    bookmarks: [],
    span: HOUR,
    from: moment - HOUR / 2,
    histogram: true,
    chosen: {},
  };
  return { screen: timelineScreen(state) };
}

function onset(env: Env): Micros | undefined {
  return parseTime(timelineMarks(env.store)[0]?.at);
}

function bodyHeight(env: Env, histogram: boolean): number {
  if (!hasDetail(env)) return env.size.rows;
  return env.size.rows - DETAIL - (histogram ? HISTOGRAM : 0);
}

/** On few rows the list comes first. */
function hasDetail(env: Env): boolean {
  return env.size.rows > 14;
}

function crumbOf({ only, namespace, severity }: Chosen): string {
  const of = only === undefined ? '' : ` of ${only.kind}/${only.name}`;
  const within = [namespace, severity && `${severity}${severity === 'warning' ? ' or worse' : ''}`].filter(
    (part) => part !== undefined,
  );
  return `timeline${of}${within.length === 0 ? '' : ` (${within.join(', ')})`}`;
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
    crumb: crumbOf(state.chosen),
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
      const index = timelineIndexAt(env, state.ids, at);
      return to({
        position: centerAt(index, state.ids.length, bodyHeight(env, state.histogram)),
        from: at - state.span / 2,
      });
    }
    case 'only-object':
      return onlyObject(state, env, row);
    case 'severity':
      return nextSeverity(state, env, row);
    case 'namespace':
      return inNamespace(state, env, row, act.key);
    case 'open':
      return row === undefined ? {} : { open: targetOf(row) };
    default:
      return undefined;
  }
}

function onlyObject(state: TimelineState, env: Env, row: TimelineRow | undefined): Outcome {
  const { only: before, ...rest } = state.chosen;
  if (before !== undefined) return chosenAgain(state, env, row, rest);
  const only = row === undefined ? undefined : refOf(row);
  return only === undefined
    ? { say: 'This entry is about no object.' }
    : chosenAgain(state, env, row, { ...rest, only });
}

function nextSeverity(state: TimelineState, env: Env, row: TimelineRow | undefined): Outcome {
  const { severity, ...rest } = state.chosen;
  if (severity === 'error') return chosenAgain(state, env, row, rest);
  return chosenAgain(state, env, row, { ...rest, severity: severity === undefined ? 'warning' : 'error' });
}

function inNamespace(state: TimelineState, env: Env, row: TimelineRow | undefined, key: string): Outcome {
  const { namespace: _, ...rest } = state.chosen;
  if (key === '0') return chosenAgain(state, env, row, rest);
  const namespace = namespaceNames(env.store)[Number(key) - 1];
  return namespace === undefined
    ? { say: `There is no namespace number ${key}.` }
    : chosenAgain(state, env, row, { ...rest, namespace });
}

/** Other entries, the cursor staying at its time; an empty choice is refused. */
function chosenAgain(state: TimelineState, env: Env, row: TimelineRow | undefined, chosen: Chosen): Outcome {
  const ids = timelineIdsOf(env, chosen);
  if (ids.length === 0) return { say: `There is nothing in the ${crumbOf(chosen)}.`, tone: 'warn' };
  const index = Math.min(ids.length - 1, row === undefined ? 0 : lowerBound(ids, row.id));
  const position = centerAt(index, ids.length, bodyHeight(env, state.histogram));
  return { screen: timelineScreen({ ...state, ids, chosen, position }) };
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

function draw(state: TimelineState, env: Env): string[] {
  const height = bodyHeight(env, state.histogram);
  const top = windowTop(state.position, state.ids.length, height);
  const rows = FEED.rows(env, sliceIds(state.ids, top, height));
  const cursor = rows[state.position.cursor - top];
  const lines = rows.map((row, index) =>
    drawEntry(row, env, top + index === state.position.cursor, state.bookmarks.includes(row.id)),
  );
  if (!hasDetail(env)) return lines;
  const head = state.histogram ? drawHistogram(state, env, cursor?.at ?? state.from) : [];
  const filler = Array.from({ length: height - lines.length }, () => '');
  return [...head, ...lines, ...filler, ...drawDetail(cursor, env)];
}
