/** What the timeline and the logs share: a long list walked by a cursor, searched and skipped through in the background. */
import { centerAt, moveList, placeAt, type ListPosition } from '../components/list.ts';
import { toExpression } from '../components/filter.ts';
import { sliceIds, walk } from '../data/ids.ts';
import type { Act, Env, Ids, Job, Message, Outcome } from '../screen.ts';

export interface FeedState {
  readonly position: ListPosition;
  readonly ids: Ids;
  readonly pattern?: string;
  readonly job: number;
  readonly bookmarks: readonly number[];
}

export interface Feed<Row extends { readonly id: number }> {
  rows(env: Env, ids: readonly number[]): Row[];
  /** What a search looks at. */
  text(row: Row): string;
  isError(row: Row): boolean;
  isWarning(row: Row): boolean;
}

/** A change of the feed's part of a screen's state, and the job that goes with it. */
export interface FeedChange {
  readonly state: FeedState;
  readonly job?: Job;
  readonly say?: string;
}

let jobs = 0;

/** What the keys of every feed do; undefined for others. `ask` is the outcome that opens the search prompt. */
export function feedAct<Row extends { readonly id: number }>(
  feed: Feed<Row>,
  state: FeedState,
  env: Env,
  act: Act,
  height: number,
): FeedChange | undefined {
  const position = moveList(state.position, act.action, state.ids.length, height);
  if (position !== undefined) return { state: { ...state, position } };
  switch (act.action) {
    case 'search-next':
      return search(feed, state, env, 1);
    case 'search-previous':
      return search(feed, state, env, -1);
    case 'error-next':
      return seek(feed, state, env, 1, (row) => feed.isError(row), 'error');
    case 'error-previous':
      return seek(feed, state, env, -1, (row) => feed.isError(row), 'error');
    case 'warning-next':
      return seek(feed, state, env, 1, (row) => feed.isWarning(row), 'warning');
    case 'warning-previous':
      return seek(feed, state, env, -1, (row) => feed.isWarning(row), 'warning');
    case 'bookmark':
      return { state: toggleBookmark(state) };
    case 'bookmark-next':
      return toBookmark(state, 1, height);
    case 'bookmark-previous':
      return toBookmark(state, -1, height);
    default:
      return undefined;
  }
}

/** Looks for a pattern from the cursor on. */
export function searchFor<Row extends { readonly id: number }>(
  feed: Feed<Row>,
  state: FeedState,
  env: Env,
  pattern: string,
): FeedChange {
  return search(feed, { ...state, pattern }, env, 1);
}

/** What a background search found. */
export function feedReceive(state: FeedState, message: Message, height: number): FeedChange {
  if (message.kind === 'absent' && message.job === state.job)
    return { state, say: `No ${message.what} that way.` };
  if (message.kind !== 'found' || message.job !== state.job) return { state };
  const seen = message.index >= state.position.top && message.index < state.position.top + height;
  const position = seen
    ? placeAt(state.position, message.index, state.ids.length, height)
    : centerAt(message.index, state.ids.length, height);
  return {
    state: { ...state, position },
    ...(message.wrapped ? { say: 'Went on from the other end.' } : {}),
  };
}

/** The ask of `/`; the screen applies the pattern by an action that begins with `=`. */
export function searchAsk(state: FeedState): Outcome {
  return {
    ask: {
      kind: 'search',
      label: '/',
      text: '',
      submit: (env, screen, text) =>
        text === '' ? undefined : screen.act(env, { action: 'search', key: `=${text}` }),
    },
    ...(state.ids.length === 0 ? { say: 'There is nothing to search.' } : {}),
  };
}

function search<Row extends { readonly id: number }>(
  feed: Feed<Row>,
  state: FeedState,
  env: Env,
  step: 1 | -1,
): FeedChange {
  if (state.pattern === undefined) return { state, say: 'Nothing to search for yet: / asks.' };
  const expression = toExpression(state.pattern);
  return seek(
    feed,
    state,
    env,
    step,
    (row) => expression.test(feed.text(row)),
    `hit for ${state.pattern}`,
    true,
  );
}

function seek<Row extends { readonly id: number }>(
  feed: Feed<Row>,
  state: FeedState,
  env: Env,
  step: 1 | -1,
  wanted: (row: Row) => boolean,
  what: string,
  around = false,
): FeedChange {
  jobs += 1;
  const job = jobs;
  const { ids } = state;
  const run: Job = (send, signal) => {
    const lookFrom = (from: number, wrapped: boolean, end: () => void): void =>
      walk(
        {
          from,
          step,
          length: ids.length,
          look(start, count) {
            const rows = feed.rows(env, sliceIds(ids, start, count));
            const index = step > 0 ? rows.findIndex(wanted) : rows.findLastIndex(wanted);
            if (index < 0) return false;
            send({ kind: 'found', job, index: start + index, wrapped });
            return true;
          },
          end,
        },
        signal,
      );
    const absent = (): void => send({ kind: 'absent', job, what });
    const other = (): void => lookFrom(step > 0 ? 0 : ids.length - 1, true, absent);
    lookFrom(state.position.cursor + step, false, around ? other : absent);
  };
  return { state: { ...state, job }, job: run };
}

function toggleBookmark(state: FeedState): FeedState {
  const id = state.ids.at(state.position.cursor);
  if (id === undefined) return state;
  const bookmarks = state.bookmarks.includes(id)
    ? state.bookmarks.filter((mark) => mark !== id)
    : [...state.bookmarks, id].toSorted((a, b) => a - b);
  return { ...state, bookmarks };
}

function toBookmark(state: FeedState, step: 1 | -1, height: number): FeedChange {
  const id = state.ids.at(state.position.cursor) ?? 0;
  const target =
    step > 0 ? state.bookmarks.find((mark) => mark > id) : state.bookmarks.findLast((mark) => mark < id);
  if (target === undefined)
    return {
      state,
      say: state.bookmarks.length === 0 ? 'No bookmarks yet: m sets one.' : 'No bookmark that way.',
    };
  for (let index = 0; index < state.ids.length; index += 1) {
    if (state.ids.at(index) === target)
      return { state: { ...state, position: centerAt(index, state.ids.length, height) } };
  }
  return { state, say: 'That bookmark is not among what is shown.' };
}
