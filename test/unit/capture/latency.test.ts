/** How quickly the server answered, by kind of request; and its clock, from answers whose Date is off. */
import { afterEach, describe, expect, it } from 'vitest';
import { createLatencies } from '../../../capture/latency.ts';
import { type FakeApiServer, hang, json, startFakeApiServer, status } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

describe('latencies', () => {
  it('are of the nearest rank, whatever the number of samples', () => {
    const tally = createLatencies();
    for (let ms = 1; ms <= 10_000; ms += 1) tally.sample('/api/v1/pods', 200, 0, ms);
    const { list } = tally.value().kinds;
    expect(list).toMatchObject({ count: 10_000, max: 10_000 });
    expect(Math.abs((list?.p50 ?? 0) - 5000)).toBeLessThan(50);
    expect(Math.abs((list?.p95 ?? 0) - 9500)).toBeLessThan(50);
  });

  it.each([
    ['/api/v1/pods', 'list'],
    ['/apis/apps/v1/deployments', 'list'],
    ['/api/v1/namespaces/shop/services', 'list'],
    ['/apis', 'discovery'],
    ['/apis/apps/v1', 'discovery'],
    ['/api/v1', 'discovery'],
    ['/readyz', 'health'],
    ['/api/v1/namespaces/shop/pods/web/log', 'log'],
    ['/api/v1/nodes/n1/proxy/metrics/probes', 'proxy'],
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'review'],
  ])('of %s count as %s', (path, kind) => {
    const tally = createLatencies();
    tally.sample(path, 200, 0, 1);
    expect(Object.keys(tally.value().kinds)).toEqual([kind]);
  });

  it('of a client tell answers of 429, requests given up, and the slowest', async () => {
    server = await startFakeApiServer({
      '/api/v1/pods': status(429, 'busy', { headers: { 'retry-after': '0' } }),
      '/api/v1/nodes': hang,
    });
    const { api, connection } = await fakeClient(server.url);
    const signal = AbortSignal.timeout(10_000);
    await expect(api.json({ path: '/api/v1/pods', signal })).rejects.toThrow(/busy/);
    await expect(api.json({ path: '/api/v1/nodes', signal, limitMs: 100 })).rejects.toThrow(/not whole/);
    expect(api.latencies()).toMatchObject({
      kinds: { list: { count: 4 } },
      throttled: 4,
      slowest: { path: '/api/v1/pods' },
    });
    // A kept connection that says nothing is tried anew once.
    expect(api.latencies().unanswered).toBeGreaterThan(0);
    connection.close();
  });
});

describe('the clock of a server', () => {
  it.each([-7_200_000, -1500, -500, 500, 1500, 90_000])('that is %i ms off is found so', async (truth) => {
    server = await startFakeApiServer({
      '/x': (request, response, count) => {
        // Whole seconds, cut as every server cuts them.
        const date = new Date(Math.floor((Date.now() + truth) / 1000) * 1000).toUTCString();
        json({}, 200, { date })(request, response, count);
      },
    });
    const { api, connection } = await fakeClient(server.url);
    const signal = AbortSignal.timeout(10_000);
    for (let turn = 0; turn < 25; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- over a second, so that answers straddle its end
      await api.json({ path: '/x', signal });
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const skew = api.skew();
    connection.close();
    expect(Math.abs((skew?.ms ?? Infinity) - truth)).toBeLessThanOrEqual((skew?.errorMs ?? 0) + 1);
    expect(skew?.errorMs).toBeLessThan(500);
  });
});
