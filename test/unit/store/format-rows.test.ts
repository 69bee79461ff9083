import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { rowsAs } from '../../../analyze/store/format-rows.ts';

const of = (
  format: Parameters<typeof rowsAs>[1],
  columns: string[],
  rows: Parameters<typeof rowsAs>[0]['rows'][number][],
  width?: number,
): string => [...rowsAs({ columns, rows }, format, width)].join('');

describe('rowsAs', () => {
  it('draws a table: numbers to the right, NULL said, bytes as hex', () => {
    expect(
      of(
        'table',
        ['name', 'n', 'b'],
        [
          ['web', 12, null],
          ['a', 3, new Uint8Array([0, 255])],
        ],
      ),
    ).toBe("name   n  b\n────  ──  ───────\nweb   12  NULL\na      3  x'00ff'\n");
  });

  it('fits the width it is given by cutting the widest column, and shows foreign text harmless', () => {
    const text = of('table', ['name', 'message'], [['web', `\u001b[31m${'漢字'.repeat(60)}\nsecond`]], 40);
    for (const line of text.trimEnd().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(40);
    expect(text).toContain('…');
    expect(text).not.toContain('\u001b');
    expect(text.split('\n')).toHaveLength(4);
  });

  it('writes JSON and NDJSON as objects', () => {
    expect(
      JSON.parse(
        of(
          'json',
          ['a', 'b'],
          [
            [1, 'x'],
            [9_007_199_254_740_993n, null],
          ],
        ),
      ),
    ).toEqual([
      { a: 1, b: 'x' },
      { a: '9007199254740993', b: null },
    ]);
    expect(of('ndjson', ['a'], [[1], [2]])).toBe('{"a":1}\n{"a":2}\n');
    expect(of('json', ['a'], [])).toBe('[]\n');
  });

  it('writes CSV that a spreadsheet does not run', () => {
    expect(
      of(
        'csv',
        ['a', 'b'],
        [
          ['=1+1', -5],
          ['x,"y"', '@cmd'],
        ],
      ),
    ).toBe('a,b\r\n\'=1+1,-5\r\n"x,""y""",\'@cmd\r\n');
  });
});
