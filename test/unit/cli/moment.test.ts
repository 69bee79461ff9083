/** Times as people type them. */
import { describe, expect, it } from 'vitest';
import { parseMoment } from '../../../src/cli/moment.ts';
import { formatTime, parseTime } from '../../../src/core/time.ts';

const reference = parseTime('2026-05-01T14:30:20Z') ?? 0;
const shown = (text: string): string | undefined => {
  const at = parseMoment(text, { reference });
  return at === undefined ? undefined : formatTime(at);
};

describe('parseMoment', () => {
  it.each([
    ['14:19', '2026-05-01T14:19:00Z'],
    ['9:05:07', '2026-05-01T09:05:07Z'],
    ['14:19:03.5Z', '2026-05-01T14:19:03.500000Z'],
    ['2026-04-30 14:19', '2026-04-30T14:19:00Z'],
    ['2026-04-30T14:19:03', '2026-04-30T14:19:03Z'],
    ['2026-04-30T14:19:03+02:00', '2026-04-30T12:19:03Z'],
    ['10m', '2026-05-01T14:20:20Z'],
    ['-1h30m', '2026-05-01T13:00:20Z'],
  ])('%s is %s', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('takes a clock that lies far ahead of the capture for the day before', () => {
    const early = parseTime('2026-05-01T00:10:00Z') ?? 0;
    expect(formatTime(parseMoment('23:50', { reference: early }) ?? 0)).toBe('2026-04-30T23:50:00Z');
  });

  it.each(['', 'yesterday', '25:00', '14:60', '5', '2026-13-45'])('%j is none', (text) => {
    expect(shown(text)).toBeUndefined();
  });
});
