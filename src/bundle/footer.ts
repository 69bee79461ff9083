/**
 * The end of a bundle, at a fixed distance from the end of the file: one stored deflate block that holds the tar entry
 * `footer.json` and the two zero blocks that end a tar archive, then the gzip trailer. It says where the manifest is.
 */
import { z } from 'zod';

export const FOOTER_PATH = 'footer.json';
export const FOOTER_FORMAT = 'inquest-footer/1';

/** The first bytes of every bundle: magic, deflate, no flags, no time, unknown system (RFC 1952, 2.3). */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** Tar blocks are this long. */
export const BLOCK = 512;
/** The body of footer.json, padded with spaces. */
export const FOOTER_BODY_BYTES = BLOCK;
/** Header and body of footer.json, and the end of the archive (two zero blocks). */
export const FOOTER_TAR_BYTES = BLOCK + FOOTER_BODY_BYTES + 2 * BLOCK;
const STORED_HEADER_BYTES = 5;
export const GZIP_TRAILER_BYTES = 8;
/** Distance of the stored block from the end of the file. */
export const FOOTER_BYTES = STORED_HEADER_BYTES + FOOTER_TAR_BYTES + GZIP_TRAILER_BYTES;

export const footerSchema = z.looseObject({
  format: z.string().regex(/^inquest-footer\/1(\.\d+)*$/),
  manifest: z.looseObject({
    /** Where the manifest's deflate segment begins in the compressed file, and how long it is there. */
    offset: z.number().int().nonnegative(),
    length: z.number().int().positive(),
    /** The size of manifest.json. */
    bytes: z.number().int().nonnegative(),
    /** Of the bytes of manifest.json, in hexadecimal. */
    sha256: z.string(),
  }),
});
export type Footer = z.infer<typeof footerSchema>;

/** The body of footer.json: always `FOOTER_BODY_BYTES` long, a line feed last. */
export function footerBody(manifest: Footer['manifest']): Buffer {
  const json = JSON.stringify({ format: FOOTER_FORMAT, manifest });
  return Buffer.from(`${json.padEnd(FOOTER_BODY_BYTES - 1)}\n`, 'latin1');
}

/** Wraps the last bytes of the tar archive in a stored deflate block that ends the stream (RFC 1951, 3.2.4). */
export function storedBlock(content: Buffer): Buffer {
  const head = Buffer.alloc(STORED_HEADER_BYTES);
  head[0] = 0x01; // BFINAL = 1, BTYPE = 00
  head.writeUInt16LE(content.length, 1);
  head.writeUInt16LE(content.length ^ 0xffff, 3);
  return Buffer.concat([head, content]);
}

/** CRC-32 and size of all inflated bytes (RFC 1952, 2.3.1). */
export function gzipTrailer(crc: number, inflated: number): Buffer {
  const trailer = Buffer.alloc(GZIP_TRAILER_BYTES);
  trailer.writeUInt32LE(crc >>> 0, 0);
  trailer.writeUInt32LE(inflated % 2 ** 32, 4);
  return trailer;
}

/** What the last bytes of a file say, when they are a footer of ours; undefined otherwise. Never throws. */
export function parseFooter(tail: Buffer): Footer | undefined {
  if (tail.length < FOOTER_BYTES) return undefined;
  const block = tail.subarray(tail.length - FOOTER_BYTES);
  const stored =
    block[0] === 0x01 &&
    block.readUInt16LE(1) === FOOTER_TAR_BYTES &&
    block.readUInt16LE(3) === (FOOTER_TAR_BYTES ^ 0xffff);
  return stored ? parseFooterTar(block.subarray(STORED_HEADER_BYTES, -GZIP_TRAILER_BYTES)) : undefined;
}

/** The same for the last `FOOTER_TAR_BYTES` of the plain tar archive. */
export function parseFooterTar(tar: Buffer): Footer | undefined {
  const name = tar.subarray(0, 100).toString('latin1').split('\0', 1)[0] ?? '';
  if (name !== FOOTER_PATH && !name.endsWith(`/${FOOTER_PATH}`)) return undefined;
  return parseFooterBody(tar.subarray(BLOCK, BLOCK + FOOTER_BODY_BYTES));
}

/** The body of footer.json, from wherever it was read. */
export function parseFooterBody(body: Buffer): Footer | undefined {
  try {
    const parsed = footerSchema.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
