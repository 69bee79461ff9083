/** Watches: changes kept, and every way a watch ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import watches from '../../../capture/collectors/watches.ts';
import { PODS, WATCHED, WITHOUT_DISCOVERY } from '../../../capture/kinds.ts';
import { resourcePath } from '../../../capture/lists.ts';
import { resourceId } from '../../../src/core/ids.ts';
import {
  type Answer,
  cutAfter,
  type FakeApiServer,
  hangAfter,
  pagedList,
  startFakeApiServer,
  status,
} from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

const change = (type: string, name: string): string =>
  `${JSON.stringify({ type, object: { kind: 'Pod', apiVersion: 'v1', metadata: { name } } })}\n`;

async function watched(answer: Answer) {
  const list = pagedList('PodList', []);
  server = await startFakeApiServer({
    '/api/v1/pods': (request, response, count) =>
      (request.url?.includes('watch=') ? answer : list)(request, response, count),
  });
  const { context, budget, files, gaps, close } = await fakeContext(server.url);
  const running = watches.run(context);
  await context.lists.take(context, PODS);
  await sleep(150);
  budget.finish();
  await running;
  close();
  const lines = (files.get('changes/core/v1/pods.ndjson') ?? '').split('\n').filter((line) => line !== '');
  const known = context.inventory.pods().map(({ name }) => name);
  return { changes: lines.map((line) => JSON.parse(line)), files, gaps, asked: server.requests, known };
}

describe('a watch', () => {
  it("begins at its list's version and keeps what comes until the end, which is no gap", async () => {
    const { changes, gaps, asked } = await watched(
      hangAfter(change('MODIFIED', 'a') + change('DELETED', 'b')),
    );
    expect(asked.at(-1)).toBe('/api/v1/pods?watch=true&resourceVersion=77');
    expect(changes).toMatchObject([
      {
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        type: 'MODIFIED',
        object: { kind: 'Pod', metadata: { name: 'a' } },
      },
      { type: 'DELETED', object: { metadata: { name: 'b' } } },
    ]);
    expect(gaps).toEqual([]);
  });

  it('keeps what is known of pods up to date: what starts meanwhile is probed at the end', async () => {
    const { known } = await watched(hangAfter(change('ADDED', 'a') + change('DELETED', 'b')));
    expect(known).toEqual(['a']);
  });

  it('that sees nothing leaves no file and no gap', async () => {
    const { files, gaps } = await watched(hangAfter(`${JSON.stringify({ type: 'BOOKMARK', object: {} })}\n`));
    expect([files.has('changes/core/v1/pods.ndjson'), gaps]).toEqual([false, []]);
  });

  it('writes what came each second: a capture that is killed has it', async () => {
    const list = pagedList('PodList', []);
    server = await startFakeApiServer({
      '/api/v1/pods': (request, response, count) => {
        if (request.url?.includes('watch=') !== true) {
          list(request, response, count);
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(change('ADDED', 'a'));
        setTimeout(() => response.write(change('MODIFIED', 'a')), 1500);
      },
    });
    const { context, budget, files, close } = await fakeContext(server.url);
    const running = watches.run(context);
    await context.lists.take(context, PODS);
    await sleep(1300);
    expect([...files.keys()]).toContain('changes/core/v1/pods.ndjson');
    await sleep(1000);
    budget.finish();
    await running;
    close();
    expect(files.get('changes/core/v1/pods.ndjson')).toContain('ADDED');
    expect(files.get('changes/core/v1/pods.0002.ndjson')).toContain('MODIFIED');
  });

  const expired = { kind: 'Status', code: 410, message: 'too old resource version' };
  it.each([
    ['cut', cutAfter(change('ADDED', 'a')), 'unreachable', 1],
    [
      'ended by the server',
      hangAfter(change('ADDED', 'a') + `${JSON.stringify({ type: 'ERROR', object: expired })}\n`),
      'gone',
      1,
    ],
    ['forbidden', status(403, 'cannot watch'), 'forbidden', 0],
    ['garbage', hangAfter('no json\n'), 'invalid', 0],
  ])('that is %s is a gap, and what came is kept', async (_, answer, reason, count) => {
    const { changes, gaps } = await watched(answer);
    expect(changes).toHaveLength(count);
    expect(gaps).toMatchObject([{ key: 'watch:pods', evidence: 'watch', reason }]);
  });
});

describe('the watches of one namespace', () => {
  it('have room beside those of cluster DNS: every kind is watched in both', async () => {
    const served = WITHOUT_DISCOVERY.filter(({ group, plural }) =>
      WATCHED.includes(resourceId(group, plural)),
    );
    expect(served).toHaveLength(WATCHED.length);
    const answers = served.flatMap((kind) =>
      ['shop', 'kube-system'].map((namespace): [string, Answer] => {
        const list = pagedList(`${kind.kind}List`, []);
        const quiet = hangAfter('\n');
        return [
          resourcePath(kind, kind.namespaced ? namespace : undefined),
          (request, response, count) =>
            (request.url?.includes('watch=') ? quiet : list)(request, response, count),
        ];
      }),
    );
    server = await startFakeApiServer(Object.fromEntries(answers));
    const { context, budget, gaps, close } = await fakeContext(server.url, {
      scope: { namespaces: ['shop'] },
    });
    const running = watches.run(context);
    for (const kind of served) {
      if (kind.namespaced) await context.lists.takeFrom(context, kind, 'kube-system', {});
      await context.lists.take(context, kind);
    }
    await sleep(150);
    budget.finish();
    await running;
    close();
    expect(gaps).toEqual([]);
    expect(server.requests.filter((url) => url.includes('watch='))).toHaveLength(2 * served.length - 1);
  });
});

describe('the watches of many namespaces', () => {
  const MANY = Array.from({ length: 38 }, (_, index) => `team-${index}`);
  const KINDS = WITHOUT_DISCOVERY.filter(({ group, plural }) =>
    ['events', 'pods'].includes(resourceId(group, plural)),
  );
  const of = (namespace: string): string =>
    `${JSON.stringify({ type: 'DELETED', object: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace } } })}\n`;

  /** Events are listed first, in every namespace, as a capture does. */
  async function watchedIn(namespaces: readonly string[], wide: Answer) {
    const answers = KINDS.flatMap((kind) => {
      const list = pagedList(`${kind.kind}List`, []);
      const answer =
        (watch: Answer): Answer =>
        (request, response, count) =>
          (request.url?.includes('watch=') ? watch : list)(request, response, count);
      return [
        [resourcePath(kind), answer(wide)] as const,
        ...namespaces.map((name) => [resourcePath(kind, name), answer(hangAfter(of(name)))] as const),
      ];
    });
    server = await startFakeApiServer(Object.fromEntries(answers));
    const { context, budget, files, gaps, close } = await fakeContext(server.url, { scope: { namespaces } });
    const running = watches.run(context);
    for (const kind of KINDS) await context.lists.take(context, kind);
    await sleep(300);
    budget.finish();
    await running;
    close();
    const kept = [...files].flatMap(([path, body]): Array<[string, string[]]> => {
      if (!path.startsWith('changes/')) return [];
      return [[path, [...body.matchAll(/"namespace":"([^"]+)"/g)].flatMap(([, name]) => name ?? [])]];
    });
    return {
      kept: Object.fromEntries(kept),
      gaps,
      watched: server.requests.filter((url) => url.includes('watch=')),
    };
  }

  it('are one a kind, so that Events leave room for the others; what is of other namespaces is not kept', async () => {
    const { kept, gaps, watched } = await watchedIn(
      MANY,
      hangAfter(of('team-7') + of('elsewhere') + of('team-30')),
    );
    expect(watched).toHaveLength(KINDS.length);
    expect(kept).toEqual({
      'changes/core/v1/events.ndjson': ['team-7', 'team-30'],
      'changes/core/v1/pods.ndjson': ['team-7', 'team-30'],
    });
    expect(gaps).toEqual([]);
  });

  it('are as many as its share for each kind, where one over all namespaces is refused: a gap a kind tells', async () => {
    const { kept, gaps } = await watchedIn(MANY, status(403, 'cannot watch at the cluster scope'));
    expect(Object.values(kept).map((names) => new Set(names).size)).toEqual([3, 3]);
    expect(gaps).toMatchObject([
      { key: 'watch:events', reason: 'out-of-scope' },
      { key: 'watch:pods', reason: 'out-of-scope' },
    ]);
  });

  it('of few namespaces are one each, and nothing beyond them is asked for', async () => {
    const { watched } = await watchedIn(MANY.slice(0, 3), status(500, 'never asked'));
    expect(watched.every((url) => url.includes('/namespaces/'))).toBe(true);
    expect(watched).toHaveLength(3 * KINDS.length);
  });
});
