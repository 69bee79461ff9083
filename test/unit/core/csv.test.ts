/** CSV that stays a record, and that no spreadsheet runs. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { csvField, csvRecord } from '../../../src/core/csv.ts';

describe('csvField', () => {
  it('leaves ordinary values as they are', () => {
    expect(csvField('payment-api')).toBe('payment-api');
    expect(csvField(-5)).toBe('-5');
    expect(csvField('-5.25')).toBe('-5.25');
    expect(csvField(null)).toBe('');
    expect(csvField(12n)).toBe('12');
    expect(csvField(Buffer.from([1, 255]))).toBe('01ff');
  });

  it('quotes what would break a record', () => {
    expect(csvField('a,b')).toBe('"a,b"');
    expect(csvField('say "no"\nand go')).toBe('"say ""no""\nand go"');
    expect(csvField(' padded ')).toBe('" padded "');
  });

  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1+1', '\u0000=1'])(
    'defuses %j',
    (text) => {
      expect(csvField(text).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  it('never lets a field begin as a formula, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const field = csvField(text).replace(/^"/, '');
        expect(/^\s*[=+@-]/.test(field) && !/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(field)).toBe(false);
      }),
    );
  });
});

describe('csvRecord', () => {
  it('ends with CRLF', () => {
    expect(csvRecord(['a', 1, null])).toBe('a,1,\r\n');
  });
});
