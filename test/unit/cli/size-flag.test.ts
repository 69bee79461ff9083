import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/cli/size-flag.ts';

describe('a size', () => {
  it.each([
    ['200MB', 200e6],
    ['1GiB', 2 ** 30],
    ['1.5 mb', 1.5e6],
    ['500k', 500e3],
    ['200000', 200_000],
  ])('%s', (text, bytes) => expect(bytesOf('--max-size', text)).toBe(bytes));

  it.each(['', 'MB', '5', '-1MB', '1TB', '200MBs', '1e9'])('%j is refused', (text) => {
    expect(() => bytesOf('--max-size', text)).toThrow(expect.objectContaining({ code: 'bad-size' }));
  });
});
