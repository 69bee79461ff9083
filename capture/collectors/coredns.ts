/** The metrics of every CoreDNS replica at the first and at the last second, so that its counters are rates. */
import { z } from 'zod';
import { metricsPath } from '../../src/bundle/paths.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { gapOf } from '../failure.ts';
import { DNS_LABEL, DNS_NAMESPACE } from '../kinds.ts';
import { finaleOf, scrape, type ScrapeTarget } from '../scrape.ts';

const podsSchema = z.looseObject({
  items: z
    .array(
      z.looseObject({
        metadata: z.looseObject({ name: z.string() }),
        spec: z.looseObject({
          containers: z.array(
            z.looseObject({
              ports: z
                .array(z.looseObject({ name: z.string().nullish(), containerPort: z.number() }))
                .nullish(),
            }),
          ),
        }),
      }),
    )
    .nullish(),
});

/** The `prometheus` plugin's own default. */
const USUAL_PORT = 9153;

interface Target {
  readonly pod: string;
  readonly port: number;
}

const collector: Collector = {
  id: 'coredns',
  title: 'CoreDNS metrics',
  tier: 'throughout',
  async run(context) {
    let targets: readonly Target[];
    try {
      targets = await replicas(context);
    } catch (error) {
      const subject = { namespace: DNS_NAMESPACE, resource: 'pods' };
      context.gap(gapOf({ key: `metrics:${DNS_NAMESPACE}/coredns`, evidence: 'metrics', subject }, error));
      return;
    }
    const scrapes = targets.map(targetOf);
    const first = await Promise.all(scrapes.map(async (target) => await scrape(context, target, 'first')));
    await finaleOf(context);
    const reached = scrapes.filter((_, index) => first[index] === undefined);
    await Promise.all(reached.map(async (target) => await scrape(context, target, 'last')));
  },
};
export default collector;

async function replicas(context: CollectorContext): Promise<readonly Target[]> {
  const answer = await context.api.json({
    path: `/api/v1/namespaces/${DNS_NAMESPACE}/pods`,
    query: { labelSelector: `${DNS_LABEL.key}=${DNS_LABEL.value}` },
    signal: context.signal,
  });
  return (podsSchema.parse(answer).items ?? []).map(({ metadata, spec }) => {
    const ports = spec.containers.flatMap((container) => container.ports ?? []);
    return {
      pod: metadata.name,
      port: ports.find(({ name }) => name === 'metrics')?.containerPort ?? USUAL_PORT,
    };
  });
}

function targetOf({ pod, port }: Target): ScrapeTarget {
  return {
    path: `/api/v1/namespaces/${DNS_NAMESPACE}/pods/${encodeURIComponent(pod)}:${port}/proxy/metrics`,
    scraped: 'all',
    file: (label) => metricsPath(DNS_NAMESPACE, pod, port, label),
    key: `metrics:${DNS_NAMESPACE}/${pod}`,
    evidence: 'metrics',
    subject: { namespace: DNS_NAMESPACE, pod },
  };
}
