/**
 * Counters of kubelets and kube-proxy at the first and at the last second: results of probes, OOM kills, throttling,
 * syncs of rules. Needs `get nodes/proxy`.
 */
import { nodePath } from '../../src/bundle/paths.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { ApiFailure, gapOf } from '../failure.ts';
import type { Scraped } from '../families.ts';
import { type NodeTurn, nodesInTurn } from '../network/node-order.ts';
import { askInTurn, type NodeAnswer } from '../nodes-in-turn.ts';
import { finaleOf, listedOf, scrape, type ScrapeTarget } from '../scrape.ts';

/** cAdvisor tells about 20 KB a container before it is filtered: more nodes than this would be noticed. */
const MOST_NODES = 40;
/** After so many kubelets that let their questions hang, those of nodes that are not Ready are not asked any more. */
const MOST_SILENT = 4;

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
    if (nodes.length === 0) return;
    const reached: ScrapeTarget[] = [];
    const unasked = await askInTurn(context, nodes, {
      ask: (node) => askNode(context, node, reached),
      mostSilent: MOST_SILENT,
    });
    if (unasked === undefined) return;
    if (unasked.lost > 0) {
      const words = `counters of ${unasked.lost} more nodes that are not Ready were not read: ${MOST_SILENT} kubelets had not answered`;
      tell(context, 'node:*/counters-silent', new ApiFailure('unreachable', words));
    }
    await finaleOf(context);
    await Promise.all(reached.map(async (target) => await scrape(context, target, 'last')));
    context.note({ filtered: 'only families that tell an outage; capture/families.ts names them' });
  },
};
export default collector;

/** Nodes of pods in question first, those that are not Ready last. */
function chosenNodes(context: CollectorContext): readonly NodeTurn[] {
  const all = nodesInTurn(context.inventory, context.scope);
  if (all.length > MOST_NODES) {
    const words = `counters of ${MOST_NODES} of ${all.length} nodes were read`;
    tell(context, 'node:*/counters', new ApiFailure('out-of-scope', words));
  }
  return all.slice(0, MOST_NODES);
}

function tell(context: CollectorContext, key: string, failure: ApiFailure): void {
  context.gap(gapOf({ key, evidence: 'node', subject: { path: 'metrics' }, partial: true }, failure));
}

/** Asks one node in turn. What came is added to `reached`. */
async function askNode(
  context: CollectorContext,
  node: string,
  reached: ScrapeTarget[],
): Promise<NodeAnswer> {
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
    else if (failure.reason === 'forbidden') return 'forbidden';
    // A kubelet that lets one question hang lets the others hang too.
    else if (failure.reason === 'timeout') return 'silent';
  }
  return 'answered';
}
