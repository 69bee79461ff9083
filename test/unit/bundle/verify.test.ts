import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verificationSchema, verifyBundle } from '../../../src/bundle/verify.ts';
import { verifyText } from '../../../src/cli/commands/verify.ts';
import { ROOT, bundleBytes, stdinOf, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
let whole: Buffer;
beforeAll(async () => {
  // Small segments, so that one can be damaged and the others live.
  whole = await bundleBytes(undefined, { segmentBytes: 500 });
});
afterAll(() => folder.dispose());

const verify = (bytes: Buffer) => verifyBundle('-', { stdin: stdinOf(bytes) });

describe('verifyBundle', () => {
  it('says whole, with the digest and how the capture ended', async () => {
    const result = await verify(whole);
    expect(verificationSchema.parse(result)).toMatchObject({
      result: 'whole',
      digestOf: 'manifest',
      end: 'complete',
      entries: 5,
      cluster: 'lab',
      problems: [],
    });
    expect(verifyText(result)).toContain(`sha256:${result.digest}`);
  });

  it('says interrupted for what a cut capture leaves', async () => {
    const result = await verify(whole.subarray(0, 700));
    expect(result).toMatchObject({ result: 'interrupted', digestOf: 'content' });
    expect(result.problems.map(({ kind }) => kind)).toContain('no-manifest');
  });

  it('names the entry that was changed, missing or added in a folder', async () => {
    const file = join(folder.path, 'b.tar.gz');
    writeFileSync(file, whole);
    execFileSync('tar', ['xzf', file, '-C', folder.path]);
    const root = join(folder.path, ROOT);
    expect(await verifyBundle(folder.path)).toMatchObject({ result: 'whole', kind: 'folder' });
    appendFileSync(join(root, 'logs/shop/payment-1/app.log'), 'one more line\n');
    writeFileSync(join(root, 'logs/shop/payment-1/app.previous.log'), '');
    rmSync(join(root, 'resources/core/v1/events/0001.ndjson'));
    writeFileSync(join(root, 'added'), 'x');
    const result = await verifyBundle(folder.path);
    expect(result.result).toBe('altered');
    expect(result.problems.map(({ kind, path }) => [kind, path])).toEqual([
      ['altered', 'logs/shop/payment-1/app.log'],
      ['unexpected', 'added'],
      ['missing', 'resources/core/v1/events/0001.ndjson'],
    ]);
  });

  it('tells the SHA-256 that is and the one that should be', async () => {
    const tar = gunzipSync(whole);
    const at = tar.indexOf('hello');
    tar.write('HELLO', at);
    const result = await verify(gzipSync(tar));
    expect(result.problems).toEqual([
      {
        kind: 'altered',
        path: 'logs/shop/payment-1/app.log',
        detail: expect.stringMatching(/^its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}$/) as unknown,
      },
    ]);
  });

  it('reads on after a damaged segment, and says which entry is lost', async () => {
    const bytes = Buffer.from(whole);
    const second = (await segments(whole))[1];
    bytes.fill(0xff, (second?.offset ?? 0) + 2, (second?.offset ?? 0) + 20);
    const result = await verify(bytes);
    expect(result.result).toBe('altered');
    expect(result.problems.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['damaged', 'missing']));
    expect(result.problems.filter(({ kind }) => kind === 'missing')).toHaveLength(1);
  });

  it('finds what lies between the entries, which only the checksum covers', async () => {
    const bytes = Buffer.from(whole);
    // The mode of the footer's tar header, in a stored block: no entry, no size, no name.
    const at = bytes.length - 8 - 2048 + 100;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(await verify(bytes)).toMatchObject({ result: 'altered' });
  });

  it('tells foreign text in a safe form', async () => {
    const result = await verify(whole);
    const text = verifyText({
      ...result,
      problems: [{ kind: 'refused', path: 'a\u001b[2Jb', detail: 'two\nlines' }],
    });
    expect(text).not.toContain('\u001b');
    expect(text).toContain('a\\x1b[2Jb: two lines');
  });
});

async function segments(bytes: Buffer): Promise<{ offset: number }[]> {
  const { openBundle } = await import('../../../src/bundle/reader.ts');
  const source = await openBundle('-', { stdin: stdinOf(bytes) });
  await source.close();
  return source.manifest?.segments ?? [];
}
