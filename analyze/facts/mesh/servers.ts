/** What the proxies of servers tell of their own requests: whom they deny, and what fails behind them; told there, and not of the client again. */
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import type { PodFact } from '../pods.ts';
import { keysAtClient } from './both-sides.ts';
import { deniedByNodes } from './ambient.ts';
import { addressesOf, deniedBy, type Denied } from './denials.ts';
import { failingIn } from './traffic.ts';
import type { Access } from './words.ts';

export interface ToldByServers {
  deniedBy(pod: PodFact): Denied | undefined;
  /** Whether the server that this request of a pod's sidecar went to tells of it. */
  isTold(client: PodFact, access: Access): boolean;
  /** Whether a server tells that it denies this pod's workload. */
  isClient(pod: PodFact): boolean;
  /** Whose sidecars logged what these pods tell of: `Deployment shop/front`. Known once all were asked. */
  callersOf(pods: readonly PodFact[]): readonly string[];
}

/** `pods`: those whose sidecar logged failures. */
export function toldByServers(facts: Facts, pods: readonly PodFact[]): ToldByServers {
  const addresses = addressesOf(facts);
  const denied = new Map<PodFact, Denied>(deniedByNodes(facts, pods, addresses));
  const byKey = new Map<string, PodFact>();
  for (const pod of pods.filter(({ ended, terminating }) => !ended && !terminating)) {
    const here = deniedBy(facts, pod, addresses);
    if (here !== undefined) denied.set(pod, here);
    const failing = here === undefined ? failingIn(facts, pod) : undefined;
    const keys = here?.keys ?? (failing?.inbound === true ? failing.keys : []);
    for (const key of keys) byKey.set(key, pod);
  }
  const clients = new Set([...denied.values()].flatMap(({ refs }) => refs.map(keyOf)));
  const callers = new Map<PodFact, Set<string>>();
  return {
    deniedBy: (pod) => denied.get(pod),
    isTold(client, access) {
      if (access.cluster?.startsWith('outbound|') !== true) return false;
      const server = keysAtClient(access)
        .map((key) => byKey.get(key))
        .find((one) => one !== undefined);
      if (server === undefined || server === client) return false;
      // A program hands the id on to what it calls itself: that is another hop.
      if (access.upstream !== undefined && hostOf(access.upstream) !== server.ip) return false;
      const ref = facts.workloads.top(client)?.ref ?? client.ref;
      const names = callers.get(server) ?? new Set<string>();
      callers.set(server, names.add(`${ref.kind} ${client.namespace}/${ref.name}`));
      return true;
    },
    isClient: (pod) => clients.has(keyOf(facts.workloads.top(pod)?.ref ?? pod.ref)),
    callersOf: (those) => [...new Set(those.flatMap((pod) => [...(callers.get(pod) ?? [])]))],
  };
}

function keyOf({
  kind,
  namespace,
  name,
}: {
  kind: string;
  namespace?: string | undefined;
  name: string;
}): string {
  return `${kind}/${namespace}/${name}`;
}
