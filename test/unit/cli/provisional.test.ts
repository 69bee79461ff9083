import { describe, expect, it } from 'vitest';
import { soFar } from '../../../src/cli/provisional.ts';

describe('the verdict so far in a line', () => {
  it.each([
    [{ roots: ['a'], findings: [{ key: 'a', summary: 'it\nbroke' }], unknown: [] }, /^it.*broke$/],
    [{ roots: ['a', 'b'], findings: [{ key: 'a', summary: 'x' }], unknown: [] }, /^x and 1 more root cause$/],
    [{ roots: [], findings: [], unknown: [{}, {}] }, /^nothing found yet, 2 questions open$/],
  ])('%j', (document, words) => expect(soFar(JSON.stringify(document))).toMatch(words));

  it.each(['', 'no json', '{}', '[]'])('%j is none', (text) => expect(soFar(text)).toBeUndefined());
});
