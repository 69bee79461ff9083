/** `inquest query`: one reading SQL statement over everything in a bundle. */
import { once } from 'node:events';
import type { QueryResult } from '../../../analyze/store/query-child.ts';
import { UserError } from '../../core/errors.ts';
import { plural } from '../../core/text.ts';
import { parseDuration } from '../../core/time.ts';
import type { Command } from '../command.ts';

interface Flags {
  readonly format?: string;
  readonly json?: boolean;
  readonly limit: string;
  readonly timeout: string;
  readonly tables?: boolean;
}

const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;

const command: Command = {
  name: 'query',
  register(program) {
    program
      .command('query')
      .description('Run one reading SQL statement over everything in a bundle.')
      .argument('<file>', 'a bundle, an unpacked one, or - for standard input')
      .argument('[sql]', 'a statement; without one the tables are listed')
      .option('--tables', 'list the tables, their columns, and examples')
      .option('--format <format>', FORMATS.join(', '), 'table')
      .option('--json', 'short for --format json')
      .option('--limit <rows>', 'rows at most', '1000')
      .option('--timeout <duration>', 'the query is stopped after this long', '30s')
      .addHelpText(
        'after',
        `
SQLite's SQL; times are microseconds since the epoch, UTC:
datetime(at / 1000000, 'unixepoch') makes them readable. Objects are whole in
bodies, as JSONB: json_extract(body, '$.spec.selector'). In CSV, text that a
spreadsheet would run as a formula gets an apostrophe in front.

Examples:
  inquest query FILE --tables
  inquest query FILE "SELECT name, reason FROM pods WHERE ready <> 'True'"
  inquest query FILE "SELECT rcode, count(*) FROM dns_log GROUP BY 1"
  inquest query FILE "SELECT * FROM gaps" --json`,
      )
      .action((file: string, sql: string | undefined, flags: Flags) => act(file, sql, flags));
  },
};
export default command;

async function act(file: string, sql: string | undefined, flags: Flags): Promise<void> {
  const format = formatOf(flags);
  const limit = limitOf(flags.limit);
  const timeout = parseDuration(flags.timeout);
  if (timeout === undefined || timeout <= 0) {
    throw new UserError('bad-duration', `--timeout ${flags.timeout} is no duration`, {
      hint: 'write it as 500ms, 30s or 5m.',
    });
  }
  const { openAnalysis } = await import('../../../analyze/analysis.ts');
  const analysis = await openAnalysis(file);
  try {
    if (sql === undefined || flags.tables === true) {
      const { tableOverview } = await import('../../../analyze/store/overview.ts');
      await write(tableOverview(analysis.store, format === 'table' ? 'text' : 'json', file));
      return;
    }
    const { runQuery } = await import('../../../analyze/store/query-child.ts');
    const result = await runQuery(analysis.store.path, sql, { limit, timeoutMs: timeout / 1000 });
    await print(result, format);
    if (result.truncated !== false) {
      const why =
        result.truncated === 'rows'
          ? 'there are more: see --limit'
          : 'the rest is too large: take fewer columns';
      process.stderr.write(`inquest: ${plural(result.rows.length, 'row')} shown, ${why}\n`);
    }
  } finally {
    analysis.close();
  }
}

function formatOf(flags: Flags): (typeof FORMATS)[number] {
  const wanted = flags.json === true ? 'json' : flags.format;
  const format = FORMATS.find((candidate) => candidate === wanted);
  if (format !== undefined) return format;
  throw new UserError('bad-format', `there is no format "${wanted ?? ''}"`, {
    hint: `choose one of: ${FORMATS.join(', ')}.`,
  });
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= 10_000_000) return limit;
  throw new UserError('bad-limit', `--limit ${text} is no number of rows`, {
    hint: 'give a number from 1 on.',
  });
}

async function print(result: QueryResult, format: (typeof FORMATS)[number]): Promise<void> {
  const { rowsAs } = await import('../../../analyze/store/format-rows.ts');
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  for (const text of rowsAs(result, format, width)) await write(text);
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
