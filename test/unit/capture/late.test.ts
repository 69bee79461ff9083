/** Probes that are cut, and programs that start slowly: nothing is left out in silence. */
import { afterEach, describe, expect, it } from 'vitest';
import lateProbes from '../../../capture/collectors/late-probes.ts';
import type { CollectorContext } from '../../../capture/collector.ts';
import { CaptureStop } from '../../../capture/failure.ts';
import { noteAsked, startedSince } from '../../../capture/late.ts';
import { asCollector } from '../../../capture/probe-runner.ts';
import type { Probe } from '../../../capture/probe.ts';
import podHttp from '../../../capture/probes/pod-http.ts';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import { type FakeApiServer, pagedList, startFakeApiServer, text } from '../../support/fake-api-server.ts';
import { type FakeContext, fakeContext } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
let made: FakeContext | undefined;
afterEach(async () => {
  made?.close();
  await server?.close();
});

const result = (to: string): ProbeResult => ({
  at: '2026-01-01T00:00:00Z',
  from: 'capture',
  to,
  outcome: 'ok',
});
const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
const probe = (run: (context: CollectorContext) => AsyncGenerator<ProbeResult>): Probe => ({
  id: 'edge',
  title: 't',
  run,
});

async function begun(one: Probe): Promise<FakeContext & { running: Promise<void> }> {
  server = await startFakeApiServer({});
  made = await fakeContext(server.url);
  return { ...made, running: asCollector(one).run(made.context) };
}

describe('a probe', () => {
  it('that ends by itself is no gap', async () => {
    const { running, gaps, files } = await begun(
      probe(async function* () {
        yield result('a');
      }),
    );
    await running;
    expect(gaps).toEqual([]);
    expect(files.get('probes/edge.ndjson')).toContain('"to":"a"');
  });

  it('that is cut keeps what it had and what was under way, and is a gap', async () => {
    const { running, gaps, files, budget } = await begun(
      probe(async function* ({ signal }) {
        yield result('a');
        await ended(signal);
        yield result('under-way');
      }),
    );
    budget.interrupt();
    await running;
    expect(files.get('probes/edge.ndjson')).toContain('"to":"a"');
    expect([...files.values()].join('')).toContain('"to":"under-way"');
    expect(gaps).toMatchObject([
      {
        key: 'probe:edge/cut',
        evidence: 'probe',
        subject: { probe: 'edge' },
        reason: 'interrupted',
        partial: true,
      },
    ]);
  });

  it('that throws because it is cut is a gap as well, and no bug', async () => {
    const { running, gaps, budget } = await begun(
      probe(async function* ({ signal }) {
        yield result('a');
        await ended(signal);
        signal.throwIfAborted();
      }),
    );
    budget.interrupt();
    await running;
    expect(gaps).toMatchObject([{ key: 'probe:edge/cut' }]);
  });

  it('that does not even stop has told its gap and written its lines', async () => {
    const { promise: hangs, resolve } = Promise.withResolvers<void>();
    const { gaps, files, budget } = await begun(
      probe(async function* () {
        yield result('a');
        resolve();
        await new Promise(() => undefined);
      }),
    );
    await hangs;
    budget.interrupt();
    expect(gaps).toMatchObject([{ key: 'probe:edge/cut' }]);
    expect(files.get('probes/edge.ndjson')).toContain('"to":"a"');
  });

  it('whose time never came is a gap that says so', async () => {
    server = await startFakeApiServer({});
    made = await fakeContext(server.url);
    made.budget.interrupt();
    await asCollector(
      probe(async function* () {
        yield result('a');
      }),
    ).run(made.context);
    expect([made.files.size, made.gaps]).toMatchObject([
      0,
      [{ key: 'probe:edge/cut', detail: expect.stringContaining('was not begun') }],
    ]);
  });

  it('throws what is a bug', async () => {
    const { running } = await begun(
      // oxlint-disable-next-line require-yield -- it never comes to that
      probe(async function* () {
        throw new TypeError('a bug');
      }),
    );
    await expect(running).rejects.toThrow('a bug');
  });
});

type State = 'waiting' | 'starting' | 'unready' | 'ready';
const pod = (name: string, state: State) => ({
  metadata: { namespace: 'shop', name },
  spec: {
    nodeName: 'n',
    containers: [{ name: 'app', image: 'x', readinessProbe: { httpGet: { path: '/ready', port: 8080 } } }],
  },
  status: {
    phase: state === 'waiting' ? 'Pending' : 'Running',
    podIP: '10.244.0.9',
    conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }],
    containerStatuses: [
      {
        name: 'app',
        started: state !== 'starting' && state !== 'waiting',
        state: state === 'waiting' ? { waiting: { reason: 'PodInitializing' } } : { running: {} },
      },
    ],
  },
});

/** Asks once, lets the watch tell the new states, and ends the capture. */
async function askedTwice(before: Record<string, State>, after: Record<string, State>) {
  const ready = Object.fromEntries(
    [...Object.keys(before), ...Object.keys(after)].map((name) => [
      `/api/v1/namespaces/shop/pods/${name}:8080/proxy/ready`,
      text('ok'),
    ]),
  );
  server = await startFakeApiServer({
    '/api/v1/pods': pagedList(
      'PodList',
      Object.entries(before).map(([name, state]) => pod(name, state)),
    ),
    '/api/v1/services': pagedList('ServiceList', []),
    '/apis/discovery.k8s.io/v1/endpointslices': pagedList('EndpointSliceList', []),
    '/apis/networking.k8s.io/v1/ingresses': pagedList('IngressList', []),
    ...ready,
  });
  made = await fakeContext(server.url);
  await asCollector(podHttp).run(made.context);
  for (const [name, state] of Object.entries(after)) made.context.inventory.observe('pods', pod(name, state));
  made.budget.finish();
  await lateProbes.run(made.context);
  const told = (file: string): string[] =>
    (made?.files.get(file) ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): { to: string; outcome: string } => JSON.parse(line))
      .map(({ to, outcome }) => `${to.replace('pod/shop/', '')} ${outcome}`);
  const gaps = made.gaps.filter(({ evidence }) => evidence === 'probe');
  return { first: told('probes/pod-http.ndjson'), late: told('probes/pod-http.0002.ndjson'), gaps };
}

describe('what starts slowly', () => {
  it('is asked once more at the end when it runs by then', async () => {
    const { first, late, gaps } = await askedTwice(
      { slow: 'waiting', well: 'ready' },
      { slow: 'unready', well: 'ready' },
    );
    expect(first).toEqual(['slow:8080 not-probed', 'well:8080 ok']);
    expect(late).toEqual(['slow:8080 ok']);
    expect(gaps).toEqual([]);
  });

  it('is asked once more when it became ready, is new, or has its startup probe to pass yet', async () => {
    const { late } = await askedTwice(
      { became: 'unready', starting: 'starting', stays: 'unready', waits: 'waiting' },
      { became: 'ready', starting: 'starting', stays: 'unready', waits: 'waiting', fresh: 'ready' },
    );
    expect(late.toSorted()).toEqual(['became:8080 ok', 'fresh:8080 ok', 'starting:8080 ok']);
  });

  it('that there was no time for is a gap, and none where there was nothing to ask', async () => {
    const over = async (states: Record<string, State>) => {
      server = await startFakeApiServer({});
      made = await fakeContext(server.url);
      const { context, gaps, close } = made;
      for (const [name, state] of Object.entries(states)) context.inventory.observe('pods', pod(name, state));
      noteAsked(context, 'pod-http', [...context.inventory.network.places().values()]);
      for (const name of Object.keys(states)) context.inventory.observe('pods', pod(name, 'ready'));
      const late = podHttp.late?.({
        ...context,
        signal: AbortSignal.abort(new CaptureStop('deadline', 'over')),
      });
      for await (const one of late ?? []) throw new Error(one.to);
      close();
      await server.close();
      return gaps.map(({ key, reason }) => `${key} ${reason}`);
    };
    expect(await over({ slow: 'waiting' })).toEqual(['probe:pod-http/late timeout']);
    expect(await over({ well: 'ready' })).toEqual([]);
  });

  it('is nothing where the probe never came to ask, and twenty pods at most', async () => {
    server = await startFakeApiServer({});
    made = await fakeContext(server.url);
    const { inventory } = made.context;
    for (let i = 0; i < 30; i += 1) inventory.observe('pods', pod(`p${i}`, 'ready'));
    const targets = [...inventory.network.places().values()].map((place) => ({ place }));
    expect(startedSince(made.context, 'pod-http', targets)).toEqual([]);
    noteAsked(made.context, 'pod-http', []);
    expect(startedSince(made.context, 'pod-http', targets)).toHaveLength(20);
  });
});
