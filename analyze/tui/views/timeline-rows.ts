/** Entries of the timeline as rows: when, how sure, whose, what; and the selected one in full beneath. */
import type { Env } from '../screen.ts';
import type { Tone } from '../theme.ts';
import { cell, fit, truncate, widthOf, wrap } from '../width.ts';
import type { TimelineRow } from '../data/timeline.ts';

/** Rows that the selected entry takes beneath the list. */
export const DETAIL = 3;

const MARKS = ['?', ' ', ' ', '!', 'X'] as const;
const TONES: readonly Tone[] = ['unknown', 'dim', 'plain', 'warn', 'bad'];

export function drawEntry(row: TimelineRow, env: Env, chosen: boolean, marked: boolean): string {
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

/** The selected entry in full, below a line; always as many rows. */
export function drawDetail(row: TimelineRow | undefined, env: Env): string[] {
  const { columns } = env.size;
  const { paint } = env.theme;
  const line = paint('dim', '─'.repeat(columns));
  if (row === undefined) return [line, '', ''];
  const whose = row.name === null ? '' : `${row.kind ?? ''} ${row.namespace ?? ''}/${row.name}: `;
  const until = row.until === null ? '' : ` (until ${env.clock.short(row.until)})`;
  const reason = row.reason === null ? '' : `${row.reason}: `;
  const said = cell(
    `${env.clock.short(row.at)} ${row.basis}, ${row.source}. ${whose}${reason}${row.text}${until}`,
  );
  const rows = wrap(said, columns - 2);
  const second = rows.length > 2 ? `${rows[1] ?? ''} …` : (rows[1] ?? '');
  return [line, ` ${rows[0] ?? ''}`, ` ${truncate(second, columns - 2)}`];
}
