import { describe, expect, it } from 'vitest';
import {
  formatSelector,
  formatSet,
  labelKeyProblem,
  labelValueProblem,
  matchesSelector,
  matchesSet,
  parseLabels,
  parseSelector,
  type LabelSelector,
} from '../../../src/k8s/labels.ts';

function selector(value: unknown): LabelSelector {
  const parsed = parseSelector(value);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.selector;
}

describe("a Service's selector", () => {
  it('takes labels that hold every pair', () => {
    expect(matchesSet({ app: 'pay' }, { app: 'pay', tier: 'web' })).toBe(true);
    expect(matchesSet({ app: 'pay', tier: 'web' }, { app: 'pay' })).toBe(false);
  });

  it('takes nothing when it is absent or empty', () => {
    expect(matchesSet(undefined, { app: 'pay' })).toBe(false);
    expect(matchesSet({}, { app: 'pay' })).toBe(false);
  });

  it('is to the letter', () => {
    expect(matchesSet({ app: 'pay' }, { app: 'Pay' })).toBe(false);
    expect(matchesSet({ app: '' }, {})).toBe(false);
    expect(matchesSet({ app: '' }, { app: '' })).toBe(true);
  });

  it('finds no labels on the prototype', () => {
    expect(matchesSet({ constructor: 'x' }, {})).toBe(false);
    expect(
      matchesSelector(selector({ matchExpressions: [{ key: 'toString', operator: 'Exists' }] }), {}),
    ).toBe(false);
  });
});

describe('a LabelSelector', () => {
  it('takes nothing when absent and everything when empty', () => {
    expect(matchesSelector(undefined, { a: 'b' })).toBe(false);
    expect(matchesSelector(selector({}), {})).toBe(true);
  });

  it.each([
    ['In', ['x', 'y'], { k: 'x' }, true],
    ['In', ['x'], { k: 'z' }, false],
    ['In', ['x'], {}, false],
    ['NotIn', ['x'], { k: 'x' }, false],
    ['NotIn', ['x'], { k: 'y' }, true],
    ['NotIn', ['x'], {}, true],
    ['Exists', [], { k: '' }, true],
    ['Exists', [], {}, false],
    ['DoesNotExist', [], {}, true],
    ['DoesNotExist', [], { k: 'x' }, false],
  ])('%s %j of %j is %s', (operator, values, labels, expected) => {
    const parsed = selector({
      matchExpressions: [{ key: 'k', operator, ...(values.length > 0 ? { values } : {}) }],
    });
    expect(matchesSelector(parsed, labels)).toBe(expected);
  });

  it('ands labels and expressions', () => {
    const both = selector({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] });
    expect(matchesSelector(both, { a: '1', b: '2' })).toBe(true);
    expect(matchesSelector(both, { a: '1' })).toBe(false);
    expect(matchesSelector(both, { b: '2' })).toBe(false);
  });

  it.each([
    [null, 'it is no object'],
    [{ matchExpressions: {} }, 'matchExpressions is no list'],
    [{ matchExpressions: [{ key: 'k', operator: 'Equals' }] }, 'matchExpressions[0]: Equals is no operator'],
    [{ matchExpressions: [{ key: 'k', operator: 'In' }] }, 'matchExpressions[0]: In needs values'],
    [
      { matchExpressions: [{ key: 'k', operator: 'Exists', values: ['x'] }] },
      'matchExpressions[0]: Exists takes no values',
    ],
    [{ matchExpressions: [{ operator: 'Exists' }] }, 'matchExpressions[0]: key is missing'],
    [
      { matchLabels: { 'a b': 'c' } },
      'matchLabels.a b: its name has characters that a label key may not have',
    ],
  ])('refuses %j as the API server would', (value, problem) => {
    expect(parseSelector(value)).toEqual({ ok: false, problem });
  });

  it('is written as kubectl takes it', () => {
    const all = selector({
      matchLabels: { b: '2', a: '1' },
      matchExpressions: [
        { key: 'c', operator: 'In', values: ['x', 'y'] },
        { key: 'd', operator: 'NotIn', values: ['z'] },
        { key: 'e', operator: 'Exists' },
        { key: 'f', operator: 'DoesNotExist' },
      ],
    });
    expect(formatSelector(all)).toBe('a=1,b=2,c in (x,y),d notin (z),e,!f');
    expect(formatSet({})).toBe('');
  });
});

describe('labels', () => {
  it('are read tolerantly', () => {
    expect(parseLabels({ a: 'b', n: 1, o: null })).toEqual({ a: 'b' });
    expect(parseLabels(undefined)).toEqual({});
    expect(parseLabels(['a'])).toEqual({});
  });

  it('have keys and values of the form Kubernetes wants', () => {
    expect(labelKeyProblem('app.kubernetes.io/name')).toBeUndefined();
    expect(labelKeyProblem('a/b/c')).toBeDefined();
    expect(labelKeyProblem('Example.com/x')).toBeDefined();
    expect(labelKeyProblem('x'.repeat(64))).toBeDefined();
    expect(labelKeyProblem(`${'x'.repeat(254)}/n`)).toBeDefined();
    expect(labelValueProblem('')).toBeUndefined();
    expect(labelValueProblem('a_b.c-d')).toBeUndefined();
    expect(labelValueProblem('-a')).toBeDefined();
    expect(labelValueProblem('x'.repeat(64))).toBeDefined();
  });
});
