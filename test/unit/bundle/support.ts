/** What the bundle's tests share: a small bundle in a folder of its own, and archives made by hand. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import type { BundleHeader } from '../../../src/bundle/format.ts';
import { openBundle } from '../../../src/bundle/reader.ts';
import type { EntryState, OpenOptions } from '../../../src/bundle/source.ts';
import { createBundleWriter, type BundleEnd, type BundleWriterOptions } from '../../../src/bundle/writer.ts';

export const HEADER: BundleHeader = {
  format: 'inquest-bundle/1',
  id: 'test-1',
  tool: { name: 'inquest', version: '0.0.0' },
  cluster: { name: 'lab' },
  scope: { sinceSeconds: 3600, timeoutSeconds: 60 },
  startedAt: '2026-03-01T10:15:00Z',
  redaction: { mode: 'default' },
};
export const ROOT = 'inquest-lab-20260301T101500Z';

export const END: BundleEnd = {
  end: 'complete',
  endedAt: '2026-03-01T10:15:30Z',
  collectors: [],
  gaps: [],
  redactions: {},
};

export type Content = readonly (readonly [path: string, body: string])[];

export const CONTENT: Content = [
  ['resources/core/v1/events/0001.ndjson', '{"kind":"Event","n":1}\n'.repeat(40)],
  ['logs/shop/payment-1/app.log', '2026-03-01T10:15:00Z hello\n'.repeat(100)],
  ['logs/shop/payment-1/app.previous.log', ''],
  [`logs/${'n'.repeat(63)}/${'p'.repeat(200)}/${'c'.repeat(63)}.log`, 'a long path\n'],
];

/** A folder that is gone when `dispose` is called. */
export function temporaryFolder(): { readonly path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), 'inquest-bundle-'));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes a whole bundle and gives its bytes. */
export async function bundleBytes(
  content: Content = CONTENT,
  options: Omit<BundleWriterOptions, 'header' | 'file' | 'stream'> = {},
): Promise<Buffer> {
  const folder = temporaryFolder();
  try {
    const file = join(folder.path, 'b.tar.gz');
    const writer = await createBundleWriter({ header: HEADER, file, flushAfterMs: 0, ...options });
    for (const [path, body] of content) await writer.add(path, body);
    await writer.finish(END);
    return readFileSync(file);
  } finally {
    folder.dispose();
  }
}

export interface ReadBack {
  readonly entries: { path: string; body: string; state: EntryState }[];
  readonly kinds: string[];
  readonly problems: readonly { kind: string; path?: string; detail: string }[];
  readonly hasManifest: boolean;
  readonly digest: string;
}

/** Reads everything through stdin's way in, bundle.json left out of the entries. */
export async function readBack(bytes: Buffer, options: OpenOptions = {}): Promise<ReadBack> {
  return readSource('-', { ...options, stdin: stdinOf(bytes) });
}

export async function readSource(name: string, options: OpenOptions = {}): Promise<ReadBack> {
  const source = await openBundle(name, options);
  try {
    const entries: ReadBack['entries'] = [];
    for await (const entry of source.entries()) {
      const body = (await entry.read()).toString();
      if (entry.path !== 'bundle.json') entries.push({ path: entry.path, body, state: entry.state() });
    }
    const { problems, manifest, digest } = source;
    const kinds = [...new Set(problems.map(({ kind }) => kind))].toSorted();
    return { entries, kinds, problems, hasManifest: manifest !== undefined, digest };
  } finally {
    await source.close();
  }
}

export async function* stdinOf(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** An archive made by hand, after a valid bundle.json: what other tools and hostile hands produce. */
export async function handmade(
  members: readonly (readonly [Partial<Header> & { name: string }, string])[],
): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: `${ROOT}/bundle.json` }, JSON.stringify(HEADER));
  for (const [header, body] of members) archive.entry(header, body);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks));
}
