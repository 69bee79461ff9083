/** Whole captures of a fake server: order, gaps, deadline, interruption. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectors } from '../../../capture/collectors/registry.ts';
import { probes } from '../../../capture/probes/registry.ts';
import { openBundle } from '../../../src/bundle/reader.ts';
import {
  type Answer,
  cutAfter,
  drip,
  type FakeApiServer,
  hang,
  hangAfter,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeCapture } from '../../support/fake-capture.ts';
import { healthyAnswers, LOG } from '../../support/healthy-server.ts';

let server: FakeApiServer | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-run-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function captured(
  changes: Record<string, Answer> = {},
  options: Parameters<typeof fakeCapture>[2] = {},
) {
  server = await startFakeApiServer({ ...healthyAnswers(), ...changes });
  const began = performance.now();
  const result = await fakeCapture(server.url, folder, { timeoutMs: 2000, ...options });
  const ms = performance.now() - began;
  const bundle = await openBundle(result.file);
  const files = new Map<string, string>();
  for await (const entry of bundle.entries()) files.set(entry.path, (await entry.read()).toString('utf8'));
  await bundle.close();
  return { ...result, ms, files, manifest: bundle.manifest, problems: bundle.problems };
}

describe('a capture', () => {
  it('of a server that answers is whole, in the order of perishability', async () => {
    const { files, manifest, problems } = await captured();
    expect(manifest).toMatchObject({ end: 'complete', gaps: [], clockSkew: { samples: expect.any(Number) } });
    expect(problems).toEqual([]);
    // Counters are read beside what is taken in turn.
    const order = [...files.keys()].filter((path) => !path.endsWith('.prom'));
    expect(order[0]).toBe('bundle.json');
    const place = (path: string): number => order.indexOf(path);
    expect(place('resources/core/v1/events/list.json')).toBe(1);
    expect(place('resources/core/v1/pods/list.json')).toBeLessThan(place('logs/shop/web-1/app.log'));
    expect(place('logs/shop/web-1/app.log')).toBeLessThan(place('resources/example.com/v1/things/list.json'));
    expect(files.get('logs/shop/web-1/app.log')).toBe(LOG);
    expect(JSON.parse(files.get('bundle.json') ?? '')).toMatchObject({
      cluster: { name: 'fake', user: 'jane', version: 'v1.36.3' },
      collectors: [...collectors, ...probes].map(({ id }) => id),
    });
  });

  it.each([
    ['hangs', hang],
    ['hangs in the body', hangAfter('{"kind":"X","items":[')],
    ['drips', drip('{"items":[', 100)],
    ['cuts', cutAfter('{"kind":')],
    ['answers garbage', text('no json')],
    ['is forbidden', status(403, 'forbidden')],
    ['is busy for ever', status(429, 'busy', { headers: { 'retry-after': '1' } })],
  ])('goes on when one list %s: a gap, and all else is there', async (_, answer) => {
    const { files, gaps, ms } = await captured({ '/api/v1/services': answer });
    expect(gaps.map(({ key }) => key)).toContain('list:services');
    // The last scrape has a tenth of a second here; probes that wait for what they are chosen from say that they were cut.
    const others = gaps.filter(({ key }) => !/^list:services|^probe:[a-z-]+\/cut$|\/last$/.test(key));
    expect(others).toEqual([]);
    expect(files.get('logs/shop/web-1/app.log')).toBe(LOG);
    expect(files.has('resources/example.com/v1/things/0001.ndjson')).toBe(true);
    expect(JSON.parse(files.get('resources/core/v1/services/list.json') ?? '')).toMatchObject({
      outcome: 'failed',
    });
    expect(ms).toBeLessThan(4000);
  });

  it('ends in time with gaps alone when nothing at all answers', async () => {
    const silent = Object.fromEntries(Object.keys(healthyAnswers()).map((path) => [path, hang]));
    const { manifest, gaps, ms } = await captured(silent);
    expect(manifest?.end).toBe('deadline');
    expect(gaps.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['list:events', 'list:pods', 'discovery']),
    );
    expect(gaps.filter(({ reason }) => reason !== 'timeout')).toEqual([]);
    expect(ms).toBeLessThan(4000);
  });

  it('that the user interrupts is a file that says so', async () => {
    const { manifest, gaps, ms } = await captured(
      { '/api/v1/services': hang },
      { timeoutMs: 20_000, during: (budget) => void setTimeout(() => budget.interrupt(), 700) },
    );
    expect(manifest?.end).toBe('interrupted');
    expect(gaps).toContainEqual(expect.objectContaining({ key: 'list:services', reason: 'interrupted' }));
    expect(ms).toBeLessThan(5000);
  });

  it('asks the kinds that every cluster has when discovery fails', async () => {
    const { gaps, files } = await captured({ '/api': status(500, 'broken'), '/apis': status(500, 'broken') });
    expect(gaps).toContainEqual(expect.objectContaining({ key: 'discovery', evidence: 'discovery' }));
    expect(files.has('resources/core/v1/pods/list.json')).toBe(true);
    expect(files.has('resources/networking.k8s.io/v1/networkpolicies/list.json')).toBe(true);
  });

  it('takes a readyz that fails for the answer it is', async () => {
    const { files, gaps } = await captured({
      '/readyz': text('[-]informer-sync failed: reason withheld\n', 500),
    });
    expect(files.get('health/readyz.txt')).toBe('[-]informer-sync failed: reason withheld\n');
    expect(gaps).toEqual([]);
  });

  it('leaves nothing half done beside the file', async () => {
    await captured();
    expect(readdirSync(folder)).toEqual(['fake.tar.gz']);
  });
});

describe('before it begins', () => {
  it('says that nobody answers', async () => {
    server = await startFakeApiServer();
    const { url } = server;
    await server.close();
    await expect(fakeCapture(url, folder)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  });

  it('says that the credentials are not accepted', async () => {
    await expect(captured({ '/version': status(401, 'Unauthorized') })).rejects.toMatchObject({
      code: 'not-logged-in',
    });
  });
});
