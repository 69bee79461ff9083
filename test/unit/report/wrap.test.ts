import { describe, expect, it } from 'vitest';
import { wrapped } from '../../../analyze/report/wrap.ts';

describe('lines for a terminal', () => {
  it('are broken at spaces, and go on below where their text began', () => {
    expect(wrapped('Root cause:  Service shop/pay selects what no pod carries', 30)).toBe(
      'Root cause:  Service shop/pay\n  selects what no pod carries',
    );
    expect(wrapped('Root cause:  Service shop/pay selects what no pod carries', 45)).toBe(
      'Root cause:  Service shop/pay selects what no\n             pod carries',
    );
    expect(wrapped('  - one two three four', 12)).toBe('  - one two\n    three\n    four');
    expect(wrapped('     -> one two three four', 20)).toBe('     -> one two\n  three four');
  });

  it('keep what is copied, what fits, and what has no space', () => {
    const command = '  mend:    kubectl -n shop patch service payment --type merge -p {}';
    expect(wrapped(command, 30)).toBe(command);
    expect(wrapped('short\n\nlines', 30)).toBe('short\n\nlines');
    expect(wrapped(`  - ${'x'.repeat(50)} y`, 30)).toBe(`  - ${'x'.repeat(50)}\n    y`);
  });
});
