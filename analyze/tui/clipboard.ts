/** Copying through the terminal (OSC 52), which works over ssh too; inside tmux and screen it is passed through. */
import { Buffer } from 'node:buffer';

/** Terminals drop longer sequences, some silently. In base64 characters. */
const LONGEST = 74_994;
/** GNU screen cuts device control strings beyond this. */
const SCREEN_PIECE = 76;

/** The escape sequence that copies the text; undefined when it is too long for a terminal to take. */
export function copySequence(text: string, env: NodeJS.ProcessEnv): string | undefined {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  if (encoded.length > LONGEST) return undefined;
  const plain = `\u001b]52;c;${encoded}\u0007`;
  if ((env['TMUX'] ?? '') !== '') return `\u001bPtmux;\u001b${plain}\u001b\\`;
  if ((env['TERM'] ?? '').startsWith('screen')) {
    const pieces = plain.match(new RegExp(`[\\s\\S]{1,${SCREEN_PIECE}}`, 'g')) ?? [];
    return pieces.map((piece) => `\u001bP${piece}\u001b\\`).join('');
  }
  return plain;
}
