import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/reader.ts';
import { verifyBundle, type Verification } from '../../src/bundle/verify.ts';
import { UserError } from '../../src/core/errors.ts';
import { CONTENT, bundleBytes, readBack, stdinOf, type ReadBack } from '../unit/bundle/support.ts';

/** The outcome, or the UserError it was refused with; anything else thrown fails the test. */
async function orRefused<T>(work: Promise<T>): Promise<T | UserError> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Every entry that was read is the beginning of what was written, and nothing else was read. */
function expectPrefixes(read: ReadBack): void {
  const written = new Map(CONTENT);
  for (const { path, body, state } of read.entries) {
    const wanted = written.get(path);
    expect(state === 'ok' ? wanted : wanted?.slice(0, body.length)).toBe(body);
  }
}

let whole: Buffer;
let segments: readonly { offset: number; length: number }[];
beforeAll(async () => {
  whole = await bundleBytes(CONTENT, { segmentBytes: 600 });
  const source = await openBundle('-', { stdin: stdinOf(whole) });
  segments = source.manifest?.segments ?? [];
  await source.close();
});

/** Where the segment with bundle.json ends. */
function endOfHeader(): number {
  return (segments[0]?.offset ?? 0) + (segments[0]?.length ?? 0);
}

describe('a bundle', () => {
  it('gives back what was written, whatever it is called and holds', async () => {
    const name = fc.stringMatching(/^[a-z0-9.:_-]{1,120}$/).filter((part) => !/^\.+$/.test(part));
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `x/${parts.join('/')}`);
    const content = fc.uniqueArray(fc.tuple(path, fc.string({ maxLength: 3000, unit: 'binary' })), {
      selector: ([entry]) => entry,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 5000 }), async (entries, segmentBytes) => {
        const read = await readBack(await bundleBytes(entries, { segmentBytes }));
        expect(read.problems).toEqual([]);
        expect(read.entries).toEqual(
          entries.map(([entry, body]) => ({ path: entry, body: Buffer.from(body).toString(), state: 'ok' })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('cut at every segment boundary gives exactly the entries before it, and says that it is cut', async () => {
    for (const [index, { offset, length }] of segments.entries()) {
      const read = await readBack(whole.subarray(0, offset + length));
      expectPrefixes(read);
      expect(read.entries.every(({ state }) => state === 'ok')).toBe(true);
      // bundle.json is alone in the first segment.
      expect(read.entries).toHaveLength(index === segments.length - 1 ? CONTENT.length : index);
      expect(read.kinds).toEqual(['cut', 'no-manifest']);
    }
  });

  it('cut at any byte is read as far as it goes, or refused; never taken for whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        const cut = whole.subarray(0, length);
        const read = await orRefused(readBack(cut));
        // Refused only while bundle.json itself is not there.
        expect(!(read instanceof UserError) || length < endOfHeader()).toBe(true);
        if (read instanceof UserError) return;
        expectPrefixes(read);
        expect(read.kinds).toContain('cut');
        const verified = await verifyBundle('-', { stdin: stdinOf(cut) });
        expect(verified.result).toBe(read.hasManifest ? 'altered' : 'interrupted');
      }),
      { numRuns: 150 },
    );
  });

  it('with a byte changed is altered, or still holds exactly what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          const verified = await orRefused<Verification>(verifyBundle('-', { stdin: stdinOf(bytes) }));
          const read = await orRefused(readBack(bytes));
          const refused = verified instanceof UserError;
          // Refused only for the magic of the file, or where nothing is left that could be compared.
          expect(!refused || at < endOfHeader()).toBe(true);
          if (refused || verified.result === 'altered') return;
          // Bits that pad the deflate stream to a byte carry nothing.
          expect(verified.result).toBe('whole');
          expect(read).toMatchObject({
            entries: CONTENT.map(([path, body]) => ({ path, body, state: 'ok' })),
          });
        },
      ),
      { numRuns: 400 },
    );
  });

  it('of any bytes at all is refused or read, and reading ends', async () => {
    const magic = fc.constantFrom(Buffer.alloc(0), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]));
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 4096 }), async (head, rest) => {
        const outcome = await orRefused(readBack(Buffer.concat([head, rest])));
        expect(outcome).toBeInstanceOf(UserError);
      }),
      { numRuns: 200 },
    );
  });
});
