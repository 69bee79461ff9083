/** How a dependency fails, in words, and whether it is the cluster's own. */
import { serviceOfName } from '../../../src/k8s/dns-names.ts';
import type { ObjectRef } from '../../../src/core/ids.ts';
import type { Facts } from '../facts.ts';
import { fields, texts } from '../../ingest/read.ts';
import { nodeAt } from '../nodes.ts';
import { lastingContainers } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import type { DependencyFailure } from './failures.ts';
import { isWithin } from '../services/addresses.ts';
import { hostOf, isLoopback } from './targets.ts';
import type { DependencyWay } from './ways.ts';

/** Follows `cannot use X: it`. */
export const WAY_WORDS: Readonly<Record<DependencyWay, string>> = {
  refused: 'refuses connections',
  locked: 'keeps it waiting for a lock',
  timeout: 'does not answer in time',
  dns: 'does not resolve',
  credentials: 'turns its credentials down',
  database: 'does not have what it asks for',
  tls: 'fails in TLS',
  protocol: 'answers in another protocol',
  reset: 'cuts its connections',
  unreachable: 'has no route',
  rejected: 'turns it away',
  unavailable: 'cannot be reached',
  waiting: 'is still waited for by an init container',
};

export const WAY_REMEDIES: Readonly<Record<DependencyWay, string>> = {
  refused: 'Look at what should listen there: is it up, and is that its port?',
  locked: 'End the session there that holds the lock (a migration, most often), or let it finish.',
  timeout: 'Look at the way there (policies, routes) and at what should answer.',
  dns: 'Check the name that is configured, then cluster DNS.',
  credentials: 'Compare the Secret it uses with what the dependency expects.',
  database: 'Check the name that is configured, and that it was created there.',
  tls: 'Check the certificate there and what the program trusts.',
  protocol: 'Check the port and the scheme that are configured: what listens there speaks something else.',
  reset: 'Look at the dependency’s own log for why it cuts connections.',
  unreachable: 'Check the address that is configured, and the routes of the node.',
  rejected: 'Look at the dependency’s limits and its own log.',
  unavailable: 'Look at what should answer there: is it up, and are its name and port the ones configured?',
  waiting: 'Look at why what it waits for is not there: its endpoints, and the name and port that are asked.',
};

/** What a dependency itself turned down is between the two; nothing in the cluster need be broken for it. */
const BETWEEN_THEM = new Set<DependencyWay>(['credentials', 'database', 'tls', 'locked']);

/**
 * Whether what it waits for is, or may be, inside the cluster: then what ails that is the cause, and this its consequence.
 * Of what lies outside a bundle tells nothing more.
 */
export function isOurs(
  facts: Facts,
  namespace: string,
  { way, target }: Pick<DependencyFailure, 'way' | 'target'>,
  named: boolean,
): boolean {
  if (BETWEEN_THEM.has(way)) return false;
  if (
    named ||
    target === undefined ||
    way === 'dns' ||
    way === 'waiting' ||
    !facts.coverage('services').known
  )
    return true;
  const host = hostOf(target);
  // A node has the API server, and what else listens on the network of its host.
  if (facts.pods.all.some(({ ip }) => ip === host) || nodeAt(facts, host) !== undefined) return true;
  const service = /^[\d.]+$|:/.test(host) ? undefined : serviceOfName(host, namespace);
  if (service === undefined) return isLoopback(target);
  return service.namespace === namespace || facts.services.in(service.namespace).length > 0;
}

/**
 * Where Services lead whose EndpointSlices are kept by hand (they have no selector), when no pod or node has any of those
 * addresses; none where one of them leads into the cluster, or nowhere.
 */
export function addressesOutside(facts: Facts, services: readonly ObjectRef[]): readonly string[] {
  const found = services.map(({ namespace, name }) => {
    const service = facts.services.named(namespace ?? '', name);
    if (service === undefined || service.selector !== undefined) return [];
    const addresses = facts.pathsOf(service).flatMap(({ ready }) => ready.map(({ address }) => address));
    const inside = addresses.some(
      (one) =>
        facts.pods.all.some(({ ip }) => ip === one) ||
        nodeAt(facts, one) !== undefined ||
        mayBePod(facts, one),
    );
    return inside ? [] : addresses;
  });
  return found.every((one) => one.length > 0) ? [...new Set(found.flat())] : [];
}

/** Of the pod network, where pods of some namespaces only were captured: that of another one may have it. */
function mayBePod(facts: Facts, address: string): boolean {
  if (facts.coverage('pods', '').known) return false;
  return facts.list('nodes').some((node) => {
    const { podCIDR, podCIDRs } = fields(facts.body(node)['spec']);
    return [podCIDR, ...texts(podCIDRs)].some(
      (range) => typeof range === 'string' && isWithin(address, range),
    );
  });
}

export const ITSELF_REMEDY =
  'Configure the host of what it needs: localhost is the pod itself. If it is meant to run in this pod, it does not.';

/**
 * Whether it is refused at the localhost of a pod in which no other container could listen (containers of a pod share their
 * network, pods do not): the address is wrong for a pod, or a program of the same container is down.
 */
export function asksItself(
  facts: Facts,
  pod: PodFact,
  { way, target }: Pick<DependencyFailure, 'way' | 'target'>,
): boolean {
  if (way !== 'refused' || target === undefined || !isLoopback(target) || pod.hostNetwork) return false;
  return lastingContainers(facts, pod).length === 1;
}
