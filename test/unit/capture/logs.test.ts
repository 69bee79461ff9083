/** Container logs: what is asked for, what a failure costs, which lines are kept. */
import { afterEach, describe, expect, it } from 'vitest';
import logs from '../../../capture/collectors/logs.ts';
import type { Scope } from '../../../capture/collector.ts';
import { parseTextSelector } from '../../../capture/selector.ts';
import {
  type Answer,
  cutAfter,
  type FakeApiServer,
  pagedList,
  startFakeApiServer,
  status,
  text,
} from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

const line = (words: string): string => `2026-01-01T00:00:00.000000000Z ${words}\n`;
const ran = { running: {} };

function pod(
  name: string,
  containers: Record<string, Record<string, unknown>>,
  more: { node?: string; labels?: object; namespace?: string } = {},
) {
  return {
    metadata: { namespace: more.namespace ?? 'shop', name, labels: more.labels },
    spec: {
      nodeName: more.node ?? 'node-1',
      containers: Object.keys(containers).map((name) => ({ name, image: 'web:1' })),
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: Object.entries(containers).map(([name, state]) => ({
        name,
        restartCount: 0,
        ...state,
      })),
    },
  };
}

const logPath = (name: string, namespace = 'shop') => `/api/v1/namespaces/${namespace}/pods/${name}/log`;

async function takeLogs(
  pods: readonly unknown[],
  answers: Record<string, Answer>,
  scope: Partial<Scope> = {},
  timeoutMs = 5000,
) {
  server = await startFakeApiServer({ '/api/v1/pods': pagedList('PodList', pods), ...answers });
  const fake = await fakeContext(server.url, { scope, timeoutMs });
  await logs.run(fake.context);
  fake.close();
  const asked = server.requests.filter((url) => url.includes('/log?')).map((url) => new URL(url, 'http://x'));
  const files = new Map([...fake.files].filter(([path]) => path.startsWith('logs/')));
  return { files, gaps: fake.gaps, asked };
}

describe('the logs of containers', () => {
  it('are current and previous, with timestamps, the newest lines, the last hour', async () => {
    const restarted = { state: ran, restartCount: 2, lastState: { terminated: {} } };
    const { files, asked } = await takeLogs([pod('web', { app: restarted })], {
      [logPath('web')]: (request, response, count) =>
        text(line(request.url?.includes('previous=') ? 'before' : 'now'))(request, response, count),
    });
    expect(Object.fromEntries(files)).toEqual({
      'logs/shop/web/app.log': line('now'),
      'logs/shop/web/app.previous.log': line('before'),
    });
    const queries = asked.map((url) => Object.fromEntries(url.searchParams));
    expect(queries[0]).toMatchObject({ container: 'app', timestamps: 'true', sinceSeconds: '3600' });
    expect(Number(queries[0]?.['tailLines'])).toBeGreaterThan(0);
    expect(queries[1]).not.toHaveProperty('sinceSeconds');
    expect(queries.filter((query) => 'limitBytes' in query)).toEqual([]);
  });

  it('of containers that never ran are not asked for, and are no gap', async () => {
    const { asked, gaps } = await takeLogs(
      [pod('web', { app: { state: { waiting: { reason: 'ImagePullBackOff' } } } })],
      {},
    );
    expect([asked, gaps]).toEqual([[], []]);
  });

  it('that fail cost no other, and say why', async () => {
    const { files, gaps } = await takeLogs(
      [
        pod('a', { app: { state: ran } }),
        pod('b', { app: { state: ran } }),
        pod('c', { app: { state: ran } }),
        pod('d', { app: { state: ran } }),
        pod('e', { app: { state: ran } }),
      ],
      {
        [logPath('a')]: status(403, 'pods "a" is forbidden'),
        [logPath('b')]: status(400, 'previous terminated container "app" in pod "b" not found'),
        [logPath('c')]: status(
          500,
          'Get "https://10.0.0.1:10250/containerLogs": dial tcp 10.0.0.1:10250: connect: no route to host',
        ),
        [logPath('d')]: cutAfter(line('half')),
        [logPath('e')]: text(line('well')),
      },
    );
    expect(gaps.map(({ key, reason, partial }) => [key, reason, partial ?? false])).toEqual(
      expect.arrayContaining([
        ['log:shop/a/app', 'forbidden', false],
        ['log:shop/b/app', 'not-found', false],
        ['log:shop/c/app', 'unreachable', false],
        ['log:shop/d/app', 'unreachable', true],
      ]),
    );
    expect(Object.fromEntries(files)).toEqual({
      'logs/shop/d/app.log': line('half'),
      'logs/shop/e/app.log': line('well'),
    });
  });

  it('that are empty are empty, not missing', async () => {
    const { files, gaps } = await takeLogs([pod('web', { app: { state: ran } })], {
      [logPath('web')]: text(''),
    });
    expect([files.get('logs/shop/web/app.log'), gaps]).toEqual(['', []]);
  });

  it('of a node that does not answer are soon not asked for any more', async () => {
    const gone = status(502, 'dial tcp 10.0.0.1:10250: connect: connection refused');
    const pods = Array.from({ length: 40 }, (_, index) =>
      pod(`p${index}`, { app: { state: ran } }, { node: 'gone' }),
    );
    const { asked, gaps } = await takeLogs(
      pods,
      Object.fromEntries(pods.map(({ metadata }) => [logPath(metadata.name), gone])),
    );
    expect(asked.length).toBeLessThan(20);
    expect(gaps).toContainEqual(
      expect.objectContaining({
        key: 'log:shop',
        reason: 'unreachable',
        detail: expect.stringMatching(/^\d+ logs were not asked for: the kubelet of gone/),
      }),
    );
  });

  it('keep the newest when they are larger than the limit, in whole lines', async () => {
    const words = 'x'.repeat(10_000);
    const count = 2000;
    const body = Array.from({ length: count }, (_, index) => line(`${index} ${words}`)).join('');
    const { files, gaps } = await takeLogs([pod('web', { app: { state: ran } })], {
      [logPath('web')]: text(body),
    });
    const parts = [...files.keys()];
    expect(parts.length).toBeGreaterThan(3);
    const kept = [...files.values()].join('');
    expect(kept.endsWith(line(`${count - 1} ${words}`))).toBe(true);
    expect(body.endsWith(kept)).toBe(true);
    expect(kept).toMatch(/^2026-/);
    expect([...files.values()].filter((part) => !part.endsWith('\n'))).toEqual([]);
    expect(kept.length).toBeLessThan(9 * 1024 * 1024);
    expect(gaps).toMatchObject([{ key: 'log:shop/web/app', reason: 'too-large', partial: true }]);
  });

  it('are narrowed by -l, but for those of cluster DNS; what was left out is a gap', async () => {
    const pods = [
      pod('web', { app: { state: ran } }, { labels: { app: 'web' } }),
      pod('other', { app: { state: ran } }, { labels: { app: 'other' } }),
      pod(
        'dns',
        { coredns: { state: ran } },
        { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' },
      ),
    ];
    const { asked, gaps } = await takeLogs(
      pods,
      { [logPath('web')]: text(''), [logPath('dns', 'kube-system')]: text('') },
      { selector: { text: 'app=web', parsed: parseTextSelector('app=web') } },
    );
    expect(asked.map((url) => url.pathname)).toEqual([logPath('dns', 'kube-system'), logPath('web')]);
    expect(gaps).toMatchObject([{ key: 'log:*', reason: 'out-of-scope' }]);
  });
});
