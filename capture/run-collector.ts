/** Runs one collector: counts what it writes, keeps its gaps, and records how it ended as soon as it has. */
import { collectorSchema, gapSchema, type CollectorRecord, type Gap } from '../src/bundle/format.ts';
import { collectorPath } from '../src/bundle/paths.ts';
import type { BundleWriter } from '../src/bundle/writer.ts';
import { UserError, messageOf } from '../src/core/errors.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { Room } from './room.ts';
import type { Capture, Collector, CollectorContext } from './collector.ts';

/** How long after the signal a collector may take to end; one that does not is left behind. */
const GRACE_MS = 500;

/**
 * Runs it to its end, or to shortly after the budget's. Its record is in the bundle when this resolves.
 * @throws UserError when the bundle cannot be written.
 */
export async function runCollector(
  collector: Collector,
  shared: Capture,
  writer: BundleWriter,
  room: Room,
): Promise<CollectorRecord> {
  const startedAt = now();
  const { redactor } = shared;
  const api = shared.api.counted();
  const gaps = new Map<string, Gap>();
  const tally = { records: 0, bytes: 0, closed: false, unwritable: undefined as UserError | undefined };
  const notes: Record<string, unknown> = {};
  const context: CollectorContext = {
    ...shared,
    api,
    signal: shared.budget.signal,
    async write(path, body) {
      // Left behind: the manifest may be on its way already.
      if (tally.closed) return;
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      // Whatever a collector forgot: no byte gets by the redactor.
      const clean = redactor.passed(bytes) ? bytes : redactor.text({ evidence: 'bundle' }, bytes);
      try {
        await room.take(path, clean.length, () => writer.add(redactor.path(path), clean));
      } catch (error) {
        if (error instanceof UserError) tally.unwritable ??= error;
        throw error;
      }
      tally.bytes += body.length;
    },
    gap(gap) {
      // The words of a server may quote what was sent to it.
      if (!gaps.has(gap.key)) gaps.set(gap.key, gapSchema.parse(redactor.document(gap)));
    },
    count(records) {
      tally.records += records;
    },
    note(fields) {
      Object.assign(notes, fields);
    },
  };
  let problem: string | undefined;
  try {
    const ended = await Promise.race([collector.run(context).then(() => true), overdue(shared, collector)]);
    if (!ended) problem = 'it did not end in time and was left behind';
  } catch (error) {
    problem = messageOf(error);
  }
  tally.closed = true;
  if (tally.unwritable !== undefined) throw tally.unwritable;
  if (problem !== undefined) context.gap(problemGap(collector, problem, shared));
  const record = collectorSchema.parse(
    redactor.document({
      id: collector.id,
      outcome: outcomeOf(gaps.size, tally.records, problem),
      startedAt: formatTime(startedAt, 3),
      ms: Math.round((now() - startedAt) / 1000),
      records: tally.records,
      bytes: tally.bytes,
      gaps: [...gaps.values()],
      requests: { ...api.counts },
      ...(problem === undefined ? {} : { detail: problem }),
      ...notes,
    }),
  );
  await writer.add(collectorPath(collector.id), `${JSON.stringify(record)}\n`);
  return record;
}

function outcomeOf(gaps: number, records: number, problem: string | undefined): CollectorRecord['outcome'] {
  if (gaps === 0) return 'complete';
  return records > 0 && problem === undefined ? 'partial' : records > 0 ? 'partial' : 'failed';
}

/** Resolves to false when a collector goes on although its time is over. */
function overdue({ budget }: Capture, { tier }: Collector): Promise<false> {
  const signal = tier === 'throughout' ? budget.lastSignal : budget.signal;
  return new Promise((resolve) => {
    const late = (): void => {
      setTimeout(() => resolve(false), GRACE_MS).unref();
    };
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}

function problemGap({ id }: Collector, problem: string, { budget }: Capture): Gap {
  const stopped = budget.stopped();
  return {
    key: `collector:${id}`,
    evidence: 'bundle',
    subject: {},
    reason: stopped === 'interrupted' ? 'interrupted' : stopped === 'deadline' ? 'timeout' : 'error',
    detail: `the collector ${id}: ${problem}`,
    at: formatTime(now()),
    partial: true,
  };
}
