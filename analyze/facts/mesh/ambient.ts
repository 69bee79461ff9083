/** Whom the node's proxy of an ambient mesh (ztunnel) lets in to no program of its node, and by which policy, by its access log. */
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { fields, text as textOf } from '../../ingest/read.ts';
import { parseText } from '../read.ts';
import { deciderOf, type Decider } from './authorization.ts';
import { clientAt, namesOf, type Addresses, type Client, type Denied } from './denials.ts';
import { goesOn, OFTEN, recentLines } from './traffic.ts';

/** One connection to a program, as ztunnel logs it when it ends. */
interface Passage {
  /** `namespace/pod`. */
  readonly to: string;
  readonly from: string;
  /** Why it was turned away; empty where an old version does not tell. */
  readonly rejected: string | undefined;
  readonly line: LogRow;
}

/** The words of `AuthorizationPolicyRejection` (src/proxy.rs of istio/ztunnel); what follows is there since 1.24. */
const REJECTED = /^connection closed due to policy rejection(?:: (.*))?$/;
const DENIED_BY = /^explicitly denied by: ([^/\s]+)\/(\S+)/;
/** What istiod makes of a STRICT PeerAuthentication (pilot/pkg/serviceregistry/kube/controller/ambient). */
const CONVERTED = /^(?:istio_converted_static_strict|converted_peer_authentication_.*)$/;

/** `… error access connection complete src.addr=… dst.workload="…" direction="inbound" … error="…"`, or the same as JSON. */
function passageOf(line: LogRow): Passage | undefined {
  const said = line.text.slice(0, 4000);
  const at = said.indexOf('connection complete');
  if (at < 0) return undefined;
  const read = said.trimStart().startsWith('{') ? fields(parseText(said.trim())) : wordsOf(said.slice(at));
  const of = (name: string): string | undefined => textOf(read[name]) ?? undefined;
  const [namespace, name, source] = [of('dst.namespace'), of('dst.workload'), of('src.addr')];
  if (of('direction') !== 'inbound' || namespace === undefined || name === undefined) return undefined;
  const error = of('error');
  const rejected = REJECTED.exec(error ?? '');
  // Any other error tells nothing either way.
  if (error !== undefined && rejected === null) return undefined;
  return {
    to: `${namespace}/${name}`,
    from: hostOf(source ?? ''),
    rejected: rejected === null ? undefined : (rejected[1] ?? ''),
    line,
  };
}

function wordsOf(said: string): Readonly<Record<string, string>> {
  const pairs = said.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g);
  return Object.fromEntries([...pairs].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']));
}

/** By the pod whose callers they turn away, of these pods of ztunnel. */
export function deniedByNodes(
  facts: Facts,
  nodes: readonly PodFact[],
  addresses: Addresses,
): ReadonlyMap<PodFact, Denied> {
  const found = new Map<PodFact, Denied>();
  for (const by of nodes) {
    const passages = recentLines(facts, by, 'istio-proxy').flatMap((line) => passageOf(line) ?? []);
    for (const [to, all] of Map.groupBy(passages, (one) => one.to)) {
      const [namespace = '', name = ''] = to.split('/');
      const pod = facts.pods.named(namespace, name);
      const denied = pod && deniedAt(facts, pod, by, all, addresses);
      if (pod !== undefined && denied !== undefined) found.set(pod, denied);
    }
  }
  return found;
}

function deniedAt(
  facts: Facts,
  pod: PodFact,
  by: PodFact,
  all: readonly Passage[],
  addresses: Addresses,
): Denied | undefined {
  const isPassed = ({ rejected }: Passage): boolean => rejected === undefined;
  const struck = [...Map.groupBy(all, ({ from }) => from)].flatMap(([from, passages]) => {
    const rejected = passages.filter((one) => !isPassed(one));
    if (rejected.length === 0 || !goesOn(facts, passages.filter(isPassed), rejected)) return [];
    const client = clientAt(facts, addresses, from, []);
    return client.ours ? rejected.map((passage): [Client, Passage] => [client, passage]) : [];
  });
  const last = struck.at(-1)?.[1];
  if (last === undefined || struck.length < OFTEN) return undefined;
  const alike = struck.filter(([, { rejected }]) => rejected === last.rejected);
  const decider = whichOf(facts, pod, last.rejected ?? '');
  return {
    ...namesOf(alike.map(([client]) => client)),
    by,
    why: decider.words,
    policies: decider.policies,
    requests: false,
    count: alike.length,
    everybody: !all.some(isPassed),
    lines: alike.map(([, { line }]) => line),
    keys: [],
  };
}

function whichOf(facts: Facts, pod: PodFact, rejected: string): Decider {
  const [, namespace = '', name] = DENIED_BY.exec(rejected) ?? [];
  if (name === undefined)
    return rejected.startsWith('allow policies exist')
      ? deciderOf(facts, pod, 'none')
      : { words: 'by which policy its node’s ztunnel does not tell', policies: [], nobody: false };
  if (CONVERTED.test(name))
    return {
      words: 'they are in plain text, and mutual TLS is demanded (PeerAuthentication STRICT)',
      policies: [],
      nobody: false,
    };
  return deciderOf(facts, pod, `ns[${namespace}]-policy[${name}]-rule[]`);
}
