/**
 * Reading tar headers that may have been made to harm: ustar, PAX, GNU long names (POSIX.1-2008 `pax`, GNU tar's
 * manual). tar-stream's reader ends at the first oddity; this one says what it is, and goes on.
 */
import { BLOCK } from './footer.ts';

export type MemberType = 'file' | 'folder' | 'link' | 'device' | 'extension' | 'unknown';

export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: MemberType;
  /** The letter as it stands, for messages and extensions. */
  readonly flag: string;
}

const TYPES: Readonly<Record<string, MemberType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'link',
  '3': 'device',
  '4': 'device',
  '6': 'device',
  '5': 'folder',
  x: 'extension',
  g: 'extension',
  L: 'extension',
  K: 'extension',
};

/** `zero` for a block of zeros; undefined when it is no tar header. */
export function parseTarHeader(block: Buffer): TarHeader | 'zero' | undefined {
  if (block.length < BLOCK) return undefined;
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index += 1) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  if (sum === 8 * 0x20) return 'zero';
  const size = number(block.subarray(124, 136));
  if (number(block.subarray(148, 156)) !== sum || size === undefined) return undefined;
  const flag = String.fromCharCode(block[156] ?? 0);
  const ustar = block.subarray(257, 263).equals(USTAR);
  const prefix = ustar ? text(block.subarray(345, 500)) : '';
  const name = text(block.subarray(0, 100));
  const full = prefix === '' ? name : `${prefix}/${name}`;
  return { name: full, size, flag, type: TYPES[flag] ?? 'unknown' };
}

const USTAR = Buffer.from('ustar\0', 'latin1');

/** Octal text, or base 256 where the first bit is set (GNU). Undefined for anything else, negative or unsafe. */
function number(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first & 0x80) {
    let value = first & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** What a PAX header changes about the member after it; undefined when it is malformed. Unknown keywords are ignored. */
export function parsePax(body: Buffer): { path?: string; size?: number; sparse?: true } | undefined {
  const found: { path?: string; size?: number; sparse?: true } = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    if (space < 0) return undefined;
    const digits = body.toString('latin1', at, space);
    const length = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (end <= space + 1 || end > body.length || body[end - 1] !== 0x0a) return undefined;
    const record = body.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) return undefined;
    const keyword = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (keyword === 'path') found.path = value;
    else if (keyword.startsWith('GNU.sparse.')) found.sparse = true;
    else if (keyword === 'size') {
      const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(size)) return undefined;
      found.size = size;
    }
    at = end;
  }
  return found;
}

/** The body of a GNU long name (type L). */
export function parseLongName(body: Buffer): string {
  return text(body);
}
