/** What each kubelet answers through the API server: its health, configuration, pods and usage. Needs `get nodes/proxy`. */
import { nodePath } from '../../src/bundle/paths.ts';
import { isRecord } from '../../src/core/json.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { NODES } from '../kinds.ts';
import { nodesInTurn } from '../network/node-order.ts';
import { askOnNode } from '../node-words.ts';
import { askInTurn, type NodeAnswer, type Unasked } from '../nodes-in-turn.ts';

const QUESTIONS = [
  { path: 'healthz', file: 'healthz.txt', limitMs: 5000 },
  { path: 'configz', file: 'configz.json', limitMs: 10_000 },
  { path: 'pods', file: 'pods.json', limitMs: 10_000 },
  { path: 'stats/summary', file: 'stats-summary.json', limitMs: 10_000 },
] as const;
const MAX_BYTES = 32 * 1024 * 1024;
const MOST_NODES = 100;
/** After so many kubelets that let their questions hang, those of nodes that are not Ready are not asked any more. */
const MOST_SILENT = 8;
/** Of the time that is left when they begin: kubelets that are slow must not eat what is taken beside them. */
const TIME = { share: 0.5, leastMs: 5000 } as const;

const collector: Collector = {
  id: 'kubelets',
  title: 'what the kubelets answer',
  tier: 'rest',
  async run(context) {
    await context.lists.take(context, NODES);
    const turns = nodesInTurn(context.inventory, context.scope);
    const chosen = turns.slice(0, MOST_NODES);
    const until = Date.now() + Math.max(TIME.leastMs, context.budget.left() * TIME.share);
    const unasked = await askInTurn(context, chosen, {
      ask: (node) => askNode(context, node),
      mostSilent: MOST_SILENT,
      isLate: () => context.signal.aborted || Date.now() > until,
    });
    if (unasked !== undefined)
      tellUnasked(context, turns.length, { ...unasked, beyond: turns.length - chosen.length });
  },
};
export default collector;

/** One gap for all that were left out: a hundred would hide the others. */
function tellUnasked(
  context: CollectorContext,
  nodes: number,
  { late, lost, beyond }: Unasked & { readonly beyond: number },
): void {
  const why = [
    ...(beyond > 0
      ? [`${beyond} because ${MOST_NODES} are asked at most, those of pods in question first`]
      : []),
    ...(late > 0 ? [`${late} because the time for kubelets was over`] : []),
    ...(lost > 0
      ? [`${lost} because their nodes are not Ready and ${MOST_SILENT} kubelets had not answered`]
      : []),
  ];
  if (why.length === 0) return;
  const words = `${late + lost + beyond} of ${nodes} kubelets were not asked: ${why.join('; ')}`;
  const reason = beyond > 0 ? 'out-of-scope' : late > 0 ? 'timeout' : 'unreachable';
  const subject = { path: 'nodes/proxy' };
  context.gap(
    gapOf({ key: 'node:*/more', evidence: 'node', subject, partial: true }, new ApiFailure(reason, words)),
  );
}

async function askNode(context: CollectorContext, node: string): Promise<NodeAnswer> {
  for (const { path, file, limitMs } of QUESTIONS) {
    try {
      const body = await context.api.bytes(
        {
          path: `/api/v1/nodes/${encodeURIComponent(node)}/proxy/${path}`,
          accept: '*/*',
          signal: context.signal,
          limitMs,
        },
        MAX_BYTES,
      );
      await context.write(nodePath(node, file), cleaned(context, path, node, body));
      context.count(1);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason === 'forbidden') {
        context.gap(gapOf({ key: 'node:*', evidence: 'node', subject: { path: 'nodes/proxy' } }, failure));
        return 'forbidden';
      }
      // A kubelet that lets one question hang lets the others hang too.
      const silent = failure.reason === 'timeout' || failure.reason === 'unreachable';
      const words = silent ? `${failure.message}; nothing more was asked of this kubelet` : failure.message;
      const told = new ApiFailure(failure.reason, words, { status: failure.status });
      context.gap(gapOf({ key: `node:${node}/${path}`, evidence: 'node', subject: { node, path } }, told));
      if (silent) return 'silent';
    }
  }
  await askOnNode(context, { node, ...KUBE_PROXY });
  await askHealthChecks(context, node);
  return 'answered';
}

/** kube-proxy's own word on its last sync; nobody listens where it is down, or something else does its work. */
const KUBE_PROXY = {
  port: 10256,
  path: '/healthz',
  file: 'kube-proxy-healthz.json',
  about: 'kube-proxy/healthz',
} as const;
/** Of Services with externalTrafficPolicy Local, on one node. */
const MOST_HEALTH_CHECKS = 20;

/** What kube-proxy tells load balancers of each Service that is kept local: how many endpoints of it the node has. */
async function askHealthChecks(context: CollectorContext, node: string): Promise<void> {
  const ports = context.inventory.network.services().flatMap(({ healthCheckNodePort: port }) => port ?? []);
  for (const port of ports.slice(0, MOST_HEALTH_CHECKS)) {
    if (context.signal.aborted) return;
    const file = `service-health-check-${port}.json`;
    await askOnNode(context, { node, port, path: '/', file, about: `service-health-check/${port}` });
  }
}

/** The pods of a kubelet are whole objects: they go the way of objects, the rest the way of text. */
function cleaned(context: CollectorContext, path: string, node: string, body: Buffer): Buffer {
  if (path !== 'pods') return context.redactor.text({ evidence: 'node', name: node }, body);
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    if (!isRecord(answer)) throw new TypeError('no list');
    const { items } = answer;
    const pods = Array.isArray(items) ? items : [];
    const lines = pods.map((pod) =>
      context.redactor.object('pods', Buffer.from(JSON.stringify(pod))).toString('utf8'),
    );
    return Buffer.from(`{"kind":"PodList","apiVersion":"v1","items":[\n${lines.join(',\n')}\n]}\n`);
  } catch {
    return context.redactor.text({ evidence: 'node', name: node }, body);
  }
}
