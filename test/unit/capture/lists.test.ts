/** Lists into the bundle: pages, parts, expired tokens, cuts, namespaces where the cluster is forbidden. */
import { afterEach, describe, expect, it } from 'vitest';
import { PODS } from '../../../capture/kinds.ts';
import type { Scope } from '../../../capture/collector.ts';
import {
  type Answer,
  cutAfter,
  type FakeApiServer,
  hangAfter,
  inTurn,
  json,
  pagedList,
  startFakeApiServer,
  status,
} from '../../support/fake-api-server.ts';
import { fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
afterEach(() => server?.close());

const pod = (index: number, namespace = 'shop') => ({ metadata: { namespace, name: `pod-${index}` } });
const many = (count: number) => Array.from({ length: count }, (_, index) => pod(index));
const lines = (body: string | undefined): unknown[] =>
  (body ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

async function listPods(answers: Record<string, Answer>, scope: Partial<Scope> = {}, timeoutMs = 5000) {
  server = await startFakeApiServer(answers);
  const fake = await fakeContext(server.url, { scope, timeoutMs, namespace: 'home' });
  const listed = await fake.context.lists.take(fake.context, PODS);
  fake.close();
  const record = JSON.parse(fake.files.get('resources/core/v1/pods/list.json') ?? 'null');
  return { ...fake, listed, record, asked: server.requests };
}

const FOLDER = 'resources/core/v1/pods';

describe('a list', () => {
  it('comes page by page, whole, and says from which version on to watch', async () => {
    const { files, record, listed, asked } = await listPods({
      '/api/v1/pods': pagedList('PodList', many(1234)),
    });
    expect(asked).toHaveLength(3);
    expect(lines(files.get(`${FOLDER}/0001.ndjson`))).toEqual(many(1234));
    expect(record).toMatchObject({ outcome: 'complete', items: 1234, resourceVersion: '77' });
    expect(listed).toMatchObject([{ outcome: 'complete', resourceVersion: '77' }]);
  });

  it('is written in parts of bounded size', async () => {
    const big = Array.from({ length: 30 }, (_, index) => ({ ...pod(index), spec: 'x'.repeat(100_000) }));
    const { files } = await listPods({ '/api/v1/pods': pagedList('PodList', big) });
    const parts = [...files.keys()].filter((path) => path.endsWith('.ndjson'));
    expect(parts).toEqual(['0001', '0002', '0003'].map((part) => `${FOLDER}/${part}.ndjson`));
    expect(parts.flatMap((part) => lines(files.get(part)))).toEqual(big);
  });

  it('of custom resources has its metadata last', async () => {
    const { record, asked } = await listPods({
      '/api/v1/pods': pagedList('PodList', many(700), { metadataLast: true }),
    });
    expect(asked).toHaveLength(2);
    expect(record).toMatchObject({ outcome: 'complete', items: 700, resourceVersion: '77' });
  });

  it('without items is complete and empty, and has no part', async () => {
    const answer = json({ kind: 'PodList', metadata: { resourceVersion: '5' }, items: null });
    const { files, record, gaps } = await listPods({ '/api/v1/pods': answer });
    expect(record).toMatchObject({ outcome: 'complete', items: 0 });
    expect([...files.keys()]).toEqual([`${FOLDER}/list.json`]);
    expect(gaps).toEqual([]);
  });

  it('goes on with the token that a 410 carries, and says that it is of two moments', async () => {
    const page = (names: number[], token?: string) =>
      json({
        kind: 'PodList',
        metadata: { resourceVersion: '5', continue: token },
        items: names.map((n) => pod(n)),
      });
    const expired = status(410, 'The provided continue parameter is too old', {
      metadata: { continue: 'fresh' },
    });
    const { record, asked } = await listPods({
      '/api/v1/pods': inTurn(page([1], 'old'), expired, page([2])),
    });
    expect(asked.map((url) => new URL(url, 'http://x').searchParams.get('continue'))).toEqual([
      null,
      'old',
      'fresh',
    ]);
    expect(record).toMatchObject({ outcome: 'complete', items: 2, inconsistent: true, resourceVersion: '5' });
  });

  it.each([
    ['cut', cutAfter('{"kind":"PodList","items":[{"metadata":{"name":"a"}},{"meta'), 'unreachable', 5000],
    ['hung', hangAfter('{"kind":"PodList","items":[{"metadata":{"name":"a"}},{"meta'), 'timeout', 600],
  ])('that is %s in the middle keeps what came', async (_, answer, reason, timeoutMs) => {
    const { files, record, gaps } = await listPods({ '/api/v1/pods': answer }, {}, timeoutMs);
    expect(record).toMatchObject({ outcome: 'partial', items: 1, gap: 'list:pods' });
    expect(lines(files.get(`${FOLDER}/0001.ndjson`))).toEqual([{ metadata: { name: 'a' } }]);
    expect(gaps).toMatchObject([{ key: 'list:pods', reason, partial: true }]);
  });

  it('that the server does not know is not served', async () => {
    const { record, gaps } = await listPods({});
    expect(record).toMatchObject({ outcome: 'failed', items: 0 });
    expect(gaps).toMatchObject([{ key: 'list:pods', reason: 'not-served', status: 404 }]);
  });
});

describe('where the whole cluster is forbidden', () => {
  const forbidden = status(403, 'pods is forbidden: User "tester" cannot list');
  const namespaces = json({
    kind: 'PartialObjectMetadataList',
    metadata: {},
    items: [{ metadata: { name: 'shop' } }, { metadata: { name: 'closed' } }],
  });

  it('the namespaces there are come one by one, each with its own record', async () => {
    const { files, gaps, record } = await listPods({
      '/api/v1/pods': forbidden,
      '/api/v1/namespaces': namespaces,
      '/api/v1/namespaces/home/pods': pagedList('PodList', []),
      '/api/v1/namespaces/shop/pods': pagedList('PodList', many(2)),
      '/api/v1/namespaces/closed/pods': forbidden,
    });
    expect(record).toMatchObject({ outcome: 'failed', gap: 'list:pods' });
    expect(JSON.parse(files.get(`${FOLDER}/list.shop.json`) ?? '')).toMatchObject({
      outcome: 'complete',
      items: 2,
    });
    expect(JSON.parse(files.get(`${FOLDER}/list.home.json`) ?? '')).toMatchObject({
      outcome: 'complete',
      items: 0,
    });
    expect(lines(files.get(`${FOLDER}/shop.0001.ndjson`))).toEqual(many(2));
    expect(gaps.map(({ key, reason, status }) => [key, reason, status])).toEqual([
      ['list:pods', 'forbidden', 403],
      ['list:pods@closed', 'forbidden', 403],
    ]);
  });

  it('namespaces where nothing may be listed are not asked one by one', async () => {
    const { asked } = await listPods({
      '/api/v1/pods': forbidden,
      '/api/v1/namespaces': namespaces,
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': json({
        status: { incomplete: false, resourceRules: [{ verbs: ['create'] }] },
      }),
      '/api/v1/namespaces/home/pods': pagedList('PodList', []),
    });
    expect(asked.filter((url) => /namespaces\/[a-z]+\/pods/.test(url))).toEqual([
      '/api/v1/namespaces/home/pods?limit=500',
    ]);
  });

  it("the kubeconfig's own namespace is tried when namespaces are forbidden too", async () => {
    const { gaps } = await listPods({
      '/api/v1/pods': forbidden,
      '/api/v1/namespaces': forbidden,
      '/api/v1/namespaces/home/pods': pagedList('PodList', many(1)),
    });
    expect(gaps.map(({ key }) => key)).toEqual(['list:pods']);
  });

  it('with -n only those are asked for at all', async () => {
    const { asked, gaps } = await listPods(
      { '/api/v1/namespaces/shop/pods': pagedList('PodList', many(1)) },
      { namespaces: ['shop'] },
    );
    expect(asked).toEqual(['/api/v1/namespaces/shop/pods?limit=500']);
    expect(gaps).toEqual([]);
  });
});
