/** Requests against a server that misbehaves: reasons, time limits, retries, counts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiRequest } from '../../../capture/http.ts';
import { CaptureStop } from '../../../capture/failure.ts';
import {
  type Answer,
  cutAfter,
  drip,
  type FakeApiServer,
  hang,
  hangAfter,
  inTurn,
  json,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

async function ask(answer: Answer, request: Partial<ApiRequest> = {}) {
  server = await startFakeApiServer({ '/x': answer });
  const { api } = await fakeClient(server.url);
  const signal = AbortSignal.timeout(8000);
  const outcome = await api.json({ path: '/x', signal, ...request }).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return { ...outcome, api, count: server.requests.length };
}

describe('what goes wrong becomes a failure with its reason, in time', () => {
  it.each([
    ['401', status(401, 'Unauthorized'), { reason: 'unauthorized', status: 401, message: 'Unauthorized' }],
    [
      '403',
      status(403, 'pods is forbidden'),
      { reason: 'forbidden', status: 403, message: 'pods is forbidden' },
    ],
    ['404', status(404, 'not here'), { reason: 'not-found' }],
    [
      '410',
      status(410, 'too old', { metadata: { continue: 'fresh' } }),
      { reason: 'gone', continueToken: 'fresh' },
    ],
    [
      '500 as text',
      text('error trying to reach service', 500),
      { reason: 'unavailable', message: 'error trying to reach service' },
    ],
    ['no JSON', text('<html>'), { reason: 'invalid' }],
    ['hung before the headers', hang, { reason: 'timeout', message: 'no byte came for 0.3 s' }],
    ['hung in the body', hangAfter('{"a":'), { reason: 'timeout', message: 'no byte came for 0.3 s' }],
    ['a slow drip', drip('{"a":1', 50), { reason: 'timeout', message: 'not whole after 1 s' }],
    ['cut in the body', cutAfter('{"a":'), { reason: 'unreachable' }],
  ])('%s', async (_, answer, expected) => {
    const { error } = { error: undefined, ...(await ask(answer, { idleMs: 300, limitMs: 1000 })) };
    expect(error).toMatchObject(expected);
  });

  it('is told by the deadline when that comes first', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new CaptureStop('deadline', 'the time was over')), 100);
    const { error } = { error: undefined, ...(await ask(hang, { signal: stop.signal })) };
    expect(error).toMatchObject({ reason: 'timeout', message: 'the time was over' });
  });

  it('says unreachable where nobody listens', async () => {
    server = await startFakeApiServer();
    const { api } = await fakeClient(server.url);
    await server.close();
    await expect(api.json({ path: '/x', signal: AbortSignal.timeout(5000) })).rejects.toMatchObject({
      reason: 'unreachable',
    });
  });
});

describe('retries', () => {
  const busy = status(429, 'slow down', { headers: { 'retry-after': '0' } });

  it('waits as a 429 asks, and goes on', async () => {
    const { value, count } = { value: undefined, ...(await ask(inTurn(busy, busy, json({ ok: true })))) };
    expect({ value, count }).toEqual({ value: { ok: true }, count: 3 });
  });

  it('ends after three', async () => {
    const { error, count } = { error: undefined, ...(await ask(busy)) };
    expect(error).toMatchObject({ status: 429, reason: 'unavailable', message: 'slow down' });
    expect(count).toBe(4);
  });

  it.each([401, 403, 404, 500])('never asks again after %d', async (code) => {
    const { count } = await ask(status(code, 'no'));
    expect(count).toBe(1);
  });

  it('does not wait beyond its signal', async () => {
    const busyLong = status(429, 'slow down', { headers: { 'retry-after': '9' } });
    const { error } = { error: undefined, ...(await ask(busyLong, { signal: AbortSignal.timeout(200) })) };
    expect(error).toMatchObject({ status: 429 });
  });
});

describe('counting', () => {
  it('counts requests and bytes as they came over the wire, and learns the clock', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const { api } = await ask(json({ text: 'a'.repeat(100_000) }, 200, { date }));
    expect(api.counts.count).toBe(1);
    expect(api.counts.bytes).toBeGreaterThan(50);
    expect(api.counts.bytes).toBeLessThan(5000);
    const skew = api.skew();
    expect(Math.abs((skew?.ms ?? 0) - 3_600_000)).toBeLessThanOrEqual((skew?.errorMs ?? 0) + 1000);
  });

  it('sends the token', async () => {
    await ask(json({}));
    expect(server?.lastHeaders()).toMatchObject({ authorization: 'Bearer abc', 'accept-encoding': 'gzip' });
  });
});
