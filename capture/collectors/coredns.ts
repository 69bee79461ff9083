/** The metrics of every CoreDNS replica at the first and at the last second, so that its counters are rates. */
import { z } from 'zod';
import { metricsPath } from '../../src/bundle/paths.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { gapOf } from '../failure.ts';
import { DNS_LABEL, DNS_NAMESPACE } from '../kinds.ts';

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
    const first = await Promise.all(
      targets.map((target) => scrape(context, target, 'first', context.signal)),
    );
    await finaleOf(context);
    const reached = targets.filter((_, index) => first[index]);
    await Promise.all(reached.map((target) => scrape(context, target, 'last', context.budget.lastSignal)));
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

async function scrape(
  context: CollectorContext,
  { pod, port }: Target,
  label: 'first' | 'last',
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const body = await context.api.bytes({
      path: `/api/v1/namespaces/${DNS_NAMESPACE}/pods/${encodeURIComponent(pod)}:${port}/proxy/metrics`,
      accept: 'text/plain;version=0.0.4',
      signal,
      limitMs: 5000,
    });
    const origin = { evidence: 'metrics', namespace: DNS_NAMESPACE, name: pod } as const;
    await context.write(metricsPath(DNS_NAMESPACE, pod, port, label), context.redactor.text(origin, body));
    context.count(1);
    return true;
  } catch (error) {
    const partial = label === 'last';
    const key = `metrics:${DNS_NAMESPACE}/${pod}${partial ? '/last' : ''}`;
    context.gap(
      gapOf({ key, evidence: 'metrics', subject: { namespace: DNS_NAMESPACE, pod }, partial }, error),
    );
    return false;
  }
}

/** Resolves in the last second of the capture. */
async function finaleOf(context: CollectorContext): Promise<void> {
  const { finale } = context.budget;
  if (finale.aborted) return;
  await new Promise((resolve) => {
    finale.addEventListener('abort', resolve, { once: true });
  });
}
