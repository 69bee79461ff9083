import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOOTER_BYTES } from '../../../src/bundle/footer.ts';
import { openBundle } from '../../../src/bundle/reader.ts';
import {
  CONTENT,
  HEADER,
  ROOT,
  bundleBytes,
  handmade,
  readBack,
  readSource,
  temporaryFolder,
} from './support.ts';

const folder = temporaryFolder();
let whole: Buffer;
let file: string;
beforeAll(async () => {
  whole = await bundleBytes();
  file = join(folder.path, 'whole.tar.gz');
  writeFileSync(file, whole);
});
afterAll(() => folder.dispose());

/** Unpacks with the system's tar, into a folder of its own. */
function unpack(): string {
  const into = mkdtempSync(join(folder.path, 'unpacked-'));
  execFileSync('tar', ['xzf', file, '-C', into]);
  return into;
}

describe('openBundle', () => {
  const same = CONTENT.map(([path, body]) => ({ path, body, state: 'ok' }));

  it('reads a file, stdin, the plain tar, the folder and its parent alike', async () => {
    const tar = join(folder.path, 'whole.tar');
    writeFileSync(tar, gunzipSync(whole));
    const parent = unpack();
    const { digest } = await readSource(file);
    for (const read of [
      await readSource(file),
      await readBack(whole),
      await readSource(tar),
      await readSource(parent),
      await readSource(join(parent, ROOT)),
    ]) {
      expect(read.entries).toEqual(same);
      expect(read.problems).toEqual([]);
      expect(read.digest).toBe(digest);
    }
  });

  it('reads what somebody packed again, in whatever order and with or without the root folder', async () => {
    const parent = unpack();
    const again = join(folder.path, 'again.tar.gz');
    for (const args of [
      ['-C', parent, ROOT],
      ['-C', join(parent, ROOT), '.'],
      ['-C', parent, '--sort=name', `./${ROOT}`],
    ]) {
      execFileSync('tar', ['czf', again, ...args]);
      const read = await readSource(again);
      expect(read.problems).toEqual([]);
      expect(read.entries.map(({ path }) => path).toSorted()).toEqual(
        CONTENT.map(([path]) => path).toSorted(),
      );
      expect(read.hasManifest).toBe(true);
    }
  });

  it('may be read several times, skipping bodies', async () => {
    const source = await openBundle(file);
    for (const pass of [1, 2]) {
      const paths: string[] = [];
      for await (const entry of source.entries()) paths.push(entry.path);
      expect([pass, paths.slice(1)]).toEqual([pass, CONTENT.map(([path]) => path)]);
    }
    expect(source.problems).toEqual([]);
    await source.close();
  });

  it('knows header and manifest before anything is read', async () => {
    const source = await openBundle(file);
    expect(source.header.id).toBe('test-1');
    expect(source.manifest?.entries.map(({ path }) => path)).toEqual([
      'bundle.json',
      ...CONTENT.map(([path]) => path),
    ]);
    expect(source.digest).toMatch(/^[0-9a-f]{64}$/);
    await source.close();
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['a zip', Buffer.from('PK\x03\x04 and so on'), 'zip'],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0]), 'zstd'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]), 'xz'],
    ['text', Buffer.from('apiVersion: v1\n'.repeat(60)), 'neither .tar.gz nor .tar'],
    ['gzip of text', gzipSync('hello '.repeat(500)), 'cannot be read'],
    ['a gzip header alone', Buffer.from([0x1f, 0x8b, 8, 0]), 'cannot be read'],
    ['zeros', Buffer.alloc(2048), 'neither .tar.gz nor .tar'],
  ])('refuses %s with a word on what to do', async (_name, bytes, message) => {
    await expect(readBack(bytes)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message) as unknown,
      hint: expect.any(String) as unknown,
    });
  });

  it('refuses an archive without bundle.json, and a newer format', async () => {
    const other = mkdtempSync(join(folder.path, 'other-'));
    mkdirSync(join(other, 'must-gather'));
    writeFileSync(join(other, 'must-gather', 'version'), 'x'.repeat(700));
    execFileSync('tar', ['czf', join(folder.path, 'other.tar.gz'), '-C', other, 'must-gather']);
    await expect(readSource(join(folder.path, 'other.tar.gz'))).rejects.toMatchObject({
      code: 'not-a-bundle',
    });
    await expect(readSource(other)).rejects.toMatchObject({ code: 'not-a-bundle' });
    writeFileSync(join(other, 'bundle.json'), JSON.stringify({ format: 'inquest-bundle/2', what: 'else' }));
    await expect(readSource(other)).rejects.toMatchObject({ code: 'bundle-too-new' });
    writeFileSync(join(other, 'bundle.json'), JSON.stringify({ ...HEADER, format: 'inquest-bundle/1.7' }));
    expect((await readSource(other)).kinds).toEqual(['no-manifest']);
  });

  it('asks which, when a folder holds several bundles', async () => {
    const parent = unpack();
    renameSync(join(unpack(), ROOT), join(parent, 'second'));
    await expect(readSource(parent)).rejects.toMatchObject({ code: 'several-bundles' });
  });

  it('says that a file is not there', async () => {
    await expect(readSource(join(folder.path, 'nowhere'))).rejects.toMatchObject({
      code: 'bundle-unreadable',
      message: expect.stringContaining('there is no') as unknown,
    });
  });

  it('never follows a link in a folder', async () => {
    const parent = unpack();
    symlinkSync('/etc/passwd', join(parent, ROOT, 'logs', 'passwd'));
    symlinkSync('/etc', join(parent, ROOT, 'etc'));
    const read = await readSource(parent);
    expect(read.problems.map(({ kind, path }) => [kind, path])).toEqual([
      ['refused', 'etc'],
      ['refused', 'logs/passwd'],
    ]);
    expect(read.entries).toHaveLength(CONTENT.length);
  });
});

describe('a hostile archive', () => {
  const good = `${ROOT}/logs/a/b/c.log`;

  it.each([
    ['a path with ..', { name: `${ROOT}/../../etc/passwd` }],
    ['an absolute path', { name: '/etc/passwd' }],
    ['a symbolic link', { name: `${ROOT}/link`, type: 'symlink', linkname: '/etc/passwd' }],
    ['a hard link', { name: `${ROOT}/link`, type: 'link', linkname: good }],
    ['a device', { name: `${ROOT}/null`, type: 'character-device' }],
    ['a FIFO', { name: `${ROOT}/fifo`, type: 'fifo' }],
    ['a sparse file', { name: `${ROOT}/sparse`, pax: { 'GNU.sparse.major': '1' } }],
    ['a PAX path with ..', { name: `${ROOT}/x`, pax: { path: `${ROOT}/../y` } }],
  ] as const)('refuses %s and reads on', async (_name, header) => {
    const read = await readBack(
      await handmade([
        [header, ''],
        [{ name: good }, 'kept'],
      ]),
    );
    expect(read.entries).toEqual([{ path: 'logs/a/b/c.log', body: 'kept', state: 'ok' }]);
    expect(read.kinds).toEqual(['no-manifest', 'refused']);
  });

  it('ignores what lies beside the root folder, and takes the first of two', async () => {
    const read = await readBack(
      await handmade([
        [{ name: 'other/bundle.json' }, '{}'],
        [{ name: good }, 'first'],
        [{ name: good }, 'second'],
      ]),
    );
    expect(read.entries.map(({ body }) => body)).toEqual(['first']);
    expect(read.kinds).toEqual(['duplicate', 'no-manifest', 'outside']);
  });

  it('keeps to its limits', async () => {
    const bomb = await handmade([
      [{ name: `${ROOT}/bomb` }, '\0'.repeat(3_000_000)],
      [{ name: good }, 'after'],
    ]);
    const skipped = await readBack(bomb, { limits: { entryBytes: 1_000_000 } });
    expect(skipped.entries.map(({ body }) => body)).toEqual(['after']);
    expect(skipped.kinds).toEqual(['limit', 'no-manifest']);
    const stopped = await readBack(bomb, { limits: { totalBytes: 1_000_000 } });
    expect(stopped.entries.map(({ state }) => state)).toEqual(['incomplete']);
    expect(stopped.kinds).toContain('limit');
    const few = await readBack(bomb, { limits: { entries: 1 } });
    expect([few.entries, few.kinds]).toEqual([[], ['limit', 'no-manifest']]);
    await expect(readBack(bomb, { limits: { pipeBytes: 100 } })).rejects.toMatchObject({
      code: 'bundle-too-large',
    });
  });

  it('refuses headers that are too large, and reads on', async () => {
    const read = await readBack(
      await handmade([
        [{ name: `${ROOT}/x`, pax: { comment: 'c'.repeat(2_000_000) } }, 'x'],
        [{ name: good }, 'kept'],
      ]),
    );
    expect(read.entries.map(({ path }) => path)).toEqual(['logs/a/b/c.log']);
    expect(read.kinds).toEqual(['no-manifest', 'refused']);
  });

  it('finds the next header after one that is damaged', async () => {
    const tar = gunzipSync(
      await handmade([
        [{ name: `${ROOT}/lost` }, 'x'],
        [{ name: good }, 'kept'],
      ]),
    );
    tar[1024] = 0xff;
    const read = await readBack(tar);
    expect(read.entries.map(({ body }) => body)).toEqual(['kept']);
    expect(read.kinds).toEqual(['damaged', 'no-manifest']);
  });

  it('reads several gzip members as one archive, and names what trails', async () => {
    const tar = gunzipSync(await handmade([[{ name: good }, 'kept']]));
    const members = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]);
    expect((await readBack(members)).entries.map(({ body }) => body)).toEqual(['kept']);
    expect((await readBack(members)).kinds).toEqual(['no-manifest']);
    expect((await readBack(Buffer.concat([members, Buffer.alloc(9000)]))).kinds).toEqual(['no-manifest']);
    expect((await readBack(Buffer.concat([members, Buffer.from('garbage')]))).kinds).toEqual([
      'no-manifest',
      'trailing',
    ]);
  });

  it('does not believe a footer that points elsewhere', async () => {
    const moved = Buffer.concat([whole, whole.subarray(-FOOTER_BYTES)]);
    const read = await readBack(moved);
    expect(read.entries).toHaveLength(CONTENT.length);
    expect(read.kinds).toEqual(['trailing']);
  });
});
