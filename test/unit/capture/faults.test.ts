/** Faults that no lab can be made to show, over a whole session: a server that is busy for ever, a watch cache that is too new, a file that is full. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSession } from '../../../capture/session.ts';
import { openBundle } from '../../../src/bundle/reader.ts';
import {
  type Answer,
  type FakeApiServer,
  json,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeCapture } from '../../support/fake-capture.ts';
import { healthyAnswers } from '../../support/healthy-server.ts';

let server: FakeApiServer | undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inquest-faults-'));
});
afterEach(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const quiet = { begun: () => undefined, progress: () => undefined, interrupted: () => undefined };

/** A session as the command line starts it. */
async function session(answers: Record<string, Answer>, timeoutMs: number) {
  server = await startFakeApiServer(answers);
  const kubeconfig = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'jane' } }],
    clusters: [{ name: 'fake', cluster: { server: server.url } }],
    users: [{ name: 'jane', user: { token: 'abc' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const file = join(folder, 'x.tar.gz');
  const began = performance.now();
  const result = await runSession({
    ...quiet,
    kubeconfig,
    redaction: 'default',
    warn: () => undefined,
    sinceSeconds: 3600,
    timeoutMs,
    output: { file: () => file },
  });
  return { ...result, ms: performance.now() - began };
}

describe('a server that is busy for ever', () => {
  it('and asks to wait ten seconds each time costs the evidence, not the deadline', async () => {
    const busy = status(429, 'too many requests', { headers: { 'retry-after': '10' } });
    const answers = Object.fromEntries(Object.keys(healthyAnswers()).map((path) => [path, busy]));
    const { ms, end, gaps } = await session(answers, 5000);
    expect(ms).toBeLessThan(7000);
    expect(end).toBe('deadline');
    expect(gaps.map(({ key }) => key)).toEqual(expect.arrayContaining(['list:events', 'list:pods']));
  });
});

describe('a refusal', () => {
  it('is never asked again', async () => {
    await session({ ...healthyAnswers(), '/api/v1/services': status(403, 'services is forbidden') }, 5000);
    const asked = server?.requests.filter((url) => url.startsWith('/api/v1/services?')) ?? [];
    expect(asked).toHaveLength(1);
  });
});

describe('a watch cache that says 410', () => {
  it('to the watch and in the middle of the list is told, and what came is kept', async () => {
    const gone = json(
      { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version', metadata: {} },
      410,
    );
    const pods = Array.from({ length: 700 }, (_, index) => ({
      metadata: { namespace: 'a', name: `p${index}` },
    }));
    const list = pagedList('PodList', pods);
    const answer: Answer = (request, response, count) => {
      const broken = /watch=|continue=/.test(request.url ?? '');
      (broken ? gone : list)(request, response, count);
    };
    const { gaps, summary } = await session({ ...healthyAnswers(), '/api/v1/pods': answer }, 5000);
    expect(gaps).toContainEqual(expect.objectContaining({ key: 'list:pods', reason: 'gone', partial: true }));
    expect(gaps).toContainEqual(expect.objectContaining({ key: 'watch:pods', reason: 'gone' }));
    const bundle = await openBundle(summary.file ?? '');
    const paths: string[] = [];
    for await (const entry of bundle.entries()) paths.push(entry.path);
    await bundle.close();
    expect(paths).toContain('resources/core/v1/pods/0001.ndjson');
  });
});

describe('10,000 Events', () => {
  it('come whole, in pages', async () => {
    const events = Array.from({ length: 10_000 }, (_, index) => ({
      metadata: { namespace: 'a', name: `e${index}` },
      message: 'Back-off restarting failed container '.repeat(10),
    }));
    const { end, gaps } = await session(
      { ...healthyAnswers(), '/api/v1/events': pagedList('EventList', events) },
      20_000,
    );
    expect([end, gaps.filter(({ key }) => key.startsWith('list:'))]).toEqual(['complete', []]);
    expect(server?.requests.filter((url) => url.startsWith('/api/v1/events?limit'))).toHaveLength(20);
  });
});

describe('a file that is full', () => {
  /** Text that hardly packs: 6 bits of 8. */
  const noise = (bytes: number): string => randomBytes((bytes * 3) / 4).toString('base64');

  it('is no larger than was asked; logs give way first, their newest lines stay, and each loss is a gap', async () => {
    const line = (index: number): string =>
      `2026-01-01T00:00:00.${String(index).padStart(9, '0')}Z ${noise(1000)}\n`;
    const log = Array.from({ length: 3000 }, (_, index) => line(index)).join('');
    const things = Array.from({ length: 1500 }, (_, index) => ({
      metadata: { namespace: 'a', name: `t${index}` },
      spec: noise(1000),
    }));
    server = await startFakeApiServer({
      ...healthyAnswers(),
      '/api/v1/namespaces/shop/pods/web-1/log': text(log),
      '/apis/example.com/v1/things': pagedList('ThingList', things),
    });
    const maxBytes = 1_000_000;
    const { file, gaps } = await fakeCapture(server.url, folder, { maxBytes, redaction: 'none' });
    expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
    const reasons = new Map(gaps.map(({ key, reason }) => [key, reason]));
    expect(reasons.get('log:shop/web-1/app')).toBe('too-large');
    expect(reasons.get('list:example.com/things')).toBe('too-large');
    expect([...reasons.keys()].filter((key) => /^list:(pods|events|services)$/.test(key))).toEqual([]);
    const bundle = await openBundle(file);
    const bodies = new Map<string, string>();
    for await (const entry of bundle.entries()) bodies.set(entry.path, (await entry.read()).toString('utf8'));
    await bundle.close();
    expect(JSON.parse(bodies.get('resources/example.com/v1/things/list.json') ?? '').outcome).not.toBe(
      'complete',
    );
    const kept = [...bodies]
      .filter(([path]) => path.startsWith('logs/'))
      .map(([, body]) => body)
      .join('');
    expect(kept).toContain('.000002999Z');
    expect(kept).not.toContain('.000000000Z');
  });

  it('is no larger when many large logs come at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `web-${index}`);
    const pods = names.map((name) => ({
      metadata: { namespace: 'shop', name, uid: name },
      spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'web:1' }] },
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'app', state: { running: {} }, restartCount: 0 }],
      },
    }));
    const logOf = (): string =>
      Array.from({ length: 1500 }, () => `2026-01-01T00:00:00.000000000Z ${noise(1000)}\n`).join('');
    server = await startFakeApiServer({
      ...healthyAnswers(),
      '/api/v1/pods': pagedList('PodList', pods),
      ...Object.fromEntries(
        names.map((name) => [`/api/v1/namespaces/shop/pods/${name}/log`, text(logOf())] as const),
      ),
    });
    const maxBytes = 2_000_000;
    const { file, gaps } = await fakeCapture(server.url, folder, { maxBytes, redaction: 'none' });
    expect(statSync(file).size).toBeLessThanOrEqual(maxBytes);
    expect(statSync(file).size).toBeGreaterThan(maxBytes / 2);
    expect(gaps.filter(({ reason }) => reason === 'too-large')).not.toEqual([]);
  });
});
