/** What every CoreDNS replica answers, over TCP through a port-forward, beside what the API says. */
import type { Packet } from 'dns-packet';
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { DnsDetail } from '../../src/bundle/probes.ts';
import { asRecord } from '../../src/core/json.ts';
import { createRefusals, resultOf, targetsKnown } from '../asking.ts';
import type { CollectorContext } from '../collector.ts';
import { connectDns, type DnsServer } from '../dns-server.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { tellLeftOut } from '../inside/look.ts';
import type { PodDigest } from '../inventory.ts';
import { DNS_LABEL, DNS_NAMESPACE } from '../kinds.ts';
import { agrees, clusterDomainOf, dnsQuestions, type NameQuestion } from '../network/dns-questions.ts';
import type { PlaceDigest } from '../network/digest.ts';
import type { Probe } from '../probe.ts';

const MOST_REPLICAS = 12;
/** As the addon of Kubernetes labels it; it listens on its own addresses only. */
const NODE_LOCAL = 'node-local-dns';
const USUAL_PORT = 53;
/** Questions that a replica may leave without an answer before it is left alone. */
const MOST_UNANSWERED = 2;

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
    tellNodeLocal(context);
    const replicas = inventory.pods().filter((pod) => isReplica(pod));
    if (replicas.length > MOST_REPLICAS)
      tellLeftOut(context, 'dns', 'replicas were', replicas.length - MOST_REPLICAS);
    const refusals = createRefusals(context, 'dns');
    for (const replica of replicas.slice(0, MOST_REPLICAS)) {
      const place = inventory.network.places().get(`${replica.namespace}/${replica.name}`);
      if (place === undefined || refusals.has(replica.namespace) || context.signal.aborted) continue;
      try {
        yield* askReplica(context, place, questions);
      } catch (error) {
        refusals.tell(error, replica.namespace, replica.name);
      }
    }
  },
};
export default probe;

function isReplica({ namespace, labels }: PodDigest): boolean {
  return namespace === DNS_NAMESPACE && labels[DNS_LABEL.key] === DNS_LABEL.value;
}

function tellNodeLocal(context: CollectorContext): void {
  const local = context.inventory.pods().filter(({ labels }) => labels[DNS_LABEL.key] === NODE_LOCAL);
  if (local.length === 0) return;
  const words = `${local.length} NodeLocal caches listen on their node's own addresses, which no port-forward reaches`;
  const subject = { probe: 'dns', namespace: DNS_NAMESPACE };
  context.gap(
    gapOf(
      { key: 'probe:dns/node-local', evidence: 'probe', subject, partial: true },
      new ApiFailure('unavailable', words),
    ),
  );
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
  const from = `pod/${place.namespace}/${place.name}`;
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
        yield answered(place, question, packet, ms, from);
      } catch (error) {
        const failure = failureOf(error);
        // The end of the capture says nothing of the replica.
        if (context.signal.aborted) return;
        if (server === undefined) throw failure;
        server.end();
        server = undefined;
        yield unanswered(place, question, failure, from);
        failures.push(failure);
        // A replica that refuses or hangs does so for every name of the cluster; one whose upstream hangs, for others alone.
        if (!isForwarded(question) || failures.length >= MOST_UNANSWERED) break;
      }
    }
    tellUnasked(context, place, questions.length - asked, failures.at(-1));
  } finally {
    server?.end();
  }
}

/** Names that CoreDNS asks its upstream for, unless it serves their zone itself. */
function isForwarded({ purpose }: NameQuestion): boolean {
  return purpose === 'outside' || purpose === 'edge-host';
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

function placeOf(place: PlaceDigest, { name, type }: NameQuestion): DnsDetail {
  const { namespace, name: pod, node } = place;
  return {
    server: { namespace, pod, ...(node === undefined ? {} : { node }) },
    question: { name, type },
  };
}

function answered(
  place: PlaceDigest,
  question: NameQuestion,
  packet: Packet,
  ms: number,
  from: string,
): ProbeResult {
  const rcode = rcodeOf(packet);
  const answers = (packet.answers ?? []).flatMap((answer) => {
    const { name, type, data, ttl = 0 } = answer;
    return typeof data === 'string' ? [{ name, type, data, ttl }] : [];
  });
  const addresses = answers.filter(({ type }) => type === question.type).map(({ data }) => data);
  const agreed = agrees(question, rcode, addresses);
  const detail: DnsDetail = {
    ...placeOf(place, question),
    purpose: question.purpose,
    rcode,
    answers: answers.slice(0, 20),
    ...(question.truth === undefined ? {} : { truth: [...question.truth] }),
    ...(agreed === undefined ? {} : { agrees: agreed }),
  };
  const well = rcode === 'NOERROR' || (question.purpose === 'absent' && rcode === 'NXDOMAIN');
  return resultOf(from, toOf(place, question), well ? 'ok' : 'dns-error', detail, ms);
}

function unanswered(
  place: PlaceDigest,
  question: NameQuestion,
  failure: ApiFailure,
  from: string,
): ProbeResult {
  const refused = /connection refused/.test(failure.message);
  const outcome = failure.reason === 'timeout' ? 'timeout' : refused ? 'refused' : 'error';
  const detail = { ...placeOf(place, question), purpose: question.purpose, text: failure.message };
  return resultOf(from, toOf(place, question), outcome, detail);
}

function toOf(place: PlaceDigest, { name }: NameQuestion): string {
  return `dns/${name}@${place.namespace}/${place.name}`;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** The low four bits of the flags (RFC 1035, 4.1.1). */
function rcodeOf({ flags = 0 }: Packet): string {
  const code = flags & 0xf;
  return RCODES[code] ?? `RCODE${code}`;
}
