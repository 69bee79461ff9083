/** Lists from an API server whose database is gone: what it remembers is taken, and said to be remembered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PODS, SERVICES } from '../../../capture/kinds.ts';
import {
  type Answer,
  type FakeApiServer,
  hang,
  inTurn,
  json,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeCapture, fakeContext } from '../../support/fake-capture.ts';
import { healthyAnswers } from '../../support/healthy-server.ts';

let server: FakeApiServer | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-memory-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const things = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ metadata: { namespace: 'shop', name: `one-${index}` } }));

/** The watch cache: everything on one page, whatever `limit` says. */
const remembered = (kind: string, items: readonly unknown[]): Answer =>
  json({ kind, apiVersion: 'v1', metadata: { resourceVersion: '70' }, items });

const asksMemory = (url: string | undefined): boolean => url?.includes('resourceVersion=0') === true;

/** Answers from memory, and so when it is asked as of now. */
function withoutEtcd(kind: string, items: readonly unknown[], asOfNow: Answer): Answer {
  const cache = remembered(kind, items);
  return (request, response, count) => (asksMemory(request.url) ? cache : asOfNow)(request, response, count);
}

async function take(answers: Record<string, Answer>, timeoutMs = 8000) {
  server = await startFakeApiServer(answers);
  const fake = await fakeContext(server.url, { timeoutMs });
  const list = async (resource: typeof PODS) => {
    await fake.context.lists.take(fake.context, resource);
    return JSON.parse(fake.files.get(`resources/core/v1/${resource.plural}/list.json`) ?? 'null');
  };
  return { ...fake, list, asked: server.requests };
}

const MEMORY_GAP = { key: 'memory:lists', reason: 'unavailable', partial: true };

describe('a list that needs the database', () => {
  it.each([
    ['hangs', hang],
    ['fails with the words of etcd', status(500, 'etcdserver: request timed out')],
    ['ends after the time of a request', status(504, 'Timeout: request did not complete within 60s')],
    ['fails as unavailable', status(503, 'etcdserver: no leader')],
  ])('and %s comes from memory, whole, on one page, and says so', async (_, broken) => {
    const pods = things(1800);
    const { list, files, gaps, close } = await take({ '/api/v1/pods': withoutEtcd('PodList', pods, broken) });
    const record = await list(PODS);
    close();
    expect(record).toMatchObject({
      outcome: 'complete',
      items: 1800,
      fromCache: true,
      resourceVersion: '70',
    });
    expect((files.get('resources/core/v1/pods/0001.ndjson') ?? '').trim().split('\n')).toHaveLength(1800);
    expect(gaps).toMatchObject([MEMORY_GAP]);
  });

  it('is asked for from memory at once when another one had to go that way', async () => {
    const broken = status(500, 'context deadline exceeded');
    const { list, asked, close } = await take({
      '/api/v1/pods': withoutEtcd('PodList', things(1), broken),
      '/api/v1/services': withoutEtcd('ServiceList', things(1), broken),
    });
    await list(PODS);
    expect(await list(SERVICES)).toMatchObject({ outcome: 'complete', items: 1, fromCache: true });
    close();
    expect(asked).toEqual([
      '/api/v1/pods?limit=500',
      '/api/v1/pods?resourceVersion=0&limit=500',
      '/api/v1/services?resourceVersion=0&limit=500',
    ]);
  });

  it('and waits is not waited for once the database is known to be gone', async () => {
    const { context, list, asked, close } = await take(
      { '/api/v1/pods': withoutEtcd('PodList', things(2), hang) },
      600_000,
    );
    const listed = list(PODS);
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    context.memory.tell();
    expect(await listed).toMatchObject({ outcome: 'complete', items: 2, fromCache: true });
    close();
  });
});

describe('memory is not asked', () => {
  it.each([
    [403, 'forbidden'],
    [404, 'not-served'],
    [429, 'unavailable'],
  ])('after a %i, which is an answer', async (code, reason) => {
    const refused = status(code, 'no', { headers: { 'retry-after': '0' } });
    const { list, asked, gaps, close } = await take({
      '/api/v1/pods': withoutEtcd('PodList', things(1), refused),
    });
    expect(await list(PODS)).not.toHaveProperty('fromCache');
    close();
    expect(asked.filter(asksMemory)).toEqual([]);
    expect(gaps).toContainEqual(expect.objectContaining({ key: 'list:pods', reason }));
    expect(gaps.map(({ key }) => key)).not.toContain('memory:lists');
  });

  it('for what had come in part: nothing is written twice', async () => {
    const page = json({
      kind: 'PodList',
      metadata: { resourceVersion: '5', continue: 'next' },
      items: things(1),
    });
    const { list, asked, close } = await take({
      '/api/v1/pods': inTurn(page, status(500, 'etcdserver: request timed out')),
    });
    expect(await list(PODS)).toMatchObject({ outcome: 'partial', items: 1 });
    close();
    expect(asked.filter(asksMemory)).toEqual([]);
  });
});

describe('a list that fails from memory as well', () => {
  it('has its own fault: its first words stay, and others are asked for as ever', async () => {
    const { list, asked, gaps, close } = await take({
      '/api/v1/pods': inTurn(status(503, 'the server is currently unable'), status(503, 'second words')),
      '/api/v1/services': pagedList('ServiceList', things(1)),
    });
    expect(await list(PODS)).toMatchObject({ outcome: 'failed' });
    expect(await list(SERVICES)).not.toHaveProperty('fromCache');
    close();
    expect(asked.at(-1)).toBe('/api/v1/services?limit=500');
    expect(gaps).toMatchObject([{ key: 'list:pods', detail: 'the server is currently unable' }]);
  });
});

describe('a capture of an API server that says it does not reach etcd', () => {
  it('has its objects in time, though nothing is answered as of now', async () => {
    const answers = healthyAnswers();
    const lists = Object.entries(answers).filter(([path]) => /^\/apis?\/.*v1\/[a-z]+$/.test(path));
    const broken = lists.map(([path, answer]): [string, Answer] => [
      path,
      (request, response, count) =>
        request.method === 'POST' || asksMemory(request.url) || request.url?.includes('watch=') === true
          ? answer(request, response, count)
          : undefined,
    ]);
    server = await startFakeApiServer({
      ...answers,
      ...Object.fromEntries(broken),
      '/readyz': text('[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n', 500),
    });
    const { gaps, end, collectors } = await fakeCapture(server.url, folder, { timeoutMs: 20_000 });
    expect(end).toBe('complete');
    expect(gaps.filter(({ key }) => /^list:(pods|services|nodes|example)/.test(key))).toEqual([]);
    expect(gaps).toContainEqual(expect.objectContaining(MEMORY_GAP));
    expect(collectors.find(({ id }) => id === 'paths')?.outcome).not.toBe('failed');
  });
});
