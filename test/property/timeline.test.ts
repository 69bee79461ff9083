/** The line of time is in order and complete, whatever falls into one second and whatever texts hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTimeline } from '../../analyze/timeline/build.ts';
import { readTimeline } from '../../analyze/timeline/read.ts';
import { wrap } from '../../analyze/timeline/text.ts';
import { formatTime, parseTime } from '../../src/core/time.ts';
import { storeFrom } from '../support/evidence.ts';
import { event, pod } from '../unit/timeline/objects.ts';

const BASE = parseTime('2026-05-01T14:00:00Z') ?? 0;
/** Few distinct seconds, so that many entries share one. */
const time = fc.integer({ min: 0, max: 5 }).map((second) => formatTime(BASE + second * 1_000_000));
const happening = fc.record({
  at: time,
  pod: fc.integer({ min: 0, max: 3 }),
  message: fc.string({ unit: 'binary', maxLength: 40 }),
});

describe('the timeline', () => {
  it('is in order, has a time for every entry, and loses none that share one', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
        const pods = [0, 1, 2, 3].map((number) => pod({ name: `p${number}`, at: '2026-05-01T14:00:02Z' }));
        const events = happenings.map((one, index) => ({
          ...event({ about: ['Pod', `p${one.pod}`], reason: 'Pulled', at: one.at, message: one.message }),
          metadata: { namespace: 'shop', name: `e${index}`, uid: `e${index}`, creationTimestamp: one.at },
        }));
        const store = storeFrom({ objects: [...pods, ...events] });
        const count = buildTimeline(store);
        const entries = [...readTimeline(store, {})];
        store.close();
        expect(entries).toHaveLength(count);
        expect(entries.map((entry) => entry.id)).toEqual(entries.map((_, index) => index + 1));
        const times = entries.map((entry) => parseTime(entry.at));
        expect(times).not.toContain(undefined);
        expect(times).toEqual(times.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
        const told = entries
          .filter((entry) => entry.source === 'events')
          .map((entry) => `${entry.at} ${entry.object?.name} ${entry.text}`);
        // SQLite ends a text where it holds a zero, JSON keeps lone surrogates: compare what both can say.
        const plain = (text: string): string => text.replaceAll(/[\u0000\ud800-\udfff].*/gsu, '');
        expect(told.map(plain).toSorted()).toEqual(
          happenings.map((one) => plain(`${one.at} p${one.pod} ${one.message}`)).toSorted(),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('wraps without losing or adding anything but spaces', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 5, max: 60 }), (text, room) => {
        const lines = wrap(text, room);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(room);
      }),
    );
  });
});
