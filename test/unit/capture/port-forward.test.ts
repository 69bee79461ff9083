/** Dialling ports by port-forward against a fake kubelet: what is open, refused and unclear, and that nothing is sent. */
import { afterEach, describe, expect, it } from 'vitest';
import { dialPorts, openStream } from '../../../capture/port-forward.ts';
import type { Connection } from '../../../capture/client.ts';
import { CaptureStop } from '../../../capture/failure.ts';
import { PACE } from '../../../capture/pace.ts';
import { type FakeApiServer, startFakeApiServer, status } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';
import { type FakeForward, type FakePort, serveForward } from '../../support/fake-port-forward.ts';

let server: FakeApiServer | undefined;
let connection: Connection | undefined;
afterEach(async () => {
  connection?.close();
  await server?.close();
});

const POD = { namespace: 'shop', name: 'web' };
const never = new AbortController().signal;
const echo: FakePort = (data) => data;

async function forward(ports: Readonly<Record<number, FakePort>>) {
  server = await startFakeApiServer({});
  const fake: FakeForward = serveForward(server, ports);
  const client = await fakeClient(server.url);
  connection = client.connection;
  return { fake, api: client.api };
}

describe('dialPorts', () => {
  it('calls a port open once a closed one beside it was refused, and sends nothing to any', async () => {
    const { fake, api } = await forward({ 8080: echo });
    const answers = await dialPorts(api, POD, [8080, 9090], never);
    expect(answers).toMatchObject([
      { port: 8080, state: 'open' },
      { port: 9090, state: 'refused', text: expect.stringContaining('connection refused') },
    ]);
    expect([fake.asked, fake.sent]).toEqual([[[8080, 9090, 1]], []]);
  });

  it('takes another port to compare with where the usual one is asked for itself', async () => {
    const { fake, api } = await forward({ 1: echo });
    expect(await dialPorts(api, POD, [1], never)).toMatchObject([{ port: 1, state: 'open' }]);
    expect(fake.asked).toEqual([[1, 9]]);
  });

  it('knows nothing of a port while not even the closed one is refused', async () => {
    const { api } = await forward({ 8080: 'mute', 1: 'mute' });
    expect(await dialPorts(api, POD, [8080], never)).toMatchObject([
      { port: 8080, state: 'unclear', text: expect.stringContaining('surely closed') },
    ]);
  }, 15_000);

  it('throws when the connection is cut before anything was told', async () => {
    const { api } = await forward({ 8080: 'cut' });
    await expect(dialPorts(api, POD, [8080], never)).rejects.toMatchObject({ reason: 'unreachable' });
  });

  it('throws what the API server refuses, in its words', async () => {
    server = await startFakeApiServer({
      '/api/v1/namespaces/shop/pods/web/portforward': status(403, 'pods "web" is forbidden: no portforward'),
    });
    const client = await fakeClient(server.url);
    connection = client.connection;
    await expect(dialPorts(client.api, POD, [8080], never)).rejects.toMatchObject({
      reason: 'forbidden',
      message: expect.stringContaining('no portforward'),
    });
  });
});

describe('a WebSocket', () => {
  it('counts for who opened it and for the whole capture, with the bytes that came', async () => {
    const { api } = await forward({ 8080: echo });
    const own = api.counted();
    await dialPorts(own, POD, [8080], never);
    expect(own.counts).toEqual({ count: 1, bytes: expect.any(Number) });
    expect(own.counts.bytes).toBeGreaterThan(100);
    expect(api.counts).toEqual(own.counts);
  });

  it('keeps to the pace of all other requests', async () => {
    server = await startFakeApiServer({});
    const client = await fakeClient(server.url);
    connection = client.connection;
    const began = performance.now();
    const opening = Array.from({ length: PACE.burst + 20 }, () => dialPorts(client.api, POD, [80], never));
    await Promise.allSettled(opening);
    // Twenty more than the burst, at 50 a second; a timer may fire a little early.
    expect(performance.now() - began).toBeGreaterThan(350);
  });

  it('is not opened once the time is over, which is a failure with its reason', async () => {
    const { fake, api } = await forward({ 8080: echo });
    const over = AbortSignal.abort(new CaptureStop('deadline', 'the time was over'));
    await expect(dialPorts(api, POD, [8080], over)).rejects.toMatchObject({
      name: 'ApiFailure',
      reason: 'timeout',
      message: 'the time was over',
    });
    expect([fake.asked, api.counts.count]).toEqual([[], 0]);
  });
});

describe('openStream', () => {
  it('carries bytes both ways', async () => {
    const { api } = await forward({ 53: echo });
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const stream = await openStream(api, POD, 53, never, { onData: resolve, onEnd: reject });
    stream.write(Buffer.from('ping'));
    expect((await promise).toString()).toBe('ping');
    stream.end();
  });

  it('ends in the kubelet’s words when nobody listens', async () => {
    const { api } = await forward({});
    const { promise, resolve } = Promise.withResolvers<Error>();
    const stream = await openStream(api, POD, 53, never, { onData: () => undefined, onEnd: resolve });
    expect((await promise).message).toContain('connection refused');
    stream.end();
  });
});
