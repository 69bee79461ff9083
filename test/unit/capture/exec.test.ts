import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../capture/client.ts';
import { type ExecOutcome, execIn } from '../../../capture/exec.ts';
import { CaptureStop } from '../../../capture/failure.ts';
import type { ApiClient } from '../../../capture/http.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';
import { type FakeExec, type Ran, serveExec } from '../../support/fake-exec.ts';

let fake: FakeApiServer;
let client: { api: ApiClient; connection: Connection };
beforeEach(async () => {
  fake = await startFakeApiServer();
  client = await fakeClient(fake.url);
});
afterEach(async () => {
  client.connection.close();
  await fake.close();
});

const run = async (
  more: { limitMs?: number; maxBytes?: number; signal?: AbortSignal } = {},
): Promise<ExecOutcome> =>
  await execIn(client.api, {
    namespace: 'shop',
    pod: 'web',
    container: 'app',
    command: ['echo', 'a b', '&c'],
    signal: new AbortController().signal,
    ...more,
  });

const gone = async (served: FakeExec): Promise<void> => {
  await expect.poll(() => served.open.size).toBe(0);
};

describe('a program in a container', () => {
  it('gives its output, its errors and its exit code, and got its arguments as they were', async () => {
    const served = serveExec(fake, () => ({ stdout: 'out', stderr: 'err', code: 3 }));
    expect(await run()).toEqual({
      kind: 'exited',
      code: 3,
      stdout: 'out',
      stderr: 'err',
      truncated: false,
    });
    expect(served.calls).toEqual([{ pod: 'shop/web', container: 'app', command: ['echo', 'a b', '&c'] }]);
    await gone(served);
  });

  it.each<[string, Ran | undefined]>([
    ['that is not in PATH', undefined],
    [
      'that is not at its place',
      { refused: 'exec failed: exec: "/bin/cat": stat /bin/cat: no such file or directory' },
    ],
    [
      'as Docker tells it',
      {
        code: 126,
        stdout:
          'OCI runtime exec failed: exec failed: unable to start container process: exec: "cat": executable file not found in $PATH: unknown',
      },
    ],
    [
      'as crun tells it',
      {
        refused:
          'command error: error executing command: crun: executable file `cat` not found in $PATH: No such file or directory',
      },
    ],
    [
      'as Kata tells it',
      { refused: 'rpc status: code: INTERNAL message: \\"the file /bin/cat was not found\\"' },
    ],
  ])('%s is no program', async (_, ran) => {
    serveExec(fake, () => ran);
    expect((await run()).kind).toBe('no-program');
  });

  it('that ends with 127 of its own accord has exited', async () => {
    serveExec(fake, () => ({ code: 127, stderr: 'sh: nc: not found' }));
    expect(await run()).toMatchObject({ kind: 'exited', code: 127 });
  });

  it('in a runtime that lost its own files has failed: that says nothing about the program', async () => {
    serveExec(fake, () => ({
      refused: 'failed to retrieve OCI runtime exec internal pid: open /run/x.pid: no such file or directory',
    }));
    expect((await run()).kind).toBe('failed');
  });

  it.each<[number, string, ExecOutcome['kind']]>([
    [400, 'container nope is not valid for pod web', 'not-running'],
    [404, 'pods "web" not found', 'not-running'],
    [500, 'container not found ("app")', 'not-running'],
    [403, 'pods "web" is forbidden: User "x" cannot create resource "pods/exec"', 'failed'],
    [500, 'error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused', 'failed'],
  ])('that is answered with %i %s is %s', async (code, message, kind) => {
    fake.server.on('upgrade', (_request, socket) => {
      const body = JSON.stringify({ kind: 'Status', message, code });
      socket.end(
        `HTTP/1.1 ${code} x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const outcome = await run();
    expect(outcome.kind).toBe(kind);
    const words = outcome.kind === 'failed' ? outcome.failure.message : 'text' in outcome ? outcome.text : '';
    expect(words).toBe(message);
    const reason = outcome.kind === 'failed' ? outcome.failure.reason : undefined;
    expect(reason === 'forbidden').toBe(code === 403);
  });

  it('that does not end is given up, and nothing is left of it here', async () => {
    const served = serveExec(fake, () => ({ stdout: 'x', hangs: true }));
    expect(await run({ limitMs: 100 })).toMatchObject({ kind: 'failed', failure: { reason: 'timeout' } });
    await gone(served);
  });

  it('ends with the capture', async () => {
    const served = serveExec(fake, () => ({ hangs: true }));
    const stop = new AbortController();
    const running = run({ signal: stop.signal });
    await expect.poll(() => served.open.size).toBe(1);
    stop.abort(new CaptureStop('interrupted', 'the capture was interrupted'));
    expect(await running).toMatchObject({ kind: 'failed', failure: { reason: 'interrupted' } });
    await gone(served);
  });

  it('that says too much is cut and not waited for', async () => {
    const served = serveExec(fake, () => ({ stdout: 'y\n'.repeat(1000), hangs: true }));
    const outcome = await run({ maxBytes: 100 });
    expect(outcome).toMatchObject({ kind: 'exited', truncated: true });
    expect(outcome.kind === 'exited' && outcome.stdout.length).toBe(100);
    await gone(served);
  });

  it('whose connection closes without a word has failed', async () => {
    serveExec(fake, () => ({ closes: 1011 }));
    expect(await run()).toMatchObject({ kind: 'failed', failure: { reason: 'unreachable' } });
  });

  it('of a server that takes the connection and says nothing is given up', async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const other = await fakeClient(`http://127.0.0.1:${port}`);
    const outcome = await execIn(other.api, {
      namespace: 'a',
      pod: 'b',
      container: 'c',
      command: ['x'],
      signal: new AbortController().signal,
      limitMs: 100,
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { reason: 'timeout' } });
    other.connection.close();
    await new Promise((resolve) => silent.close(resolve));
  });
});
