/** A log through the redactor piece by piece: the same as in one, the newest first, and not for longer than there is time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactNewest, safePieces, shortlyAfter } from '../../../capture/log-pieces.ts';
import { createRedactor } from '../../../src/bundle/redaction/redactor.ts';

const stamp = (index: number): string => `2026-01-01T00:00:00.${String(index).padStart(9, '0')}Z`;
const logOf = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line, index) => `${stamp(index)} ${line}\n`).join(''));
const never = new AbortController().signal;
const ended = AbortSignal.abort();

/** Lines of which many belong to the one before. */
const LINES = [
  'GET /items 200',
  'password: |',
  '  first-line-of-secret',
  '  second-line-of-secret',
  '- item',
  'token=abcdefgh12345678',
  '',
  'name: DB_PASSWORD',
  'value: hunter2hunter2',
  '    deep: value-of-it',
];

describe('the pieces of a log', () => {
  it('redacted one by one are what the whole redacted is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...LINES), { maxLength: 60 }), async (lines) => {
        const key = Buffer.alloc(32, 7);
        const whole = logOf(lines);
        const redact = (raw: Buffer): Buffer => createRedactor({ key }).text({ evidence: 'log' }, raw);
        const pieces = safePieces(whole, 100).map(redact);
        expect(Buffer.concat(pieces).toString()).toBe(redact(whole).toString());
      }),
    );
  });

  it('are cut before fresh lines alone, never within a block, and lose nothing', () => {
    const whole = logOf(Array.from({ length: 40 }, () => ['password: |', '  one', '  two', 'next']).flat());
    const pieces = safePieces(whole, 100);
    expect(pieces.length).toBeGreaterThan(10);
    expect(Buffer.concat(pieces)).toEqual(whole);
    for (const piece of pieces) expect(piece.toString()).toMatch(/^\S+Z [^\s-]/);
  });

  it('are one where there is a private key', () => {
    const whole = logOf([
      ...Array.from({ length: 50 }, () => 'x'),
      '-----BEGIN PRIVATE KEY-----',
      'MC4CAQAw',
    ]);
    expect(safePieces(whole, 100)).toEqual([whole]);
  });

  it('are one where no line is fresh', () => {
    const whole = Buffer.from('without a time\n'.repeat(50));
    expect(safePieces(whole, 100)).toEqual([whole]);
  });
});

describe('a log', () => {
  const whole = logOf(Array.from({ length: 10_000 }, (_, index) => `line ${index}`));

  it('goes through whole, and others have their turn meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const { bytes, left } = await redactNewest(
      whole,
      (piece) => {
        const until = performance.now() + 3;
        while (performance.now() < until);
        return piece;
      },
      { over: never, enough: never },
    );
    clearInterval(timer);
    expect([bytes.equals(whole), left]).toEqual([true, 0]);
    expect(turns).toBeGreaterThan(0);
  });

  it('keeps its newest lines when the time is over in the middle', async () => {
    const enough = new AbortController();
    let pieces = 0;
    const redact = (piece: Buffer): Buffer => {
      pieces += 1;
      if (pieces === 2) enough.abort();
      return piece;
    };
    const { bytes, left } = await redactNewest(whole, redact, { over: never, enough: enough.signal });
    expect(pieces).toBe(2);
    expect(bytes.length + left).toBe(whole.length);
    expect(bytes.toString()).toMatch(/line 9999\n$/);
    expect(left).toBeGreaterThan(0);
  });

  it('that comes when the time is over has its last lines', async () => {
    const { bytes, left } = await redactNewest(whole, (piece) => piece, { over: ended, enough: never });
    expect(bytes.length + left).toBe(whole.length);
    expect(left).toBeGreaterThan(0);
    expect(bytes.toString()).toMatch(/line 9999\n$/);
  });

  it('is not begun when the time is over', async () => {
    const { bytes, left } = await redactNewest(whole, (piece) => piece, {
      over: ended,
      enough: ended,
    });
    expect([bytes.length, left]).toEqual([0, whole.length]);
  });
});

describe('shortly after', () => {
  it('comes after the signal, not before, also when it is aborted already', async () => {
    const first = new AbortController();
    const later = shortlyAfter(first.signal, 5);
    expect(later.aborted).toBe(false);
    first.abort();
    expect(later.aborted).toBe(false);
    await expect.poll(() => later.aborted).toBe(true);
    const again = shortlyAfter(ended, 5);
    await expect.poll(() => again.aborted).toBe(true);
  });
});
