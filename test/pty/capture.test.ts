/** `inquest capture` as a person sees it: the live view in a real terminal, against an API server in this process. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drip, type FakeApiServer, hang, startFakeApiServer } from '../support/fake-api-server.ts';
import { healthyAnswers } from '../support/healthy-server.ts';
import { ROOT } from '../support/sources.ts';
import { KEYS, startTerminal, type Terminal } from './terminal.ts';

let server: FakeApiServer | undefined;
let terminal: Terminal | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-pty-capture-'));
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = undefined;
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A kubeconfig for a server where one list never comes, so that the capture takes all of its time. */
async function slowCluster(list = hang): Promise<string> {
  server = await startFakeApiServer({ ...healthyAnswers(), '/apis/example.com/v1/things': list });
  const config = join(folder, 'kubeconfig');
  const named = { cluster: 'fake', user: 'jane' };
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      contexts: [{ name: 'fake', context: named }],
      clusters: [{ name: 'fake', cluster: { server: server.url } }],
      users: [{ name: 'jane', user: { token: 'abc' } }],
    }),
  );
  return config;
}

async function capture(
  size: { columns: number; rows: number },
  timeout: string,
  env = {},
): Promise<Terminal> {
  const args = ['capture', '--kubeconfig', await slowCluster(), '-o', join(folder, 'x.tar.gz'), '--timeout'];
  terminal = startTerminal([...args, timeout], { ...size, env });
  return terminal;
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 60, rows: 10 },
])('the live view at $columns×$rows', (size) => {
  it('shows the whole cluster line, what runs and the time left, and ends with the verdict below it', async () => {
    const view = await capture(size, '8s', { NO_COLOR: '1' });
    await view.until(/of 8 s, \d s left/);
    const whole = `Cluster fake v1.36.3 at ${server?.url} as jane; may read everything`;
    await view.until(
      (screen) =>
        screen.some((line) => line.startsWith('  … ')) &&
        screen.join(' ').replace(/\s+/g, ' ').includes(whole),
    );
    await view.until('Next: inquest open');
    expect((await view.exit).code).toBe(0);
    expect(view.modes()).toMatchObject({ alternate: false, cursor: true });
    expect(view.colours()).toBe(false);
    expect(readdirSync(folder)).toContain('x.tar.gz');
  });
});

describe('Ctrl-C in the live view', () => {
  it('finishes the file, says so, and gives the terminal back', async () => {
    const view = await capture({ columns: 80, rows: 24 }, '60s');
    await view.until(/^ {2}… /m);
    view.press(KEYS.ctrlC);
    await view.until('Interrupted: finishing the file');
    expect((await view.exit).code).toBe(130);
    expect(view.modes()).toMatchObject({ alternate: false, cursor: true });
    expect(readdirSync(folder)).toContain('x.tar.gz');
  });
});

describe('without a terminal', () => {
  /** What a capture says; it is interrupted once it has said what `enough` looks for. */
  async function stderrOf(flags: readonly string[], list = hang, enough?: RegExp): Promise<string> {
    const args = [
      'capture',
      '--kubeconfig',
      await slowCluster(list),
      '-o',
      join(folder, 'x.tar.gz'),
      ...flags,
    ];
    const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (data: string) => {
      stderr += data;
      if (enough?.test(stderr) === true) child.kill('SIGINT');
    });
    await new Promise((resolve) => child.on('close', resolve));
    return stderr;
  }

  it('a provisional verdict stands there while it runs, in plain lines', async () => {
    const verdict = /^So far, provisional: nothing found yet, \d+ questions? open$/m;
    const stderr = await stderrOf(['--timeout', '60s'], drip(' '.repeat(200), 500), verdict);
    expect(stderr).toMatch(verdict);
    expect(stderr).not.toContain('\u001b');
  });

  it('--json tells events, one document a line, and --quiet nothing', async () => {
    const stderr = await stderrOf(['--timeout', '8s', '--json']);
    const told = stderr
      .trim()
      .split('\n')
      .map((line): { event: string; id?: string; state?: string } => JSON.parse(line));
    expect(told.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['begun', 'opened', 'collector', 'ended']),
    );
    expect(told).toContainEqual(
      expect.objectContaining({ id: 'events', state: 'ended', outcome: 'complete' }),
    );
    rmSync(join(folder, 'x.tar.gz'));
    await server?.close();
    expect(await stderrOf(['--timeout', '3s', '--quiet'])).toBe('');
  });
});
