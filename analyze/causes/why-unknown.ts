/** Why a layer or a question is open, in words for people. */
import { oneLine } from '../../src/core/text.ts';

/** `because` of a path's layer or of an unknown: a gap's key, or one of a few words. */
export function whyUnknown(because: string | undefined): string {
  if (because === 'no-check') return 'this version does not judge it';
  if (because === undefined || because === 'no-finding') return 'wrong, and nothing that was found tells why';
  const [, what] = /^not-captured:(.*)$/s.exec(because) ?? [];
  return what === undefined ? `gap ${oneLine(because)}` : `${oneLine(what)} was not captured`;
}
