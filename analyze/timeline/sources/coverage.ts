/** Uncovered time: intervals about which a kind of evidence says nothing, so that silence is never read as peace. */
import { isRecord, parseJson } from '../../../src/core/json.ts';
import { formatTime, type Micros } from '../../../src/core/time.ts';
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { captureTimes, note, sourceRow, type CaptureTimes } from '../rows.ts';
import { SEVERITY, type SourceRow, type TimelineSource } from '../source.ts';

interface LogCoverageRow {
  readonly file_id: number;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: number;
  readonly first_at: number | null;
  readonly started_at: number | null;
  readonly last_started_at: number | null;
  readonly cut: number;
}

const logCoverage = defineQuery<LogCoverageRow>('timeline-log-coverage', [
  'file_id',
  'namespace',
  'pod',
  'container',
  'previous',
  'first_at',
  'started_at',
  'last_started_at',
  'cut',
]);

const OLDEST_EVENT = 'SELECT min(coalesce(first_at, last_at)) AS at, count(*) AS count FROM events';
const OLDEST_OBJECT =
  "SELECT min(created_at) AS at FROM objects WHERE resource NOT IN ('events', 'events.k8s.io/events')";
const EVENT_LISTS = `SELECT count(*) AS count, sum(outcome <> 'failed') AS came FROM lists
  WHERE resource IN ('events', 'events.k8s.io/events')`;

const source: TimelineSource = {
  id: 'coverage',
  title: 'uncovered time',
  explain:
    'Events are kept for an hour unless the API server is told otherwise (--event-ttl), logs as far back as was asked for and kept, states only as they were when they were listed. Time outside of that is shown as unknown.',
  rank: 0,
  *rows(store) {
    const times = captureTimes(store);
    const begin = store.get<{ at: Micros | null }>(OLDEST_OBJECT)?.at ?? undefined;
    yield* events(store, begin, times);
    yield* states(begin, times);
    yield* logs(store, times);
  },
};
export default source;

function* events(store: Store, begin: Micros | undefined, { started }: CaptureTimes): Generator<SourceRow> {
  const oldest = store.get<{ at: Micros | null; count: number }>(OLDEST_EVENT);
  const lists = store.get<{ count: number; came: number | null }>(EVENT_LISTS);
  // Without any Event, how far back they would reach is unknown too: the whole time is uncovered.
  const until = oldest?.at ?? started;
  const at = Math.min(begin ?? until ?? 0, until ?? 0);
  // A cluster younger than its Events is covered whole, but for the seconds in which it came up.
  if (until === undefined || until - at < 10_000_000) return;
  const never = (lists?.count ?? 0) === 0 || (lists?.came ?? 0) === 0;
  yield uncovered(1, at, until, {
    reason: 'Events',
    text: never
      ? 'no Events were captured: nothing here says what components reported'
      : oldest?.count === 0
        ? 'no Events are kept: nothing here says what components reported'
        : `no Events from before ${formatTime(until, 0)} are kept (they expire, by default after an hour)`,
  });
}

function* states(begin: Micros | undefined, { started }: CaptureTimes): Generator<SourceRow> {
  if (begin === undefined || started === undefined || begin >= started) return;
  yield uncovered(2, begin, started, {
    reason: 'states',
    text: 'states before the capture were not recorded: shown is what objects still tell of them (creation, last transitions, last writes); what was deleted by then is missing',
  });
}

function* logs(store: Store, { started }: CaptureTimes): Generator<SourceRow> {
  const asked = started === undefined ? undefined : askedSince(store, started);
  let seq = 10;
  for (const row of store.iterate<LogCoverageRow>(logCoverage)) {
    seq += 1;
    const ran = row.previous ? row.last_started_at : row.started_at;
    const until = coveredFrom(row, asked, started);
    if (ran === null || until === undefined || until <= ran + 1_000_000) continue;
    yield uncovered(seq, ran, until, {
      kind: 'Pod',
      namespace: row.namespace,
      name: row.pod,
      reason: 'log',
      text: `the log of container ${row.container}${row.previous ? ' (previous run)' : ''} was not captured from before ${formatTime(until, 0)}`,
      file_id: row.file_id,
    });
  }
}

/**
 * Since when a log is whole. A log that was cut begins with its first line; any other one at the time it was asked
 * from, or with a first line that is older than that.
 */
function coveredFrom(
  row: LogCoverageRow,
  asked: Micros | undefined,
  started: Micros | undefined,
): Micros | undefined {
  if (row.cut || asked === undefined) return row.first_at ?? started;
  return Math.min(asked, row.first_at ?? asked);
}

/** The oldest time that logs were asked from: `scope.sinceSeconds` before the beginning. */
function askedSince(store: Store, started: Micros): Micros | undefined {
  const header = parseJson(note(store, 'header') ?? '');
  const scope = isRecord(header) ? header['scope'] : undefined;
  const seconds = isRecord(scope) ? scope['sinceSeconds'] : undefined;
  return typeof seconds === 'number' && seconds > 0 ? started - seconds * 1_000_000 : undefined;
}

function uncovered(
  seq: number,
  at: Micros,
  until: Micros,
  parts: Partial<SourceRow> & { text: string },
): SourceRow {
  return sourceRow({ at, until, severity: SEVERITY.unknown, basis: 'unknown', seq, ...parts });
}
