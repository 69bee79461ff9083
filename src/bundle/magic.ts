/** What a file is, by its first bytes; and what to do with one that is not ours. */
import { UserError } from '../core/errors.ts';
import type { ByteSource } from './bytes.ts';
import { BLOCK } from './footer.ts';
import { parseTarHeader } from './tar-header.ts';

interface Foreign {
  readonly name: string;
  readonly magic: readonly number[];
  readonly hint: string;
}

const FOREIGN: readonly Foreign[] = [
  { name: 'a zip archive', magic: [0x50, 0x4b], hint: 'unpack it with unzip, and name the folder' },
  {
    name: 'compressed with zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    hint: 'unpack it with zstd -d, and name the .tar; or pipe it: zstd -dc FILE | inquest … -',
  },
  {
    name: 'compressed with xz',
    magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
    hint: 'unpack it with xz -d, and name the .tar; or pipe it: xz -dc FILE | inquest … -',
  },
  {
    name: 'compressed with bzip2',
    magic: [0x42, 0x5a, 0x68],
    hint: 'unpack it with bzip2 -d, and name the .tar; or pipe it: bzip2 -dc FILE | inquest … -',
  },
  { name: 'a 7z archive', magic: [0x37, 0x7a, 0xbc, 0xaf], hint: 'unpack it, and name the folder' },
  {
    name: 'an SQLite database',
    magic: [...Buffer.from('SQLite format 3')],
    hint: 'name the bundle it was made from (a .tar.gz)',
  },
];

/**
 * `tar.gz` or `tar`.
 * @throws UserError `not-a-bundle` for anything else
 */
export async function sniff(bytes: ByteSource, source: string): Promise<'tar.gz' | 'tar'> {
  const head = await bytes.read(0, BLOCK);
  if (head.length === 0) throw foreign(source, 'it is empty', 'capture again, or get another copy of it');
  if (head[0] === 0x1f && head[1] === 0x8b) return 'tar.gz';
  const header = parseTarHeader(head);
  if (header !== undefined && header !== 'zero') return 'tar';
  const found = FOREIGN.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
  if (found) throw foreign(source, `it is ${found.name}`, found.hint);
  // A plain tar whose first header is damaged still has the mark of the format in its place.
  if (head.toString('latin1', 257, 262) === 'ustar') return 'tar';
  throw foreign(source, 'it is neither .tar.gz nor .tar', 'name a file that `inquest capture` wrote');
}

function foreign(source: string, what: string, hint: string): UserError {
  return new UserError('not-a-bundle', `${source} is no bundle: ${what}`, { hint });
}
