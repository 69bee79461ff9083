/** The API server's own counters at the first and at the last second: refusals, webhooks, etcd, broken APIServices. */
import type { Collector } from '../collector.ts';
import { finaleOf, scrape, type ScrapeTarget } from '../scrape.ts';

const TARGET: ScrapeTarget = {
  path: '/metrics',
  scraped: 'apiserver',
  file: (label) => `apiserver/metrics.${label}.prom`,
  key: 'metrics:apiserver',
  evidence: 'metrics',
  subject: { path: '/metrics' },
};

const collector: Collector = {
  id: 'apiserver',
  title: 'counters of the API server',
  tier: 'throughout',
  async run(context) {
    if ((await scrape(context, TARGET, 'first')) !== undefined) return;
    await finaleOf(context);
    await scrape(context, TARGET, 'last');
    context.note({ filtered: 'only families that tell an outage; capture/families.ts names them' });
  },
};
export default collector;
