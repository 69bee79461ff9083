/** `inquest timeline`: everything that carries a time, merged into one line, with inferred and unknown time marked. */
import { once } from 'node:events';
import { styleText } from 'node:util';
import type { TimelineFilter } from '../../../analyze/timeline/read.ts';
import type { Store } from '../../../analyze/store/store.ts';
import { UserError } from '../../core/errors.ts';
import { HOUR, MINUTE, parseDuration, parseTime, type Micros } from '../../core/time.ts';
import type { Command } from '../command.ts';
import { parseMoment } from '../moment.ts';

interface Flags {
  readonly since?: string;
  readonly until?: string;
  readonly around?: string;
  readonly object?: string;
  readonly namespace?: string;
  readonly source?: string[];
  readonly severity?: string;
  readonly format?: string;
  readonly json?: boolean;
  readonly utc?: boolean;
  readonly local?: boolean;
  readonly relative?: boolean;
}

const FORMATS = ['text', 'json', 'csv'] as const;
const SEVERITIES = ['trace', 'normal', 'warning', 'error'] as const;
/** Room on both sides of `--around`. */
const AROUND = 5 * MINUTE;

const command: Command = {
  name: 'timeline',
  register(program) {
    program
      .command('timeline')
      .description('One merged line of time from everything that carries a time.')
      .argument('<file>', 'a bundle, an unpacked one, or - for standard input')
      .option(
        '--since <time>',
        'from here on; "all" for everything (default: the\nlast hour, or since shortly before the root cause)',
      )
      .option('--until <time>', 'up to here')
      .option('--around <time>', 'five minutes on both sides of it')
      .option('--object <kind/ns/name>', 'only this object and what it owns')
      .option('-n, --namespace <name>', 'only this namespace')
      .option(
        '--source <name...>',
        'only these: events, conditions, containers, pods,\nreplicasets, objects, managed-fields, logs, probes,\nchanges, gaps, coverage',
      )
      .option('--severity <least>', 'trace, normal, warning or error', 'normal')
      .option('--format <format>', 'text, json or csv', 'text')
      .option('--json', 'short for --format json')
      .option('--utc', 'times in UTC (default)')
      .option('--local', "times in this machine's zone")
      .option('--relative', 'times counted back from the capture')
      .addHelpText(
        'after',
        `
A time is a clock (14:19), a date with a clock, RFC 3339, or how long before the
capture (10m). Marked in the text: ~ inferred (it follows from something else),
? unknown (no evidence about this time: silence there is no peace).

Examples:
  inquest timeline FILE                                 the last hour
  inquest timeline FILE --around 14:19                  what happened then
  inquest timeline FILE --object deploy/shop/payment    with its pods
  inquest timeline FILE --since all --severity error    every error known
  inquest timeline FILE --format csv > timeline.csv     for a spreadsheet`,
      )
      .action((file: string, flags: Flags) => act(file, flags));
  },
};
export default command;

async function act(file: string, flags: Flags): Promise<void> {
  const format = flags.json === true ? 'json' : oneOf('--format', flags.format ?? 'text', FORMATS);
  const { openAnalysis } = await import('../../../analyze/analysis.ts');
  const { asCsv, asJson, asText, viewOf } = await import('../../../analyze/timeline/print.ts');
  const analysis = await openAnalysis(file);
  try {
    const { store, verdict } = analysis;
    const reference = parseTime(verdict.capturedAt) ?? 0;
    const filter = await filterOf(store, flags, reference);
    const view = viewOf(store, filter);
    if (format === 'csv') await write(asCsv(store, view));
    else if (format === 'json') await write(asJson(store, view, reference));
    else {
      const zone = flags.relative === true ? 'relative' : flags.local === true ? 'local' : 'utc';
      const { isTTY, columns } = process.stdout;
      await write(
        lines(
          asText(store, view, `Cluster ${verdict.bundle.cluster}`, {
            zone,
            reference,
            from: filter.from,
            width: isTTY ? columns : undefined,
            style: isTTY ? (name, text) => styleText(name, text, { stream: process.stdout }) : undefined,
          }),
        ),
      );
    }
  } finally {
    analysis.close();
  }
}

async function filterOf(store: Store, flags: Flags, reference: Micros): Promise<TimelineFilter> {
  const { objectFamily } = await import('../../../analyze/timeline/family.ts');
  const { timelineMarks } = await import('../../../analyze/timeline/read.ts');
  const { timelineSources } = await import('../../../analyze/timeline/sources/registry.ts');
  const moment = (name: string, text: string): Micros => {
    const at = parseMoment(text, { reference, local: flags.local === true });
    if (at === undefined)
      throw usage(`${name} takes a time, and "${text}" is none`, 'Try 14:19, 10m or an RFC 3339 time.');
    return at;
  };
  const around = flags.around === undefined ? undefined : moment('--around', flags.around);
  const known = timelineSources.map((source) => source.id);
  for (const source of flags.source ?? []) oneOf('--source', source, known);
  return {
    from:
      flags.since === 'all'
        ? undefined
        : flags.since !== undefined
          ? moment('--since', flags.since)
          : around !== undefined
            ? around - AROUND
            : flags.until !== undefined && parseDuration(flags.until) === undefined
              ? moment('--until', flags.until) - HOUR
              : usualStart(timelineMarks(store), reference),
    to:
      flags.until !== undefined
        ? moment('--until', flags.until)
        : around === undefined
          ? undefined
          : around + AROUND,
    namespace: flags.namespace,
    sources: flags.source,
    severity: oneOf('--severity', flags.severity ?? 'normal', SEVERITIES),
    objects:
      flags.object === undefined
        ? undefined
        : family(objectFamily(store, flags.object, flags.namespace), flags.object),
  };
}

function family<T>(found: readonly T[], wanted: string): readonly T[] {
  if (found.length > 0) return found;
  throw new UserError('no-such-object', `Nothing in this bundle is called ${wanted}.`, {
    hint: "Give it as kind/namespace/name (deploy/shop/payment); list names with inquest query FILE 'SELECT kind, namespace, name FROM objects'.",
  });
}

/** The last hour, and at least from shortly before the first root cause. */
function usualStart(marks: readonly { at: string }[], reference: Micros): Micros {
  const times = marks.map((mark) => parseTime(mark.at)).filter((at) => at !== undefined);
  return Math.min(reference - HOUR, ...times.map((at) => at - 2 * AROUND));
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw usage(`${option} takes ${allowed.join(', ')}, not "${value}"`, 'See inquest timeline --help.');
}

function usage(message: string, hint: string): UserError {
  return new UserError('bad-argument', message, { hint });
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text}\n`;
}

/** Writes as fast as the reader takes it, in pieces large enough for a pipe. */
async function write(chunks: Iterable<string>): Promise<void> {
  let held = '';
  for (const chunk of chunks) {
    held += chunk;
    if (held.length < 65_536) continue;
    const piece = held;
    held = '';
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
  if (held !== '') process.stdout.write(held);
}
