/**
 * NodeLocal DNS caches: they listen on addresses of their node alone (a link-local one, and the DNS Service's), which no
 * port-forward reaches. So each is asked from inside a pod of its node, as its clients ask it (`--allow-exec`).
 */
import { isIP } from 'node:net';
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { CollectorContext } from '../collector.ts';
import { answered, type AskedServer, leavesAlone, unanswered } from '../dns-results.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { DNS_NAMESPACE } from '../kinds.ts';
import type { PlaceDigest } from '../network/digest.ts';
import type { NameQuestion } from '../network/dns-questions.ts';
import { insiderOf, NoTool } from './insider.ts';
import { inOrder } from './look.ts';
import { readResolverFiles } from './resolver-files.ts';
import { mayEnter, placesToRead } from './targets.ts';

const MOST_NODES = 12;
const AT_A_TIME = 3;
/** Of one cache; starting a program for each costs its node something. */
const MOST_SERVICES = 6;
const MOST_HOSTS = 2;
/** Pods of one node in which a program is looked for. */
const MOST_PODS = 6;
const MOST_RESOLVERS = 60;
const RESOLVERS_AT_A_TIME = 4;

interface Cache {
  readonly node: string;
  /** The one that pods are usually given first. */
  readonly addresses: readonly string[];
  /** Its own pod; undefined where only the resolver of a client tells of it. */
  readonly pod?: PlaceDigest;
  readonly client?: PlaceDigest;
}

/** Asks each cache; yields nothing where there is none. What is not asked is a gap that says how it could be. */
export async function* askNodeLocal(
  context: CollectorContext,
  questions: readonly NameQuestion[],
): AsyncGenerator<ProbeResult> {
  const known = cachePods(context);
  if (context.scope.allowExec !== true) {
    if (known.length > 0) tellUnasked(context, known.length);
    return;
  }
  const caches = [...known, ...(await cachesOfResolvers(context, known))];
  tellBounds(context, caches, questions);
  const few = someOf(questions);
  const work = (cache: Cache): Promise<readonly ProbeResult[]> => askCache(context, cache, few);
  for await (const results of inOrder(caches.slice(0, MOST_NODES), AT_A_TIME, work, context.signal))
    yield* results;
}

/** Caches whose pods are known, those of nodes that tell most first. */
function cachePods({ inventory, scope }: CollectorContext): readonly Cache[] {
  const { network, telling } = inventory;
  const unwell = new Set(
    inventory.pods().flatMap(({ namespace, name, unwell: bad }) => (bad ? [`${namespace}/${name}`] : [])),
  );
  const nodes = placesToRead(network, scope, telling).map(({ node }) => node);
  const rank = ({ namespace, name, node }: PlaceDigest): number => {
    if (unwell.has(`${namespace}/${name}`)) return -1;
    const at = nodes.indexOf(node);
    return at < 0 ? nodes.length : at;
  };
  return [...network.places().values()]
    .filter(({ node, localDns }) => node !== undefined && localDns.length > 0)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((pod) => (pod.node === undefined ? [] : [{ node: pod.node, addresses: pod.localDns, pod }]));
}

/**
 * Caches that only resolvers tell of: with `-n` their own pods are not in the capture. A link-local nameserver beside the
 * search list of the cluster is a cache of the node; without that list it is a cloud's own resolver.
 */
async function cachesOfResolvers(
  context: CollectorContext,
  known: readonly Cache[],
): Promise<readonly Cache[]> {
  const { inventory, scope } = context;
  const found = new Map<string, Cache>();
  const nodes = new Set(known.map(({ node }) => node));
  const places = placesToRead(inventory.network, scope, inventory.telling).filter(
    ({ node, hostNetwork }) => node !== undefined && !nodes.has(node) && !hostNetwork,
  );
  const look = async (client: PlaceDigest): Promise<void> => {
    // The probe `resolver` reads the same, once, and tells what could not be read.
    const text = await insiderOf(context)
      .read(context, client)
      .then(
        ({ value }) => value,
        () => '',
      );
    const { nameservers, search } = readResolverFiles(text);
    const addresses = nameservers.filter((one) => isIP(one) === 4 && one.startsWith('169.254.'));
    if (client.node === undefined || addresses.length === 0) return;
    if (!search.some((one) => one.startsWith('svc.')) || found.has(client.node)) return;
    found.set(client.node, { node: client.node, addresses, client });
  };
  for await (const _ of inOrder(places.slice(0, MOST_RESOLVERS), RESOLVERS_AT_A_TIME, look, context.signal));
  return [...found.values()];
}

function someOf(questions: readonly NameQuestion[]): readonly NameQuestion[] {
  const left = { service: MOST_SERVICES, 'edge-host': MOST_HOSTS };
  return questions.filter(({ purpose }) => {
    if (purpose !== 'service' && purpose !== 'edge-host') return true;
    left[purpose] -= 1;
    return left[purpose] >= 0;
  });
}

async function askCache(
  context: CollectorContext,
  cache: Cache,
  questions: readonly NameQuestion[],
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  const failures: ApiFailure[] = [];
  for (const place of placesOn(context, cache)) {
    if (context.signal.aborted) return results;
    try {
      for (const [index, address] of cache.addresses.entries()) {
        // The other addresses are the same cache: one name tells whether it listens there.
        const few = index === 0 ? questions : questions.slice(0, 1);
        for await (const result of askFrom(context, cache, place, address, few)) results.push(result);
      }
      return results;
    } catch (error) {
      failures.push(failureOf(error));
      // Elsewhere there may be a program; results that came are kept and not asked for again.
      if (results.length > 0) break;
    }
  }
  if (!context.signal.aborted) tellNode(context, cache, failures, results.length > 0);
  return results;
}

/** Pods of the node that may be entered: the cache's own, a client that names it, those looked into anyway, any other. */
function placesOn(
  { inventory, scope }: CollectorContext,
  { node, pod, client }: Cache,
): readonly PlaceDigest[] {
  const { network, telling } = inventory;
  const enter = mayEnter(scope);
  const all = [pod, client, ...placesToRead(network, scope, telling), ...network.places().values()];
  const here = all.filter((place) => place !== undefined && place.node === node && enter(place));
  return [...new Set(here)].flatMap((place) => place ?? []).slice(0, MOST_PODS);
}

async function* askFrom(
  context: CollectorContext,
  cache: Cache,
  place: PlaceDigest,
  address: string,
  questions: readonly NameQuestion[],
): AsyncGenerator<ProbeResult> {
  let failures = 0;
  for (const question of questions) {
    const said = await insiderOf(context).ask(context, place, address, question);
    const { container, way, value } = said;
    const { asked, transport } = value;
    const server: AskedServer = {
      from: `pod/${place.namespace}/${place.name}`,
      at: address,
      server: {
        ...(cache.pod === undefined ? {} : { namespace: cache.pod.namespace, pod: cache.pod.name }),
        node: cache.node,
        address,
      },
      by: { container, way, transport },
    };
    if ('reply' in asked) {
      yield answered(server, question, asked.reply, asked.ms);
      continue;
    }
    failures += 1;
    yield unanswered(server, question, asked.outcome, asked.text);
    if (leavesAlone(question, failures)) return;
  }
}

function tell(context: CollectorContext, key: string, failure: ApiFailure, node?: string): void {
  const subject = { probe: 'dns', ...(node === undefined ? { namespace: DNS_NAMESPACE } : { node }) };
  context.gap(gapOf({ key: `probe:dns/${key}`, evidence: 'probe', subject, partial: true }, failure));
}

function tellUnasked(context: CollectorContext, count: number): void {
  const words = `${count} NodeLocal caches listen on their node's own addresses, which no port-forward reaches; --allow-exec asks them from inside a pod of their node`;
  tell(context, 'node-local', new ApiFailure('unavailable', words));
}

function tellBounds(
  context: CollectorContext,
  caches: readonly Cache[],
  questions: readonly NameQuestion[],
): void {
  const nodes = caches.length - MOST_NODES;
  const names = questions.length - someOf(questions).length;
  const words = [
    ...(nodes > 0 ? [`${nodes} more NodeLocal caches were left out`] : []),
    ...(names > 0 && caches.length > 0 ? [`NodeLocal caches were not asked for ${names} more names`] : []),
  ];
  if (words.length === 0) return;
  tell(
    context,
    'node-local-more',
    new ApiFailure('out-of-scope', `${words.join('; ')}: the bound of this probe`),
  );
}

/** Why the cache of a node was not asked, or not for all. */
function tellNode(
  context: CollectorContext,
  { node }: Cache,
  failures: readonly ApiFailure[],
  partly: boolean,
): void {
  const [first] = failures;
  const tools = failures.every((one) => one instanceof NoTool);
  const words =
    first === undefined
      ? 'no pod of its node may be entered'
      : tools
        ? 'in no pod of its node is there a program that can ask (dig, nslookup, a shell with nc or /dev/tcp, Python, Node.js); --allow-debug-pod IMAGE brings one'
        : first.message;
  const failure = new ApiFailure(
    first?.reason ?? 'unavailable',
    `the NodeLocal cache of ${node} was not asked${partly ? ' for every name' : ''}: ${words}`,
    { status: first?.status },
  );
  tell(context, `node-local/${node}`, failure, node);
}
