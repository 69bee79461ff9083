/** Foreign text on its way to a terminal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, oneLine, printable } from '../../../src/core/text.ts';

describe('printable', () => {
  it('shows what a terminal would obey, and keeps the rest', () => {
    expect(printable('\u001b[2Jred\u001b]0;title\u0007')).toBe('\\x1b[2Jred\\x1b]0;title\\x07');
    expect(printable('a\u202eb\u200b')).toBe('a\\u{202e}b\\u{200b}');
    expect(printable('\u061c\u{e0041}')).toBe('\\u{61c}\\u{e0041}');
    expect(printable('käse 漢字 👍\n\t')).toBe('käse 漢字 👍\n\t');
  });

  it('leaves no control character in one line, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(oneLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });
});

describe('jsonText', () => {
  it('means the same, and has nothing that a terminal would obey', () => {
    expect(jsonText({ a: '\u009b31m\u202e' }, 0)).toBe('{"a":"\\u009b31m\\u202e"}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = jsonText([text]);
        expect(JSON.parse(json)).toEqual([text]);
        expect(json).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e]/);
      }),
    );
  });
});
