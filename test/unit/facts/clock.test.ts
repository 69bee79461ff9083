import { describe, expect, it } from 'vitest';
import { captureClock } from '../../../analyze/facts/clock.ts';
import { SECOND, parseTime } from '../../../src/core/time.ts';
import { ENDED_AT, STARTED_AT, storeFrom } from '../../support/evidence.ts';
import { event } from '../../support/kube-objects.ts';

function clockOf(
  given: Parameters<typeof storeFrom>[0],
  notes: Readonly<Record<string, string>> = {},
): ReturnType<typeof captureClock> {
  const store = storeFrom(given);
  const note = store.insert('bundle', ['key', 'value'], 'REPLACE');
  for (const [key, value] of Object.entries(notes)) note(key, value);
  try {
    return captureClock(store);
  } finally {
    store.close();
  }
}

describe('the clock of a capture', () => {
  it('is that of the bundle', () => {
    expect(clockOf({})).toEqual({
      startedAt: parseTime(STARTED_AT),
      endedAt: parseTime(ENDED_AT),
      skew: 0,
      tolerance: SECOND,
    });
  });

  it("is brought to the cluster's, with the error as tolerance", () => {
    const clock = clockOf({}, { skew_ms: '90000', skew_error_ms: '250' });
    expect(clock.endedAt - (parseTime(ENDED_AT) ?? 0)).toBe(90 * SECOND);
    expect(clock.tolerance).toBe(SECOND + 250_000);
  });

  it('ends, in a bundle that was cut, with the newest thing in it', () => {
    const last = event('Pod', 'a', 'Killing', 'Stopping container', '14:30:11');
    const { endedAt } = clockOf({
      objects: [last],
      lists: { pods: 'absent', events: 'absent' },
      endedAt: null,
    });
    expect(endedAt).toBe(parseTime('2026-05-01T14:30:11Z'));
  });

  it('never ends before it began', () => {
    const { startedAt, endedAt } = clockOf({ endedAt: null });
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  });
});
