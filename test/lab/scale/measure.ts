// What a capture costs, beside raw GETs of the same lists.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, get, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { openConnection } from '../../../capture/client.ts';
import { chooseContext } from '../../../capture/kubeconfig.ts';
import { openBundle } from '../../../src/bundle/reader.ts';

const main = join(import.meta.dirname, '..', '..', '..', 'dist', 'src', 'cli', 'main.js');

export interface Capture {
  /** From the start of the program until the file was whole. */
  readonly ms: number;
  /** Until the last list had come. */
  readonly listsMs: number;
  /** Highest resident set in bytes: when the file was whole, and when the process had judged it. */
  readonly peak: number;
  readonly peakWithVerdict: number;
  readonly requests: string;
  readonly code: number | null;
}

/** Runs the product's `capture` with these flags. */
export async function captureInto(
  file: string,
  flags: readonly string[],
  { kubeconfig, cache }: { readonly kubeconfig: string; readonly cache: string },
): Promise<Capture> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [main, 'capture', '--json', '-o', file, '--kubeconfig', kubeconfig, ...flags],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: cache } },
  );
  const done = { listsMs: 0, endMs: 0, peak: 0, peakWithVerdict: 0, requests: '' };
  const look = (): void => {
    const peak = peakOf(child.pid);
    if (done.endMs === 0) done.peak = Math.max(done.peak, peak);
    done.peakWithVerdict = Math.max(done.peakWithVerdict, peak);
  };
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: { event?: string; id?: string; state?: string; requests?: unknown } = JSON.parse(line);
      if (event.state === 'ended' && ['events', 'paths', 'resources'].includes(event.id ?? '')) {
        done.listsMs = performance.now() - began;
        done.requests += ` ${event.id} ${JSON.stringify(event.requests)}`;
      }
      if (event.event === 'ended') {
        look();
        done.endMs = performance.now() - began;
      }
    }
  });
  const watch = setInterval(look, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  return { ...done, ms: done.endMs, code };
}

/** VmHWM is the peak so far, so that a coarse sample misses only the last moment. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** The lists that a capture asked for, read off it. */
export async function listPaths(file: string): Promise<string[]> {
  const bundle = await openBundle(file);
  const paths: string[] = [];
  for await (const entry of bundle.entries()) {
    const [, group, version, plural] =
      /^resources\/([^/]+)\/([^/]+)\/([^/]+)\/list\.json$/.exec(entry.path) ?? [];
    if (plural !== undefined)
      paths.push(group === 'core' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`);
  }
  await bundle.close();
  return paths;
}

/** What GETs of these lists cost, one after another in one process over one connection: the limit. */
export async function rawLists(paths: readonly string[], kubeconfig: string) {
  const connection = await openConnection(chooseContext({ kubeconfig, context: undefined }));
  const { tls } = await connection.settings();
  connection.close();
  const options: RequestOptions = {
    ...tls,
    agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    headers: { 'accept-encoding': 'gzip' },
  };
  const began = performance.now();
  let bytes = 0;
  let wire = 0;
  for (const path of paths) {
    const one = await fetched(new URL(path, connection.server), options);
    bytes += one.bytes;
    wire += one.wire;
  }
  return { ms: Math.round(performance.now() - began), bytes, wire };
}

async function fetched(url: URL, options: RequestOptions): Promise<{ bytes: number; wire: number }> {
  return await new Promise((resolve, reject) => {
    get(url, options, (response) => {
      const tally = { bytes: 0, wire: 0 };
      response.on('data', (chunk: Buffer) => (tally.wire += chunk.length));
      const body = response.headers['content-encoding'] === 'gzip' ? response.pipe(createGunzip()) : response;
      body.on('data', (chunk: Buffer) => (tally.bytes += chunk.length));
      body.on('end', () => resolve(tally));
      body.on('error', reject);
    }).on('error', reject);
  });
}
