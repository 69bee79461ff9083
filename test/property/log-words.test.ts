/** Reading log lines: hostile ones cost no more than their length, and nothing beyond what is read changes the answer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { failureIn } from '../../analyze/facts/logs/failures.ts';
import { lastWordOf } from '../../analyze/facts/logs/last-words.ts';
import { hostsInLine } from '../../analyze/facts/logs/waiting.ts';

const PIECES = ['a', 'a.', 'a-', '1:', 'a:12 ', '//', 'a://a@', '[', '"', '\\', '\\"', ' ', 'at a.', 'host='];
const WORDS = [
  'host=a ',
  'connect to ',
  'timed ',
  'kafka authenticat',
  '"GET a',
  '[1] a=a: ',
  '\u001b[1',
  'a->',
];

const readers: ReadonlyArray<(text: string) => unknown> = [
  (text) => failureIn({ text }),
  hostsInLine,
  (text) => lastWordOf([{ at: 0, level: 0, text, file: 'f', line: 1 }]),
];

function spent(read: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const from = process.cpuUsage();
    for (let times = 0; times < 2; times += 1) read(text);
    const { user, system } = process.cpuUsage(from);
    least = Math.min(least, user + system);
  }
  return least;
}

/** Of a line as long as is read, and of one of a megabyte: as only so much is read, they take as long. */
it.each([...PIECES, ...WORDS])('reads a megabyte of %j as fast as its beginning', (piece) => {
  for (const read of readers) {
    const short = spent(read, piece.repeat(Math.ceil(4000 / piece.length)));
    const long = spent(read, piece.repeat(Math.ceil(1_000_000 / piece.length)));
    expect(long).toBeLessThan(20 * short + 20_000);
  }
});

it('reads nothing behind the beginning of a line', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PIECES, ...WORDS), fc.string(), (piece, more) => {
      const line = piece.repeat(Math.ceil(4000 / piece.length)).slice(0, 4000);
      const read = failureIn({ text: `${line}${more}connection refused db:5432` });
      expect(read?.target).toEqual(failureIn({ text: line })?.target);
    }),
  );
});

it('names no host that holds what a terminal would obey', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (junk) => {
      const target = failureIn({
        text: `dial tcp ${junk}10.0.0.1:5432: connect: connection refused ${junk}`,
      })?.target;
      // oxlint-disable-next-line no-control-regex
      expect(target ?? '').not.toMatch(/[\u0000-\u0020\u007f-\u009f]/);
    }),
    { numRuns: 50 },
  );
});
