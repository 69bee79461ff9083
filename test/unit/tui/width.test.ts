import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  cell,
  drop,
  fit,
  take,
  truncate,
  truncateMiddle,
  widthOf,
  wrap,
} from '../../../analyze/tui/width.ts';

const any = fc.string({ unit: 'binary', maxLength: 60 });
/** Letters of every width and direction, and what hostile names are made of. */
const hostile = fc.oneof(
  any,
  fc.constantFrom(
    '日本語のポッド',
    'שלום-pod',
    '👩‍👩‍👧‍👦',
    '🇩🇪🇫🇷',
    'e\u0301e\u0301',
    '\u001b[2J\u001b]0;x\u0007',
    'a\tb\nc',
    '❤️',
    '\u202eevil',
    '한국어',
  ),
);

describe('foreign text in cells', () => {
  it('leaves no character that a terminal would obey', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cell(text)).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
        );
      }),
    );
  });

  it('fits exactly, whatever the text and the width', () => {
    fc.assert(
      fc.property(
        hostile,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('left' as const, 'right' as const),
        (text, width, align) => {
          expect(stringWidth(fit(cell(text), width, align))).toBe(width);
        },
      ),
    );
  });

  it('never makes wider than asked, at either end', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const safe = cell(text);
        for (const cut of [truncate(safe, width), truncateMiddle(safe, width), take(safe, width)]) {
          expect(widthOf(cut)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('wraps without losing a letter, no row wider than the room', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 30 }), (text, width) => {
        const safe = cell(text);
        const rows = wrap(safe, width);
        expect(rows.join('').replaceAll(' ', '')).toBe(safe.replaceAll(' ', ''));
        for (const row of rows) expect(widthOf(row)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('keeps to the room also where the indentation leaves none', () => {
    expect(wrap('  \ufffd', 2)).toEqual(['\ufffd']);
    expect(wrap('  ab cd', 4)).toEqual(['ab', 'cd']);
  });

  it('says what was cut, and keeps both ends of a name', () => {
    expect(truncate('payment-api-78f7d9ff7b-hwh27', 12)).toBe('payment-api…');
    expect(truncateMiddle('payment-api-78f7d9ff7b-hwh27', 13)).toBe('paymen…-hwh27');
    expect(fit('日本語', 4)).toBe('日… ');
    expect(drop('日本語', 2)).toBe('本語');
  });

  it('looks at no more of a text than a screen could show', () => {
    expect(cell('x'.repeat(1_000_000)).length).toBeLessThan(10_000);
  });
});
