/** A WebSocket over a connection that was kept and turned out to be dead: asked for once more, on a fresh one, never twice. */
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../capture/client.ts';
import { failureOf, type ApiFailure } from '../../../capture/failure.ts';
import type { ApiClient } from '../../../capture/http.ts';
import { type FakeApiServer, json, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';

let fake: FakeApiServer;
let client: { api: ApiClient; connection: Connection };
/** The server forgets what it has upgraded. */
const sockets: Duplex[] = [];
beforeEach(async () => {
  fake = await startFakeApiServer({ '/version': json({}) });
  client = await fakeClient(fake.url);
});
afterEach(async () => {
  client.connection.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  await fake.close();
});

/** Leaves a connection behind that has served a request. */
const keepOne = async (): Promise<unknown> =>
  await client.api.json({ path: '/version', signal: new AbortController().signal });

const cut = (socket: Duplex): void => void socket.destroy();
const silent = (): void => undefined;
const cutAfterAByte = (socket: Duplex): void => void socket.write('HTTP/1.1 4', () => socket.destroy());
const forbid = (socket: Duplex): void => {
  const body = JSON.stringify({ kind: 'Status', message: 'pods "web" is forbidden', code: 403 });
  socket.end(
    `HTTP/1.1 403 x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
};
/** The answer's head, and then the connection is cut. */
const forbidAndCut = (socket: Duplex): void =>
  void socket.write('HTTP/1.1 403 x\r\ncontent-length: 100\r\n\r\n{', () => socket.destroy());

/** Answers upgrades one after another; the last way for ever. Returns how often it was asked. */
function upgrades(...ways: ReadonlyArray<(socket: Duplex) => void>): () => number {
  let asked = 0;
  fake.server.on('upgrade', (_request, socket) => {
    sockets.push(socket);
    (ways[asked] ?? ways.at(-1))?.(socket);
    asked += 1;
  });
  return () => asked;
}

async function refused(openMs = 5000): Promise<ApiFailure> {
  try {
    const channels = await client.api.channels({
      path: '/api/v1/namespaces/shop/pods/web/exec',
      query: [['command', 'true']],
      protocols: ['v4.channel.k8s.io'],
      signal: new AbortController().signal,
      openMs,
      onMessage: () => undefined,
      onClose: () => undefined,
    });
    channels.end();
  } catch (error) {
    return failureOf(error);
  }
  throw new Error('it opened');
}

describe('a kept connection', () => {
  it.each([
    ['cut', cut],
    ['forgotten', silent],
  ])('that was %s is asked over once more, on a fresh one, and that answer counts', async (_, dead) => {
    const asked = upgrades(dead, forbid);
    await keepOne();
    expect(await refused(300)).toMatchObject({ reason: 'forbidden', status: 403 });
    expect(asked()).toBe(2);
  });

  it.each([
    ['cut', cut, 'unreachable'],
    ['forgotten', silent, 'timeout'],
  ])('that was %s is not asked over a third time', async (_, dead, reason) => {
    const asked = upgrades(dead);
    await keepOne();
    expect(await refused(300)).toMatchObject({ reason });
    expect(asked()).toBe(2);
  });

  it('that was cut after a byte of the answer is not asked over again', async () => {
    const asked = upgrades(cutAfterAByte, forbid);
    await keepOne();
    expect((await refused()).status).toBeUndefined();
    expect(asked()).toBe(1);
  });

  it('that answers is asked once', async () => {
    const asked = upgrades(forbid);
    await keepOne();
    expect(await refused()).toMatchObject({ reason: 'forbidden' });
    expect(asked()).toBe(1);
  });
});

describe('a fresh connection', () => {
  it('that is cut has answered: nobody asks again', async () => {
    const asked = upgrades(cut, forbid);
    expect(await refused()).toMatchObject({ reason: 'unreachable' });
    expect(asked()).toBe(1);
  });
});

describe('a refusal', () => {
  it('stays one when the connection ends while its words are read', async () => {
    const asked = upgrades(forbidAndCut);
    expect(await refused()).toMatchObject({ reason: 'forbidden', status: 403 });
    expect(asked()).toBe(1);
  });
});
