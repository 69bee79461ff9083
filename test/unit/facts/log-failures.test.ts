/** What the lines of programs in many languages tell of what they depend on. */
import { describe, expect, it } from 'vitest';
import { failureIn } from '../../../analyze/facts/log-failures.ts';
import { GO } from './log-lines/go.ts';
import { JVM } from './log-lines/jvm.ts';
import { MORE } from './log-lines/more.ts';
import { NODE } from './log-lines/node.ts';
import { NONE } from './log-lines/none.ts';
import { OTHERS } from './log-lines/others.ts';
import { PYTHON } from './log-lines/python.ts';

describe.each([
  ['Go', GO],
  ['the JVM', JVM],
  ['Python', PYTHON],
  ['Node.js', NODE],
  ['others', OTHERS],
  ['more clients', MORE],
])('a line of %s', (_, lines) => {
  it.each(lines)('%s, %s: %s', (way, target, text) => {
    const told = failureIn({ text });
    expect([told?.way, told?.target]).toEqual([way, target]);
  });
});

it.each(NONE)('tells of no dependency: %s', (text) => {
  expect(failureIn({ text })).toBeUndefined();
});
