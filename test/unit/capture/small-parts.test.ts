/** The small pure parts of a capture: the clock, selectors in text, the window over a log's end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inParts, keepNewest } from '../../../capture/newest.ts';
import { parseTextSelector } from '../../../capture/selector.ts';
import { createSkew } from '../../../capture/skew.ts';
import { matchesSelector } from '../../../src/k8s/labels.ts';

describe('the clock skew', () => {
  it('lies within its error whatever the delays', () => {
    const sample = fc.record({
      at: fc.nat(1_000_000),
      there: fc.integer({ min: 0, max: 2000 }),
      back: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000_000, max: 5_000_000 }),
        fc.array(sample, { minLength: 1 }),
        (truth, samples) => {
          const skew = createSkew();
          const base = Date.parse('2026-01-01T00:00:00Z');
          for (const { at, there, back } of samples) {
            const sent = base + at;
            const date = new Date(Math.floor((sent + there + truth) / 1000) * 1000).toUTCString();
            skew.sample(date, sent, sent + there + back);
          }
          const value = skew.value();
          expect(Math.abs((value?.ms ?? Infinity) - truth)).toBeLessThanOrEqual((value?.errorMs ?? 0) + 1);
          expect(value?.samples).toBe(samples.length);
        },
      ),
    );
  });

  it('says nothing without a Date, and follows a clock that was set', () => {
    const skew = createSkew();
    skew.sample(undefined, 0, 1);
    skew.sample('yesterday', 0, 1);
    expect(skew.value()).toBeUndefined();
    const base = Date.parse('2026-01-01T00:00:00Z');
    skew.sample(new Date(base).toUTCString(), base, base + 10);
    skew.sample(new Date(base + 3_600_000).toUTCString(), base, base + 10);
    expect(skew.value()?.ms).toBeGreaterThan(3_500_000);
  });
});

describe('a label selector in text', () => {
  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'web' }, true],
    ['app=web', { app: 'db' }, false],
    ['app!=web', {}, true],
    ['app=web,tier!=cache', { app: 'web', tier: 'cache' }, false],
    ['env in (prod, staging)', { env: 'staging' }, true],
    ['env notin (prod)', { env: 'prod' }, false],
    ['a/b', { 'a/b': 'x' }, true],
    ['!canary, app', { app: '', canary: 'x' }, false],
    ['app=', { app: '' }, true],
  ])('%s on %j: %s', (text, labels, expected) => {
    expect(matchesSelector(parseTextSelector(text), labels as Record<string, string>)).toBe(expected);
  });

  it.each(['', 'a=b c', 'in (x)', 'a in x', '=b', 'a=b!'])('refuses %j', (text) => {
    expect(() => parseTextSelector(text)).toThrow(expect.objectContaining({ code: 'selector-invalid' }));
  });
});

describe('the window over the end of a log', () => {
  it('keeps whole lines from the end, in parts that put together are the end', () => {
    const chunk = fc.array(fc.string({ maxLength: 60 }), { maxLength: 10 });
    fc.assert(
      fc.property(
        fc.array(chunk),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 100 }),
        (chunks, limit, part) => {
          const newest = keepNewest(limit);
          const bodies = chunks.map((lines) =>
            lines.map((line) => `${line.replaceAll('\n', '')}\n`).join(''),
          );
          for (const body of bodies) newest.push(Buffer.from(body));
          const whole = Buffer.from(bodies.join(''));
          const parts = inParts(newest.whole(), part);
          const kept = Buffer.concat(parts);
          expect(whole.subarray(whole.length - kept.length).equals(kept)).toBe(true);
          expect(kept.length + newest.dropped()).toBe(whole.length);
          for (const one of parts) expect(one.length === 0 || one.at(-1) === 0x0a).toBe(true);
          expect([undefined, 0x0a]).toContain(whole[whole.length - kept.length - 1]);
        },
      ),
    );
  });
});
