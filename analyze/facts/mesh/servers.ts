/** What the proxies of servers tell of their own requests: whom they deny, and what fails behind them; told there, and not of the client again. */
import { objectKey } from '../../../src/core/ids.ts';
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import { topOf } from '../pods/pod-groups.ts';
import type { PodFact } from '../pods.ts';
import { keysAtClient } from './both-sides.ts';
import { deniedByNodes } from './ambient.ts';
import { addressesOf, deniedBy, type Denied } from './denials.ts';
import { shutInAt, type ShutIn } from './shut-in.ts';
import { failingIn, type Failing } from './traffic.ts';
import type { Access } from './words.ts';

export interface ToldByServers {
  deniedBy(pod: PodFact): Denied | undefined;
  /** What a pod's sidecar does not let it out to. */
  shutInAt(pod: PodFact): ShutIn | undefined;
  /** What fails for a pod, less what the server that it went to tells of. */
  failingAt(pod: PodFact): Failing | undefined;
  /** Whether a server tells that it denies this pod's workload. */
  isClient(pod: PodFact): boolean;
  /** Whose sidecars logged what these pods tell of: `Deployment shop/front`. Known once all were asked. */
  callersOf(pods: readonly PodFact[]): readonly string[];
}

/** `pods`: those whose sidecar logged failures; each log is read once for all that is asked of it. */
export function toldByServers(facts: Facts, pods: readonly PodFact[]): ToldByServers {
  const addresses = addressesOf(facts);
  const denied = new Map<PodFact, Denied>(deniedByNodes(facts, pods, addresses));
  const shut = new Map<PodFact, ShutIn>();
  const failing = new Map<PodFact, Failing>();
  const byKey = new Map<string, PodFact>();
  for (const pod of pods.filter(({ ended, terminating }) => !ended && !terminating)) {
    const here = deniedBy(facts, pod, addresses);
    const out = shutInAt(facts, pod);
    const fails = failingIn(facts, pod);
    if (here !== undefined) denied.set(pod, here);
    if (out !== undefined) shut.set(pod, out);
    if (fails !== undefined) failing.set(pod, fails);
    const keys = here?.keys ?? (out === undefined && fails?.inbound === true ? fails.keys : []);
    for (const key of keys) byKey.set(key, pod);
  }
  const clients = new Set([...denied.values()].flatMap(({ refs }) => refs.map(objectKey)));
  const callers = new Map<PodFact, Set<string>>();
  const serverOf = (client: PodFact, access: Access): PodFact | undefined => {
    if (access.cluster?.startsWith('outbound|') !== true) return undefined;
    const server = keysAtClient(access)
      .map((key) => byKey.get(key))
      .find((one) => one !== undefined);
    if (server === undefined || server === client) return undefined;
    // A program hands the id on to what it calls itself: that is another hop.
    return access.upstream === undefined || hostOf(access.upstream) === server.ip ? server : undefined;
  };
  const isTold = (client: PodFact, access: Access): boolean => {
    const server = serverOf(client, access);
    if (server === undefined) return false;
    const ref = topOf(facts, client);
    const names = callers.get(server) ?? new Set<string>();
    callers.set(server, names.add(`${ref.kind} ${client.namespace}/${ref.name}`));
    return true;
  };
  return {
    deniedBy: (pod) => denied.get(pod),
    shutInAt: (pod) => shut.get(pod),
    failingAt(pod) {
      const known = failing.get(pod);
      return known === undefined || byKey.size === 0
        ? known
        : failingIn(facts, pod, (access) => isTold(pod, access));
    },
    isClient: (pod) => clients.has(objectKey(topOf(facts, pod))),
    callersOf: (those) => [...new Set(those.flatMap((pod) => [...(callers.get(pod) ?? [])]))],
  };
}
