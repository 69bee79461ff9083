import { describe, expect, it } from 'vitest';
import { formatBytes, parseQuantity } from '../../../src/k8s/quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', 0],
    ['100m', 0.1],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['512Mi', 512 * 2 ** 20],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1e18],
    ['2e-1', 0.2],
    ['1k', 1000],
    ['1Ki', 1024],
    ['.5', 0.5],
    ['5.', 5],
    ['-1.5', -1.5],
    ['+3M', 3e6],
    ['250u', 250 / 1e6],
    ['10n', 10 / 1e9],
    [4, 4],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });

  it.each([
    '',
    'Gi',
    '1.5G i',
    '1K',
    '1gi',
    '0x10',
    '1e',
    '1Eii',
    'NaN',
    '1,5',
    null,
    undefined,
    Number.NaN,
    {},
  ])('%s is none', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('are written as memory is', () => {
    expect([0, 100, 1024, 1.5 * 2 ** 30, 512 * 2 ** 20].map(formatBytes)).toEqual([
      '0B',
      '100B',
      '1Ki',
      '1.5Gi',
      '512Mi',
    ]);
  });
});
