/** Whom a workload's proxy denies by a policy (Istio's AuthorizationPolicy, Linkerd's Server), by its own log, and which policy. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { hostOf } from '../logs/targets.ts';
import type { Facts } from '../facts.ts';
import { nodeAt } from '../nodes.ts';
import type { LogRow } from '../object-rows.ts';
import type { KeptObject } from '../objects.ts';
import { topOf } from '../pods/pod-groups.ts';
import type { PodFact } from '../pods.ts';
import { askForTokens, deciderOf } from './authorization.ts';
import { isForwarded, isInbound, keysAtServer } from './both-sides.ts';
import { unauthorizedIn, type Unauthorized } from './linkerd-words.ts';
import { accessesOf, goesOn, isGateway, OFTEN, recentLines, STILL } from './traffic.ts';
import { isPassed, rbacOf, type Access } from './words.ts';

export interface Denied {
  /** Whose log tells of it: the workload's own sidecar, or the proxy of its node. */
  readonly by: PodFact;
  /** Who asked: `Deployment shop/front`, `the kubelet’s probes`, an address. */
  readonly clients: readonly string[];
  readonly refs: readonly ObjectRef[];
  /** A clause: which policy it was. */
  readonly why: string;
  readonly policies: readonly KeptObject[];
  /** Single requests were answered 403; else whole connections were closed. */
  readonly requests: boolean;
  readonly count: number;
  /** Nobody else was let in meanwhile, as far as the log goes. */
  readonly everybody: boolean;
  readonly lines: readonly LogRow[];
  /** By which the client's proxy knows the same. */
  readonly keys: readonly string[];
}

export interface Client {
  readonly words: string;
  readonly ref: ObjectRef | undefined;
  /** Something of this cluster, and not just anybody. */
  readonly ours: boolean;
}

/** The pods by their own address. */
export type Addresses = ReadonlyMap<string, PodFact>;

export function addressesOf(facts: Facts): Addresses {
  return new Map(
    facts.pods.all.flatMap((pod) =>
      pod.hostNetwork || pod.ended || pod.ip === undefined ? [] : [[pod.ip, pod] as const],
    ),
  );
}

/** Whom the sidecar of this pod denies often and lately, by the policy that denied most. */
export function deniedBy(facts: Facts, pod: PodFact, addresses: Addresses): Denied | undefined {
  return byIstio(facts, pod, addresses) ?? byLinkerd(facts, pod, addresses);
}

/** In an address's place: whoever asked a gateway. */
const FORWARDED = 'forwarded';

const policyOf = (access: Access | undefined): string => (access && rbacOf(access)) ?? '';

/** More than a stranger tries for himself. */
const MANY = 10;

function byIstio(facts: Facts, pod: PodFact, addresses: Addresses): Denied | undefined {
  const inbound = accessesOf(facts, pod).filter((one) => isInbound(one) || isGateway(facts, pod));
  const by = ({ downstream }: Access): string =>
    isForwarded(downstream) ? FORWARDED : hostOf(downstream ?? '');
  const struck = [...Map.groupBy(inbound, by)].flatMap(([from, all]) => {
    const denied = all.filter((one) => rbacOf(one) !== undefined);
    if (denied.length === 0 || !goesOn(facts, all.filter(isPassed), denied)) return [];
    const client = clientAt(facts, addresses, from, denied);
    return denied.map((access) => ({ client, access }));
  });
  const byPolicy = Map.groupBy(struck, ({ access }) => policyOf(access).replace(/-rule\[\d+\].*$/, ''));
  const [worst = []] = [...byPolicy.values()].toSorted((a, b) => b.length - a.length);
  const decider = deciderOf(facts, pod, policyOf(worst.at(-1)?.access));
  const everybody = !inbound.some(isPassed);
  // Strangers are there to be denied, unless nobody could be let in, or nobody is who need show no token.
  const all =
    decider.nobody ||
    (everybody &&
      worst.length >= MANY &&
      decider.policies.length > 0 &&
      !isGateway(facts, pod) &&
      !askForTokens(facts, decider.policies));
  const counted = all ? worst : worst.filter(({ client }) => client.ours);
  const of = counted.map(({ access }) => access);
  if (of.length < OFTEN) return undefined;
  return {
    ...namesOf(counted.map(({ client }) => client)),
    by: pod,
    why: decider.words,
    policies: decider.policies,
    requests: (of.at(-1)?.code ?? 0) > 0,
    count: of.length,
    everybody,
    lines: of.map(({ line }) => line),
    keys: of.flatMap(keysAtServer),
  };
}

/** Linkerd logs none that it lets in. */
function byLinkerd(facts: Facts, pod: PodFact, addresses: Addresses): Denied | undefined {
  const now = facts.clock.endedAt;
  const denied = recentLines(facts, pod, 'linkerd-proxy').flatMap((line) => unauthorizedIn(line) ?? []);
  const last = denied.at(-1);
  if (last === undefined || denied.length < OFTEN || now - (last.line.at ?? now) > STILL) return undefined;
  const clients = denied.map(({ from, identity }): Client => {
    const known = clientAt(facts, addresses, from, []);
    return known.ours || identity === undefined ? known : { ...known, words: identity };
  });
  return {
    ...namesOf(clients),
    by: pod,
    why: unauthorizedWords(pod, last),
    policies: [],
    requests: /Request denied/.test(last.line.text),
    count: denied.length,
    everybody: false,
    lines: denied.map(({ line }) => line),
    keys: [],
  };
}

function unauthorizedWords(pod: PodFact, { kind, server, identity }: Unauthorized): string {
  const who = identity === undefined ? 'it' : `its identity ${identity}`;
  return kind === 'default'
    ? `the default inbound policy ${server.replace(/^default:/, '')} does not authorize ${who}`
    : `nothing authorizes ${who} for Server ${pod.namespace}/${server}`;
}

/** Who they are, each once. */
export function namesOf(clients: readonly Client[]): Pick<Denied, 'clients' | 'refs'> {
  const byWords = new Map(clients.map((client) => [client.words, client]));
  return {
    clients: [...byWords.keys()],
    refs: [...byWords.values()].flatMap(({ ref }) => ref ?? []),
  };
}

/** Who is at an address, as far as the bundle knows. */
export function clientAt(
  facts: Facts,
  addresses: Addresses,
  from: string,
  denied: readonly Access[],
): Client {
  if (from === FORWARDED) {
    const last = hostOf(denied.at(-1)?.downstream ?? '');
    return { words: `callers by way of a gateway (${last})`, ref: undefined, ours: false };
  }
  const pod = addresses.get(from);
  if (pod !== undefined) {
    const ref = topOf(facts, pod);
    return { words: `${ref.kind} ${pod.namespace}/${ref.name}`, ref, ours: true };
  }
  // `kube-probe/1.36` is the kubelet's own (pkg/probe/http).
  if (denied.length > 0 && denied.every(({ agent }) => agent?.startsWith('kube-probe/') === true))
    return { words: 'the kubelet’s probes', ref: undefined, ours: true };
  const node = nodeAt(facts, from);
  if (node !== undefined) return { words: `node ${node.ref.name}`, ref: node.ref, ours: true };
  return { words: from === '' ? 'callers of whom it says nothing' : from, ref: undefined, ours: false };
}
