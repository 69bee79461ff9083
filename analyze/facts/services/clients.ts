/** Whether anybody is there who would miss a Service: what names it, what was seen to connect, what lets the outside in. */
import { dependentsOf, isClusterDns } from './backing.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/**
 * Who misses a Service that does not answer, in words, the surest first; none when nobody in sight does. Needs `WORKLOADS`,
 * `DEPENDENTS`, `list:networking.k8s.io/ingresses` and `probe:connect`.
 */
export function clientsOf(facts: Facts, service: ServiceFact): string[] {
  const named = dependentsOf(facts, service).map(
    ({ object: { ref }, path, within }) =>
      `${ref.kind} ${ref.namespace ?? ''}/${ref.name} (${within === undefined ? '' : `${within.ref.kind} ${within.ref.name} `}${path})`,
  );
  const connected = facts.probes
    .of('connect')
    .filter(({ to }) => to.replace(/:\d+$/, '') === `service/${service.namespace}/${service.name}`)
    .map(({ from }) => `${from}, which connected to it while the capture ran`);
  return [
    ...new Set([
      ...named,
      ...connected,
      ...(isClusterDns(facts, service) ? ['every pod: it is the DNS of the cluster'] : []),
      ...outside(facts, service),
    ]),
  ];
}

/** A load balancer that has an address is asked by whoever knows it. */
function outside(facts: Facts, service: ServiceFact): string[] {
  if (service.type !== 'LoadBalancer') return [];
  const given = dig(facts.body(service), 'status', 'loadBalancer', 'ingress');
  return Array.isArray(given) && given.length > 0 ? ['whoever comes from outside by its load balancer'] : [];
}
