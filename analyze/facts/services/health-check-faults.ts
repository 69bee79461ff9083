/** Nodes whose health-check node port tells load balancers something other than what the EndpointSlices say. */
import { plural } from '../../../src/core/text.ts';
import { integer } from '../../ingest/read.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { eventEvidence, fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import { healthChecks, type HealthCheck } from './health-checks.ts';
import type { OutsideFault } from './outside-traffic.ts';
import type { ServiceFact } from '../services.ts';

/**
 * A load balancer that asks the port sends only to nodes that answer 200. Found when no node answers so though the Service
 * has ready endpoints: those that have them count none as their own (kube-proxy goes by another name than the node, as
 * nodeName in the slices has it: pkg/proxy/endpointslicecache.go), or the slices name nodes that there are not. What moves
 * while the capture runs is let be. Needs `list:nodes`, `nodes`, `list:events`, `changes`.
 */
export function unheard(
  facts: Facts,
  service: ServiceFact,
  served: ReadonlySet<string>,
): OutsideFault | undefined {
  const nodes = facts.list('nodes').filter(({ ref }) => ref.name !== '');
  const names = nodes.map(({ ref }) => ref.name);
  const slices = facts.pathsOf(service)[0]?.slices ?? [];
  const isYoung = (at: number | undefined): boolean =>
    at === undefined || facts.clock.startedAt - at < MINUTE;
  if (isYoung(service.createdAt) || slices.some((slice) => facts.changes(slice).length > 0)) return undefined;
  const taken = portTaken(facts, service);
  if (taken !== undefined) return taken;
  const asked = healthChecks(facts, service, names);
  const own = names.filter((name) => served.has(name));
  const counts = (one: HealthCheck): boolean =>
    one.said !== 'drained' || one.localEndpoints !== 0 || !one.proxyHealthy;
  // Every node that there is and that has one was asked, and so were others where there is none such.
  const telling = own.length > 0 ? asked.filter(({ node }) => served.has(node)) : asked;
  if (telling.length === 0 || telling.length < own.length || telling.some(counts)) return undefined;
  const where = [...served].slice(0, 3).join(', ');
  return {
    severity: 'critical',
    summary: `keeps what comes from outside local to each node, and ${plural(telling.length, 'node')} (${telling
      .slice(0, 3)
      .map(({ node }) => node)
      .join(
        ', ',
      )}) ${telling.length === 1 ? 'tells' : 'tell'} load balancers that no endpoint is there, though it has ready ones on ${where}`,
    detail:
      own.length === 0
        ? `There is no node called ${where}: an endpoint is local to the node that its nodeName names, so no node takes it for its own.`
        : 'kube-proxy takes an endpoint for local where its nodeName is the name that kube-proxy goes by (--hostname-override, or the host’s own name).',
    evidence: [
      ...slices.slice(0, 2).map((slice) => fieldEvidence(facts, slice, 'endpoints[].nodeName', [...served])),
      ...telling.slice(0, 3).map(({ evidence }) => evidence),
    ],
    nodes: nodes.filter(({ ref }) => telling.some(({ node }) => node === ref.name)),
  };
}

/**
 * What is not known of the health-check node port, in words, where no node with an endpoint was heard on it. A refusal is no
 * proof that load balancers hear nothing: kube-proxy listens on the addresses that nodePortAddresses leaves to it
 * (pkg/proxy/healthcheck/service_health.go), and what replaces kube-proxy need not listen at all.
 */
export function unanswered(
  facts: Facts,
  service: ServiceFact,
  served: ReadonlySet<string>,
): string | undefined {
  const port = integer(dig(facts.body(service), 'spec', 'healthCheckNodePort')) ?? 0;
  const own = facts.list('nodes').flatMap(({ ref }) => (served.has(ref.name) ? ref.name : []));
  if (port === 0 || own.length === 0) return undefined;
  const asked = healthChecks(facts, service, own);
  if (asked.some(({ said }) => said !== 'refused')) return undefined;
  const where = own.slice(0, 3).join(', ');
  return asked.length === 0
    ? `its health-check node port ${port} was not heard on ${where}`
    : `nobody answers on its health-check node port ${port} on ${where}`;
}

/** kube-proxy says so where it cannot listen on the port (pkg/proxy/healthcheck/service_health.go). */
const FAILED = 'FailedToStartServiceHealthcheck';
const NODE = /^node (\S+) failed to start healthcheck /;

function portTaken(facts: Facts, service: ServiceFact): OutsideFault | undefined {
  const events = facts.events(service.ref).filter(({ reason }) => reason === FAILED);
  const last = events.at(-1);
  const names = new Set(events.flatMap(({ message }) => NODE.exec(message ?? '')?.[1] ?? []));
  if (last === undefined || names.size === 0) return undefined;
  // It tries again with each sync: one that was heard since has got its port.
  const heard = healthChecks(facts, service, [...names]).filter(({ said }) => said !== 'refused');
  const mute = [...names].filter((name) => !heard.some(({ node }) => node === name));
  if (mute.length === 0) return undefined;
  return {
    severity: 'warning',
    summary: `keeps what comes from outside local to each node, and ${plural(mute.length, 'node')} (${mute.slice(0, 3).join(', ')}) cannot tell load balancers whether it has endpoints: its health-check node port is taken`,
    detail: 'Load balancers leave such a node out, or take the answer of the other program for its health.',
    evidence: [eventEvidence(facts, last)],
    nodes: facts.list('nodes').filter(({ ref }) => mute.includes(ref.name)),
  };
}
