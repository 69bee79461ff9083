/** `--redact none` has to be meant. */
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { describe, expect, it } from 'vitest';
import { redactionOf, UNDERSTOOD_FLAG } from '../../../src/cli/redaction-flag.ts';

function terminal(answer: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY }) as unknown as ReadStream;
  const output = Object.assign(new PassThrough(), { isTTY }) as unknown as WriteStream;
  (input as unknown as PassThrough).write(`${answer}\n`);
  return { input, output };
}

describe('--redact', () => {
  it('refuses none where nobody can be asked, and names the flag that means it', async () => {
    await expect(redactionOf('none', false, terminal('', false))).rejects.toMatchObject({
      code: 'redaction-not-confirmed',
      hint: expect.stringContaining(UNDERSTOOD_FLAG),
    });
    expect(await redactionOf('none', true, terminal('', false))).toBe('none');
  });

  it('asks on a terminal for words that cannot be typed by chance', async () => {
    expect(await redactionOf('none', false, terminal('Secrets stay in the file'))).toBe('none');
    for (const answer of ['', 'y', 'yes', 'none']) {
      await expect(redactionOf('none', false, terminal(answer))).rejects.toMatchObject({
        code: 'redaction-not-confirmed',
      });
    }
  });

  it('knows its words', async () => {
    expect(await redactionOf('default', false)).toBe('default');
    await expect(redactionOf('some', false)).rejects.toMatchObject({ code: 'bad-redaction' });
  });
});
