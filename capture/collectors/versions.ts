/** The API server's version and how well it says it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gap } from '../../src/bundle/format.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { gapOf } from '../failure.ts';
import { EVENTS } from '../kinds.ts';

interface Question {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly file: string;
  readonly evidence: Gap['evidence'];
  readonly key: string;
}

const QUESTIONS: readonly Question[] = [
  { path: '/version', file: 'discovery/version.json', evidence: 'version', key: 'version' },
  {
    path: '/readyz',
    query: { verbose: '' },
    file: 'health/readyz.txt',
    evidence: 'health',
    key: 'health:readyz',
  },
  {
    path: '/livez',
    query: { verbose: '' },
    file: 'health/livez.txt',
    evidence: 'health',
    key: 'health:livez',
  },
];

/** One line a check, `etcd` and `etcd-readiness` among them (apiserver/pkg/server/healthz). */
const ETCD_FAILS = /^\[-\]etcd/m;

const EVENTS_MS = 2000;

const collector: Collector = {
  id: 'versions',
  title: 'version and health of the API server',
  // Small, and what it says of etcd decides how all lists are asked for.
  tier: 'events',
  async run(context) {
    await Promise.all(QUESTIONS.map((question) => ask(context, question)));
  },
};
export default collector;

/** A 500 is the very answer when a check fails; only a refusal is none. */
async function ask(context: CollectorContext, { path, query, file, evidence, key }: Question): Promise<void> {
  try {
    const request = {
      path,
      ...(query === undefined ? {} : { query }),
      accept: '*/*',
      signal: context.signal,
    };
    const body = await context.api
      .request({ ...request, anyStatus: evidence === 'health' })
      .then(async (response) => {
        const denied = response.status === 401 || response.status === 403;
        return denied ? await context.api.bytes(request) : await gathered(response.body);
      });
    if (path === '/readyz' && ETCD_FAILS.test(body.toString('utf8'))) context.memory.tell();
    // Asked first, written second: Events lead the file, unless they take their time.
    await Promise.race([
      context.lists.take(context, EVENTS),
      sleep(EVENTS_MS, undefined, { signal: context.signal, ref: false }).catch(() => undefined),
    ]);
    await context.write(file, context.redactor.text({ evidence: 'health' }, body));
    context.count(1);
  } catch (error) {
    context.gap(gapOf({ key, evidence, subject: { path } }, error));
  }
}

async function gathered(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
