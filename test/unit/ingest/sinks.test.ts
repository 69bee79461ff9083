import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineSink } from '../../../analyze/ingest/sinks.ts';
import { textLines, stampReader } from '../../../analyze/ingest/log-lines.ts';
import { parseTime } from '../../../src/core/time.ts';

/** The bytes in pieces whose sizes are given, the last size repeated. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer, void, undefined> {
  let from = 0;
  for (let nth = 0; from < bytes.length; nth += 1) {
    const size = sizes[Math.min(nth, sizes.length - 1)] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

const text = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '\n', '\r', ' ', '"'), maxLength: 60 });
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

describe('lineSink', () => {
  it('finds the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(text, sizes, (whole, cuts) => {
        const got: Array<[number, string]> = [];
        const sink = lineSink({ line: (bytes, number) => got.push([number, bytes.toString()]) });
        for (const piece of pieces(Buffer.from(whole), cuts)) sink.write(piece);
        sink.end();
        const want = whole
          .split('\n')
          .flatMap((line, index): Array<[number, string]> => (line === '' ? [] : [[index + 1, line]]));
        expect(got).toEqual(want);
      }),
    );
  });

  it('lets a line above the limit go and reads on', () => {
    const got: string[] = [];
    const long: number[] = [];
    const sink = lineSink(
      { line: (bytes) => got.push(bytes.toString()), tooLong: (number) => long.push(number) },
      10,
    );
    for (const piece of pieces(Buffer.from(`one\n${'x'.repeat(50)}\ntwo\n`), [4])) sink.write(piece);
    sink.end();
    expect([got, long]).toEqual([['one', 'two'], [2]]);
  });
});

describe('textLines', () => {
  it('decodes whole characters however the bytes are cut, and drops carriage returns', () => {
    fc.assert(
      fc.property(text, sizes, (whole, cuts) => {
        const got: string[] = [];
        const sink = textLines(
          (shared, from, to) => got.push(shared.slice(from, to)),
          () => {},
          () => {},
        );
        for (const piece of pieces(Buffer.from(whole), cuts)) sink.write(piece);
        sink.end();
        const want = whole.split('\n');
        if (want.at(-1) === '') want.pop();
        expect(got.map((line) => line.replace(/\r+$/, ''))).toEqual(
          want.map((line) => line.replace(/\r+$/, '')),
        );
      }),
    );
  });
});

describe('stampReader', () => {
  it('agrees with parseTime on every form, and never throws', () => {
    const read = stampReader();
    const forms = [
      '2026-05-01T14:15:00Z',
      '2026-05-01T14:15:00.5Z',
      '2026-05-01T14:15:07.123456789Z',
      '2026-05-01T15:15:07.1+01:00',
    ];
    for (const form of [...forms, ...forms]) {
      const line = `${form} hello`;
      const { at, textFrom } = read(line, 0, line.length);
      expect([at, line.slice(textFrom)]).toEqual([parseTime(form), 'hello']);
    }
    for (const line of [
      '',
      'no stamp',
      '2026-05-01T14:15:0xZ hi',
      '2026-13-41T14:15:00Z hi',
      '2026-05-01T14:15:00',
    ]) {
      expect(read(line, 0, line.length)).toEqual({ at: null, textFrom: 0 });
    }
  });

  it('survives anything', () => {
    const read = stampReader();
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789-T:.Z+ x'.split('')), maxLength: 45 }),
        (line) => {
          const { textFrom } = read(line, 0, line.length);
          expect(textFrom).toBeLessThanOrEqual(line.length);
        },
      ),
    );
  });
});
