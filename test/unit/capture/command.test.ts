/** `inquest capture` as a process: what goes to stdout and stderr, and the exit codes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openBundle } from '../../../src/bundle/reader.ts';
import {
  type Answer,
  type FakeApiServer,
  hang,
  startFakeApiServer,
  status,
} from '../../support/fake-api-server.ts';
import { healthyAnswers, LOG } from '../../support/healthy-server.ts';

let server: FakeApiServer | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-command-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function run(
  args: readonly string[],
  changes: Record<string, Answer> = {},
  started?: (child: ChildProcess) => void,
): Promise<Ran> {
  server = await startFakeApiServer({ ...healthyAnswers(), ...changes });
  const kubeconfig = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'prod', user: 'u' } }],
    clusters: [{ name: 'prod', cluster: { server: server.url } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  writeFileSync(kubeconfig, stringify(config));
  return await new Promise((resolve, reject) => {
    const main = join(import.meta.dirname, '../../../src/cli/main.ts');
    const child = spawn(process.execPath, [main, 'capture', '--kubeconfig', kubeconfig, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(out), stderr }));
    started?.(child);
  });
}

describe('inquest capture', () => {
  it('names the file after the cluster and the time, and says first where and as whom', async () => {
    const { code, stderr } = await run(['--timeout', '15s']);
    expect(code).toBe(0);
    expect(stderr.split('\n')[0]).toBe(`Cluster prod v1.36.3 at ${server?.url} as jane; may read everything`);
    const name = readdirSync(folder).find((file) => file.endsWith('.tar.gz'));
    expect(name).toMatch(/^inquest-prod-\d{8}T\d{6}Z\.tar\.gz$/);
  });

  it('streams the bundle to stdout, with nothing else in it', async () => {
    const { code, stdout } = await run(['-o', '-', '--timeout', '15s']);
    expect(code).toBe(0);
    const file = join(folder, 'streamed.tar.gz');
    writeFileSync(file, stdout);
    const bundle = await openBundle(file);
    const logs: string[] = [];
    for await (const entry of bundle.entries()) {
      if (entry.path.startsWith('logs/')) logs.push((await entry.read()).toString());
    }
    await bundle.close();
    expect([bundle.manifest?.end, logs, bundle.problems]).toEqual(['complete', [LOG], []]);
  });

  it('prints one JSON document, and is silent otherwise with --quiet', async () => {
    const forbidden = status(403, 'services is forbidden');
    const { code, stdout, stderr } = await run(
      ['--json', '--quiet', '--strict', '--timeout', '15s', '-o', folder],
      {
        '/api/v1/services': forbidden,
      },
    );
    expect(code).toBe(3);
    expect(stderr).toBe('');
    const document = JSON.parse(stdout.toString());
    expect(document).toMatchObject({
      format: 'inquest-capture/1',
      end: 'complete',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      verdict: { format: 'inquest-verdict/1' },
    });
    expect(document.gaps).toContainEqual(
      expect.objectContaining({ key: 'list:services', reason: 'forbidden' }),
    );
    expect(existsSync(document.file)).toBe(true);
  });

  it.each([
    [['--timeout', 'soon'], /--timeout soon is no duration/],
    [['--since', '0s'], /--since 0s is no duration/],
    [['-l', '(', '--timeout', '15s'], /label selector/],
    [['--context', 'other'], /no context "other"[\s\S]*there are: fake/],
  ])('refuses %j', async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout.length]).toEqual([2, 0]);
    expect(stderr).toMatch(words);
  });

  it('will not write over a file', async () => {
    writeFileSync(join(folder, 'mine'), 'precious');
    const { code, stderr } = await run(['-o', 'mine']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/mine exists already/);
  });

  it('finishes the file at the first Ctrl-C and stops at the second', async () => {
    const interrupt = (child: ChildProcess, at: RegExp, times: number): void => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (at.test(chunk.toString()))
          for (let time = 0; time < times; time += 1) setTimeout(() => child.kill('SIGINT'), 300 + 20 * time);
      });
    };
    const answers = { '/api/v1/services': hang };
    const once = await run(['-o', 'once.tar.gz'], answers, (child) => interrupt(child, /Events:/, 1));
    expect(once.code).toBe(130);
    expect(once.stderr).toMatch(/Interrupted: finishing the file/);
    expect(readdirSync(folder)).toContain('once.tar.gz');
    await server?.close();
    const twice = await run(['-o', 'twice.tar.gz', '--timeout', '30s'], { ...answers }, (child) =>
      interrupt(child, /Events:/, 2),
    );
    expect(twice.signal === 'SIGINT' || twice.code === 130).toBe(true);
  });
});
