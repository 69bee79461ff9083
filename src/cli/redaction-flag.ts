/** `--redact`: how much is taken out before a byte is written. To take out nothing has to be meant. */
import { createInterface } from 'node:readline/promises';
import type { RedactionMode } from '../bundle/redaction/redactor.ts';
import { UserError } from '../core/errors.ts';

export const UNDERSTOOD_FLAG = '--keep-secrets';
const WORDS = 'secrets stay in the file';

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * The mode that the flags mean. `none` is asked back on a terminal, and needs the flag with that very meaning elsewhere.
 * @throws UserError `bad-redaction`, `redaction-not-confirmed`
 */
export async function redactionOf(
  how: string,
  understood: boolean,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<RedactionMode> {
  if (how === 'default' || how === 'strict') return how;
  if (how !== 'none') {
    throw new UserError('bad-redaction', `--redact ${how} is no way of redacting`, {
      hint: 'use default, strict or none.',
    });
  }
  if (understood || (await confirmed(terminal))) return 'none';
  throw new UserError(
    'redaction-not-confirmed',
    '--redact none leaves passwords, keys and tokens of logs, env and ConfigMaps in the file',
    { hint: `if that is meant, add ${UNDERSTOOD_FLAG}.` },
  );
}

async function confirmed({ input, output }: Terminal): Promise<boolean> {
  if (!input.isTTY || !output.isTTY) return false;
  const asked = createInterface({ input, output });
  try {
    const answer = await asked.question(
      `With --redact none, passwords, keys and tokens of logs, env and ConfigMaps stay in the file.\nType "${WORDS}" to go on: `,
    );
    return answer.trim().toLowerCase() === WORDS;
  } finally {
    asked.close();
  }
}
