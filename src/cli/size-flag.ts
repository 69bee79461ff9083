/** A size as people write it: `200MB`, `1GiB`, `500k`, or bytes alone. */
import { UserError } from '../core/errors.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
};
/** Less holds no evidence worth a capture. */
const LEAST = 100_000;

/**
 * Bytes.
 * @throws UserError `bad-size`
 */
export function bytesOf(flag: string, text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]i?)?b?$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (number !== '' && bytes >= LEAST) return bytes;
  throw new UserError('bad-size', `${flag} ${text} is no size of 100 kB or more`, {
    hint: 'write it as 200MB, 1GiB or 500kB.',
  });
}
