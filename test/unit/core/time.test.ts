/** Times and durations, read and written. */
import { describe, expect, it } from 'vitest';
import { formatDuration, formatTime, parseDuration, parseTime } from '../../../src/core/time.ts';

describe('parseTime', () => {
  it('reads what Kubernetes writes: seconds, microseconds and the nanoseconds of log lines', () => {
    const base = Date.UTC(2026, 10, 23, 14, 17, 5) * 1000;
    expect(parseTime('2026-11-23T14:17:05Z')).toBe(base);
    expect(parseTime('2026-11-23T14:17:05.123456Z')).toBe(base + 123_456);
    expect(parseTime('2026-11-23T14:17:05.123456789Z')).toBe(base + 123_456);
    expect(parseTime('2026-11-23T15:17:05.5+01:00')).toBe(base + 500_000);
  });

  it('guesses nothing', () => {
    for (const text of ['', 'yesterday', '2026-11-23', '2026-13-23T00:00:00Z', 5, null, undefined]) {
      expect(parseTime(text)).toBeUndefined();
    }
  });
});

describe('formatTime', () => {
  it('writes as many digits as are needed, or as asked', () => {
    const at = parseTime('2026-11-23T14:17:05.120000Z') ?? 0;
    expect(formatTime(at)).toBe('2026-11-23T14:17:05.120000Z');
    expect(formatTime(at, 0)).toBe('2026-11-23T14:17:05Z');
    expect(formatTime(at, 3)).toBe('2026-11-23T14:17:05.120Z');
    expect(formatTime(at - 120_000)).toBe('2026-11-23T14:17:05Z');
  });
});

describe('durations', () => {
  it.each([
    [850_000, '850ms'],
    [12_000_000, '12s'],
    [250_000_000, '4m10s'],
    [10_920_000_000, '3h02m'],
    [446_400_000_000, '5d4h'],
    [-12_000_000, '-12s'],
  ])('%d µs is %s', (micros, text) => {
    expect(formatDuration(micros)).toBe(text);
  });

  it.each([
    ['90s', 90_000_000],
    ['1h30m', 5_400_000_000],
    ['250ms', 250_000],
    ['2d', 172_800_000_000],
  ])('reads %s', (text, micros) => {
    expect(parseDuration(text)).toBe(micros);
  });

  it('refuses what is none', () => {
    for (const text of ['', '5', 'h', '5 minutes', '1h-3m']) expect(parseDuration(text)).toBeUndefined();
  });
});
