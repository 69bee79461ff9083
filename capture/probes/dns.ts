/** What every CoreDNS replica answers, over TCP through a port-forward, and every NodeLocal cache, beside what the API says. */
import type { ProbeResult } from '../../src/bundle/format.ts';
import { asRecord } from '../../src/core/json.ts';
import { createRefusals, targetsKnown } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { answered, type AskedServer, leavesAlone, outcomeOfFailure, unanswered } from '../dns-results.ts';
import { connectDns, type DnsServer } from '../dns-server.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { tellLeftOut, together } from '../inside/look.ts';
import { askNodeLocal } from '../inside/node-local.ts';
import type { PodDigest } from '../inventory.ts';
import { DNS_LABEL, DNS_NAMESPACE } from '../kinds.ts';
import { clusterDomainOf, dnsQuestions, type NameQuestion } from '../network/dns-questions.ts';
import { replyOf } from '../network/dns-reply.ts';
import type { PlaceDigest } from '../network/digest.ts';
import type { Probe } from '../probe.ts';

const MOST_REPLICAS = 12;
const USUAL_PORT = 53;

const probe: Probe = {
  id: 'dns',
  title: 'cluster DNS asked, replica by replica',
  async *run(context) {
    const [domain] = await Promise.all([clusterDomain(context), targetsKnown(context)]);
    const { inventory, scope } = context;
    const hosts = inventory.edge.targets().map(({ host }) => host);
    const { network, telling } = inventory;
    const { questions, leftOut } = dnsQuestions(network, scope, telling, domain.name, hosts);
    context.note({ clusterDomain: domain.name, clusterDomainFrom: domain.from });
    tellLeftOut(context, 'dns', 'names were', leftOut);
    const replicas = inventory.pods().filter((pod) => isReplica(pod));
    if (replicas.length > MOST_REPLICAS)
      tellLeftOut(context, 'dns', 'replicas were', replicas.length - MOST_REPLICAS);
    // Side by side: neither waits for the other to hang.
    yield* together([
      askReplicas(context, replicas.slice(0, MOST_REPLICAS), questions),
      askNodeLocal(context, questions),
    ]);
  },
};
export default probe;

async function* askReplicas(
  context: CollectorContext,
  replicas: readonly PodDigest[],
  questions: readonly NameQuestion[],
): AsyncGenerator<ProbeResult> {
  const refusals = createRefusals(context, 'dns');
  for (const { namespace, name } of replicas) {
    const place = context.inventory.network.places().get(`${namespace}/${name}`);
    if (place === undefined || refusals.has(namespace) || context.signal.aborted) continue;
    try {
      yield* askReplica(context, place, questions);
    } catch (error) {
      refusals.tell(error, namespace, name);
    }
  }
}

function isReplica({ namespace, labels }: PodDigest): boolean {
  return namespace === DNS_NAMESPACE && labels[DNS_LABEL.key] === DNS_LABEL.value;
}

/** The zone that CoreDNS serves, from its Corefile; the usual one where that cannot be read. */
async function clusterDomain(context: CollectorContext): Promise<{ name: string; from: string }> {
  try {
    const path = `/api/v1/namespaces/${DNS_NAMESPACE}/configmaps/coredns`;
    const data = asRecord(asRecord(await context.api.json({ path, signal: context.signal }))['data']);
    const name = typeof data['Corefile'] === 'string' ? clusterDomainOf(data['Corefile']) : undefined;
    if (name !== undefined) return { name, from: 'Corefile' };
  } catch {
    // The list of ConfigMaps tells the same gap.
  }
  return { name: 'cluster.local', from: 'assumed' };
}

async function* askReplica(
  context: CollectorContext,
  place: PlaceDigest,
  questions: readonly NameQuestion[],
): AsyncGenerator<ProbeResult> {
  const port = place.declared.ports.find((one) => one.protocol === 'TCP' && one.name === 'dns-tcp');
  const asking = askedOf(place);
  let server: DnsServer | undefined;
  let asked = 0;
  const failures: ApiFailure[] = [];
  try {
    for (const question of questions) {
      if (context.signal.aborted) return;
      asked += 1;
      try {
        server ??= await connectDns(context.api, place, port?.port ?? USUAL_PORT, context.signal);
        const { packet, ms } = await server.ask(question);
        yield answered(asking, question, replyOf(packet), ms);
      } catch (error) {
        const failure = failureOf(error);
        // The end of the capture says nothing of the replica.
        if (context.signal.aborted) return;
        if (server === undefined) throw failure;
        server.end();
        server = undefined;
        yield unanswered(asking, question, outcomeOfFailure(failure), failure.message);
        failures.push(failure);
        if (leavesAlone(question, failures.length)) break;
      }
    }
    tellUnasked(context, place, questions.length - asked, failures.at(-1));
  } finally {
    server?.end();
  }
}

function askedOf({ namespace, name: pod, node }: PlaceDigest): AskedServer {
  return {
    from: `pod/${namespace}/${pod}`,
    at: `${namespace}/${pod}`,
    server: { namespace, pod, ...(node === undefined ? {} : { node }) },
  };
}

function tellUnasked(
  context: CollectorContext,
  { namespace, name: pod }: PlaceDigest,
  count: number,
  failure: ApiFailure | undefined,
): void {
  if (count === 0 || failure === undefined) return;
  const subject = { probe: 'dns', namespace, pod };
  const words = `${count} more names were not asked: ${failure.message}`;
  context.gap(
    gapOf(
      { key: `probe:dns/${namespace}/${pod}`, evidence: 'probe', subject, partial: true },
      new ApiFailure(failure.reason, words),
    ),
  );
}
