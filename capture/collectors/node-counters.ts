/**
 * Counters of kubelets and kube-proxy at the first and at the last second: results of probes, OOM kills, throttling,
 * syncs of rules. Needs `get nodes/proxy`.
 */
import { nodePath } from '../../src/bundle/paths.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { ApiFailure, gapOf } from '../failure.ts';
import type { Scraped } from '../families.ts';
import { finaleOf, listedOf, scrape, type ScrapeTarget } from '../scrape.ts';

/** cAdvisor tells about 20 KB a container before it is filtered: more nodes than this would be noticed. */
const MOST_NODES = 40;

const QUESTIONS: ReadonlyArray<{
  readonly file: string;
  readonly at: (node: string) => string;
  readonly scraped: Scraped;
  readonly mayRefuse?: boolean;
}> = [
  { file: 'metrics-probes', at: (node) => `${node}/proxy/metrics/probes`, scraped: 'probes' },
  { file: 'metrics-cadvisor', at: (node) => `${node}/proxy/metrics/cadvisor`, scraped: 'cadvisor' },
  // Bound to localhost unless its configuration says otherwise; its healthz tells the last sync all the same.
  { file: 'kube-proxy', at: (node) => `${node}:10249/proxy/metrics`, scraped: 'kube-proxy', mayRefuse: true },
];

const collector: Collector = {
  id: 'node-counters',
  title: 'counters of kubelets and kube-proxy',
  tier: 'throughout',
  async run(context) {
    await listedOf(context, 'nodes');
    const nodes = chosenNodes(context);
    const [first, ...others] = nodes;
    if (first === undefined) return;
    const reached: ScrapeTarget[] = [];
    // One node tells whether it is allowed at all.
    if (!(await askNode(context, first, reached))) return;
    await Promise.all(
      others.map((node) => context.queues.others.add(async () => await askNode(context, node, reached))),
    );
    await finaleOf(context);
    await Promise.all(reached.map(async (target) => await scrape(context, target, 'last')));
    context.note({ filtered: 'only families that tell an outage; capture/families.ts names them' });
  },
};
export default collector;

/** Nodes of unwell pods first. */
function chosenNodes(context: CollectorContext): readonly string[] {
  const all = context.inventory.nodes();
  if (all.length <= MOST_NODES) return all;
  const unwell = new Set(
    context.inventory.pods().flatMap(({ node, unwell: bad }) => (bad && node !== undefined ? [node] : [])),
  );
  const ordered = [...all.filter((node) => unwell.has(node)), ...all.filter((node) => !unwell.has(node))];
  const words = `counters of ${MOST_NODES} of ${all.length} nodes were read`;
  context.gap(
    gapOf(
      { key: 'node:*/counters', evidence: 'node', subject: { path: 'metrics' }, partial: true },
      new ApiFailure('out-of-scope', words),
    ),
  );
  return ordered.slice(0, MOST_NODES);
}

/** Asks one node in turn; false when this user may not. What came is added to `reached`. */
async function askNode(context: CollectorContext, node: string, reached: ScrapeTarget[]): Promise<boolean> {
  for (const { file, at, scraped, mayRefuse = false } of QUESTIONS) {
    const path = `/api/v1/nodes/${at(encodeURIComponent(node))}`;
    const target: ScrapeTarget = {
      path,
      scraped,
      file: (label) => nodePath(node, `${file}.${label}.prom`),
      key: `node:${node}/${file}`,
      evidence: 'node',
      subject: { node, path: file },
      mayRefuse,
    };
    const failure = await scrape(context, target, 'first');
    if (failure === undefined) reached.push(target);
    else if (failure.reason === 'forbidden') return false;
    // A kubelet that lets one question hang lets the others hang too.
    else if (failure.reason === 'timeout') return true;
  }
  return true;
}
