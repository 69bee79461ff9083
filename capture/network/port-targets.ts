/** Which ports of which pods a probe tries, the most telling first. Pure. */
import { resolvePort, type ServicePort } from '../../src/k8s/service-ports.ts';
import type { Focus, Scope } from '../collector.ts';
import type { HttpCheck } from './declared.ts';
import type { EndpointDigest, NetworkDigest, PlaceDigest, ServiceDigest } from './digest.ts';

export interface PortTarget {
  readonly place: PlaceDigest;
  readonly port: number;
  readonly protocol: string;
  /** The requests that the pod's own probes make to this port. */
  readonly checks: readonly HttpCheck[];
}

export interface ServiceTarget {
  readonly service: ServiceDigest;
  readonly port: ServicePort;
  /** A check that one of its pods declares on the port that this one leads to. */
  readonly check: HttpCheck;
}

/** What is known beside the digest: `namespace/name` of Services behind an edge, and of objects with warnings. */
export interface Telling {
  /** Backends of Ingresses and routes, and Services that are an edge themselves: load balancers, external IPs. */
  readonly behindEdge: ReadonlySet<string>;
  /** Of those, the ones that a host leads to: an Ingress rule's or a route's, wildcards as they are written. */
  readonly byHost: ReadonlyMap<string, ReadonlySet<string>>;
  readonly warned: ReadonlySet<string>;
}

/** One pod with all ports worth trying. */
export interface PlaceTargets {
  readonly place: PlaceDigest;
  readonly ports: readonly PortTarget[];
}

/** Services: in focus, behind an edge, with warnings, with endpoints that are not ready or none, the rest. */
export function rankServices(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus'>,
  telling: Telling,
): readonly ServiceDigest[] {
  const endpoints = network.endpoints();
  const rank = (service: ServiceDigest): number => {
    const key = `${service.namespace}/${service.name}`;
    const own = endpoints.get(key) ?? [];
    if (scope.focus?.some((focus) => isFocused(focus, service, own, telling)) === true) return 0;
    if (telling.behindEdge.has(key)) return 1;
    const pods = own.flatMap(({ pod }) => (pod === undefined ? [] : [`${service.namespace}/${pod}`]));
    if ([key, ...pods].some((one) => telling.warned.has(one))) return 2;
    return own.length === 0 || own.some(({ ready }) => !ready) ? 3 : 4;
  };
  return network
    .services()
    .map((service) => ({ service, rank: rank(service) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ service }) => service);
}

/** The Service itself, one in front of the pod, one in the namespace, or one that the host leads to. */
function isFocused(
  focus: Focus,
  { namespace, name }: ServiceDigest,
  endpoints: readonly EndpointDigest[],
  { byHost }: Telling,
): boolean {
  if (focus.kind === 'namespace') return focus.name === namespace;
  if (focus.kind === 'host') {
    const wildcard = `*${focus.name.slice(focus.name.indexOf('.'))}`;
    return [focus.name, wildcard].some((host) => byHost.get(host)?.has(`${namespace}/${name}`) === true);
  }
  if (focus.namespace !== namespace) return false;
  return focus.kind === 'service' ? focus.name === name : endpoints.some(({ pod }) => pod === focus.name);
}

/**
 * Pods in focus, then those behind Services in their order, then pods with a declared check that are behind none. Of each:
 * the ports its Services lead to, the ports its own probes ask, and the ports it declares.
 */
export function placeTargets(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus'>,
  telling: Telling,
): readonly PlaceTargets[] {
  const places = network.places();
  const chosen = new Map<PlaceDigest, Map<string, PortTarget>>();
  const add = (place: PlaceDigest | undefined, port?: number, protocol = 'TCP'): void => {
    if (place === undefined || place.ips.length === 0) return;
    let ports = chosen.get(place);
    if (ports === undefined) {
      ports = new Map();
      chosen.set(place, ports);
      for (const own of ownPorts(place)) ports.set(`${own.port}/${own.protocol}`, own);
    }
    const key = `${port}/${protocol}`;
    if (port !== undefined && !ports.has(key)) ports.set(key, { place, port, protocol, checks: [] });
  };
  for (const { kind, namespace, name } of scope.focus ?? []) {
    if (kind === 'pod') add(places.get(`${namespace}/${name}`));
  }
  const endpoints = network.endpoints();
  for (const service of rankServices(network, scope, telling)) {
    for (const { pod } of endpoints.get(`${service.namespace}/${service.name}`) ?? []) {
      const place = pod === undefined ? undefined : places.get(`${service.namespace}/${pod}`);
      add(place);
      for (const port of place === undefined ? [] : service.ports) {
        const target = resolvePort(port, place?.declared.ports ?? []);
        if (target !== undefined) add(place, target, port.protocol);
      }
    }
  }
  for (const place of places.values()) if (place.declared.checks.length > 0) add(place);
  return [...chosen].map(([place, ports]) => ({ place, ports: [...ports.values()] }));
}

function ownPorts(place: PlaceDigest): PortTarget[] {
  const { ports, checks, probed } = place.declared;
  const declared = new Map(ports.map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]));
  for (const port of probed) declared.set(`${port}/TCP`, { port, protocol: 'TCP' });
  return [...declared.values()].map(({ port, protocol }) => ({
    place,
    port,
    protocol,
    checks: protocol === 'TCP' ? distinct(checks.filter((check) => check.port === port)) : [],
  }));
}

/** Readiness and liveness often ask the same. */
function distinct(checks: readonly HttpCheck[]): HttpCheck[] {
  const byRequest = new Map<string, HttpCheck>();
  for (const check of checks) {
    const key = `${check.scheme} ${check.path}`;
    if (!byRequest.has(key)) byRequest.set(key, check);
  }
  return [...byRequest.values()];
}

/** Service ports that lead to a port on which one of the pods declares a check. */
export function serviceTargets(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus'>,
  telling: Telling,
): readonly ServiceTarget[] {
  const places = network.places();
  const endpoints = network.endpoints();
  return rankServices(network, scope, telling).flatMap((service) => {
    const pods = (endpoints.get(`${service.namespace}/${service.name}`) ?? []).flatMap(
      ({ pod }) => (pod === undefined ? undefined : places.get(`${service.namespace}/${pod}`)) ?? [],
    );
    return service.ports
      .filter(({ protocol }) => protocol === 'TCP')
      .flatMap((port): ServiceTarget[] => {
        const check = pods
          .flatMap(({ declared }) =>
            declared.checks.filter((one) => one.port === resolvePort(port, declared.ports)),
          )
          .at(0);
        return check === undefined ? [] : [{ service, port, check }];
      });
  });
}
