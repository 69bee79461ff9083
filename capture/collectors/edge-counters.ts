/** Metrics of ingress and gateway controllers, where they declare a port for them, at the first and the last second. */
import { metricsPath } from '../../src/bundle/paths.ts';
import type { Collector } from '../collector.ts';
import { isEdge } from '../log-order.ts';
import { finaleOf, listedOf, scrape, type ScrapeTarget } from '../scrape.ts';

/** A controller has a few replicas; more are a DaemonSet whose pods tell the same. */
const MOST_PODS = 12;

const collector: Collector = {
  id: 'edge-counters',
  title: 'metrics of ingress and gateway controllers',
  tier: 'throughout',
  async run(context) {
    await listedOf(context, 'pods');
    const targets = context.inventory
      .pods()
      .filter((pod) => isEdge(pod) && pod.metrics !== undefined)
      .slice(0, MOST_PODS)
      .map(({ namespace, name, metrics = { port: 0, path: '' } }): ScrapeTarget => {
        const pod = `${metrics.scheme === 'https' ? 'https:' : ''}${encodeURIComponent(name)}:${metrics.port}`;
        return {
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${pod}/proxy${metrics.path}`,
          scraped: 'edge',
          file: (label) => metricsPath(namespace, name, metrics.port, label),
          key: `metrics:${namespace}/${name}`,
          evidence: 'metrics',
          subject: { namespace, pod: name },
        };
      });
    const first = await Promise.all(
      targets.map(
        async (target) => await context.queues.others.add(async () => await scrape(context, target, 'first')),
      ),
    );
    await finaleOf(context);
    const reached = targets.filter((_, index) => first[index] === undefined);
    await Promise.all(reached.map(async (target) => await scrape(context, target, 'last')));
  },
};
export default collector;
