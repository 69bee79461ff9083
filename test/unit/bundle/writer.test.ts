import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createBundleWriter } from '../../../src/bundle/writer.ts';
import { CONTENT, END, HEADER, ROOT, readBack, readSource, temporaryFolder } from './support.ts';

const folders: { dispose(): void }[] = [];
function file(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return join(folder.path, 'b.tar.gz');
}
afterEach(() => {
  for (const folder of folders.splice(0)) folder.dispose();
});

describe('createBundleWriter', () => {
  it('gives the file its name only when it is whole, for its owner alone', async () => {
    const name = file();
    const writer = await createBundleWriter({ header: HEADER, file: name });
    expect(writer.root).toBe(ROOT);
    expect(writer.partial).toBe(`${name}.partial`);
    expect([existsSync(name), existsSync(`${name}.partial`)]).toEqual([false, true]);
    await writer.add('a.txt', 'a');
    const summary = await writer.finish(END);
    expect([existsSync(name), existsSync(`${name}.partial`)]).toEqual([true, false]);
    expect(statSync(name).mode & 0o777).toBe(0o600);
    expect(summary).toMatchObject({ file: name, bytes: statSync(name).size, entries: 2 });
    expect((await readSource(name)).digest).toBe(summary.digest);
  });

  it('keeps the order of overlapping calls', async () => {
    const name = file();
    const writer = await createBundleWriter({ header: HEADER, file: name, segmentBytes: 2000 });
    const paths = Array.from({ length: 200 }, (_, index) => `logs/ns/pod-${index}/c.log`);
    await Promise.all(paths.map((path) => writer.add(path, path.repeat(20))));
    await writer.finish(END);
    const read = await readSource(name);
    expect(read.entries.map(({ path }) => path)).toEqual(paths);
    expect(read.problems).toEqual([]);
  });

  it('leaves what was flushed to a reader when the process is killed', async () => {
    const name = file();
    const writer = await createBundleWriter({ header: HEADER, file: name, flushAfterMs: 0 });
    for (const [path, body] of CONTENT) await writer.add(path, body);
    await writer.flush();
    await writer.add('never-flushed', 'x');
    const read = await readSource(`${name}.partial`);
    expect(read.entries.map(({ path, body }) => [path, body])).toEqual(CONTENT);
    expect(read.kinds).toEqual(['cut', 'no-manifest']);
    await writer.abandon();
    expect(existsSync(`${name}.partial`)).toBe(false);
  });

  it('writes what waits by itself after a while', async () => {
    const name = file();
    const writer = await createBundleWriter({ header: HEADER, file: name, flushAfterMs: 5 });
    await writer.add('a.txt', 'arrived');
    await expect.poll(async () => (await readSource(`${name}.partial`)).entries.length).toBe(1);
    await writer.abandon();
  });

  it('keeps the temporary file when told to, and never overwrites one', async () => {
    const name = file();
    const first = await createBundleWriter({ header: HEADER, file: name });
    await first.add('a.txt', 'first');
    await first.abandon({ keep: true });
    const second = await createBundleWriter({ header: HEADER, file: name });
    expect(second.partial).toBe(`${name}.partial2`);
    await second.finish(END, { haste: true });
    expect((await readSource(`${name}.partial`)).entries[0]?.body).toBe('first');
  });

  it('refuses to overwrite a file, and a folder that is not there', async () => {
    const name = file();
    writeFileSync(name, 'mine');
    await expect(createBundleWriter({ header: HEADER, file: name })).rejects.toMatchObject({
      code: 'output-exists',
    });
    expect(readFileSync(name, 'utf8')).toBe('mine');
    const nowhere = join(name, '..', 'nowhere', 'b.tar.gz');
    await expect(createBundleWriter({ header: HEADER, file: nowhere })).rejects.toMatchObject({
      code: 'output-unwritable',
    });
  });

  it('writes to a stream without ending it', async () => {
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const writer = await createBundleWriter({ header: HEADER, stream });
    await writer.add('a.txt', 'a');
    await writer.finish(END);
    expect(stream.writableEnded).toBe(false);
    const read = await readBack(Buffer.concat(chunks));
    expect(read.entries).toEqual([{ path: 'a.txt', body: 'a', state: 'ok' }]);
    expect(read.problems).toEqual([]);
  });

  it('tells a full disk to whoever adds or finishes, and does not hang', async () => {
    let left = 3000;
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        left -= chunk.length;
        done(left < 0 ? new Error('no space left on device') : null);
      },
    });
    const writer = await createBundleWriter({ header: HEADER, stream, segmentBytes: 1000 });
    const random = Array.from({ length: 4000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('');
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => writer.add(`${n}`, random)),
    );
    await expect(writer.finish(END)).rejects.toMatchObject({ code: 'output-unwritable' });
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    await writer.abandon();
  });

  it('never lets a name leave the folder, nor be written twice, nor come after the end', async () => {
    const name = file();
    const writer = await createBundleWriter({ header: HEADER, file: name });
    expect(await writer.add('logs/../../etc/passwd', 'x')).toBe('logs/%2E%2E/%2E%2E/etc/passwd');
    expect(await writer.add('/abs\n\u202eé', 'x')).toBe('%00/abs%0A%E2%80%AE%C3%A9');
    await expect(writer.add('logs/../../etc/passwd', 'y')).rejects.toThrow('already');
    await expect(writer.add('manifest.json', 'y')).rejects.toThrow('already');
    await writer.finish(END);
    await expect(writer.add('late', 'y')).rejects.toMatchObject({ code: 'bundle-closed' });
    const read = await readSource(name);
    expect(read.problems).toEqual([]);
    expect(read.entries).toHaveLength(2);
  });
});
