/** File sizes and the marks of unfinished work, over everything that is written by hand. */
import { describe, expect, it } from 'vitest';
import { sourceFiles } from '../support/sources.ts';

const files = sourceFiles(['src', 'capture', 'analyze', 'test']);

describe('sources', () => {
  it('are at most 400 lines long', () => {
    const long = files
      .map((file) => [file.path, file.text.split('\n').length] as const)
      .filter(([, lines]) => lines > 400);
    expect(long).toEqual([]);
  });

  it('say at their head what they are (a mirror of a module, `*.test.ts` in unit and property, says it by its path)', () => {
    const modules = files.filter((file) => !/^test\/(unit|property)\/.*\.test\.tsx?$/.test(file.path));
    const mute = modules.filter(
      (file) => !/^(#!.*\n)?\/\*\*/.test(file.text) && !/^(#!.*\n)?\/\/ /.test(file.text),
    );
    expect(mute.map((file) => file.path)).toEqual([]);
  });

  it('hold no test that is switched off and no work put off', () => {
    const marks = /\b(it|test|describe)\.(only|skip|todo)\b|\b(TODO|FIXME)\b/;
    const own = 'test/contract/sizes.test.ts';
    expect(
      files.filter((file) => file.path !== own && marks.test(file.text)).map((file) => file.path),
    ).toEqual([]);
  });
});
