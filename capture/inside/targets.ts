/** In which pods a look from inside tells most, and which connects prove something: bounded, the most telling first. */
import { isIP } from 'node:net';
import { resolvePort } from '../../src/k8s/service-ports.ts';
import type { Scope } from '../collector.ts';
import type { EndpointDigest, NetworkDigest, PlaceDigest, ServiceDigest } from '../network/digest.ts';
import type { Mention } from '../network/mentions.ts';
import { rankServices, type Telling } from '../network/port-targets.ts';

/** Of one Service; those that are not ready first. */
const PODS_OF_SERVICE = 3;
const PORTS_OF_SERVICE = 3;

export interface Connect {
  readonly client: PlaceDigest;
  /** As results name it. */
  readonly to: string;
  readonly host: string;
  readonly port: number;
}

/** Programs are run in the namespaces of `-n` alone: cluster DNS is taken besides, but nobody asked for that. */
export function mayEnter({ namespaces }: Pick<Scope, 'namespaces'>): (place: PlaceDigest) => boolean {
  return ({ namespace, running }) =>
    running.length > 0 && (namespaces === undefined || namespaces.includes(namespace));
}

/** Pods to look into: what is in focus, then pods behind Services in their order (unready pods first), then the clients of Services. */
export function placesToRead(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus' | 'namespaces'>,
  telling: Telling,
): readonly PlaceDigest[] {
  const places = network.places();
  const chosen = new Set<PlaceDigest>();
  const enter = mayEnter(scope);
  const add = (place: PlaceDigest | undefined): void => {
    if (place !== undefined && enter(place)) chosen.add(place);
  };
  for (const { kind, namespace, name } of scope.focus ?? []) {
    if (kind === 'pod') add(places.get(`${namespace}/${name}`));
  }
  const endpoints = network.endpoints();
  for (const service of rankServices(network, scope, telling)) {
    const pods = [...(endpoints.get(`${service.namespace}/${service.name}`) ?? [])]
      .sort((a, b) => Number(a.ready) - Number(b.ready))
      .flatMap(({ pod }) => (pod === undefined ? [] : [pod]));
    for (const pod of [...new Set(pods)].slice(0, PODS_OF_SERVICE))
      add(places.get(`${service.namespace}/${pod}`));
  }
  for (const { client } of connects(network, scope, telling)) add(client);
  return [...chosen];
}

/** Connects from one pod of each workload that names a Service: to its name, its addresses and the pods behind it. */
export function connects(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus' | 'namespaces'>,
  telling: Telling,
): readonly Connect[] {
  const byService = clientsByService(network, mayEnter(scope));
  const endpoints = network.endpoints();
  const found: Connect[] = [];
  for (const service of rankServices(network, scope, telling)) {
    const key = `${service.namespace}/${service.name}`;
    for (const { client, mention } of byService.get(key) ?? []) {
      found.push(...connectsOf(network, service, endpoints.get(key) ?? [], client, mention));
    }
  }
  // Names of Services that are not there come first: few, and each is a finding by itself.
  return [...(byService.get('') ?? []).flatMap(absentConnect), ...found];
}

interface Client {
  readonly client: PlaceDigest;
  readonly mention: Mention;
}

/** One client a workload, Service and port. Under the empty key: names of Services that do not exist. */
function clientsByService(
  network: NetworkDigest,
  enter: (place: PlaceDigest) => boolean,
): ReadonlyMap<string, readonly Client[]> {
  const services = new Map(network.services().map((one) => [`${one.namespace}/${one.name}`, one]));
  const byIP = new Map(network.services().flatMap((one) => one.clusterIPs.map((ip) => [ip, one] as const)));
  const found = new Map<string, Client[]>();
  const seen = new Set<string>();
  for (const client of network.places().values()) {
    if (!enter(client)) continue;
    for (const mention of network.mentionsOf(client)) {
      const named = serviceNamed(mention, client.namespace);
      const service = byIP.get(mention.host) ?? (named === undefined ? undefined : services.get(named.key));
      const key = service === undefined ? '' : `${service.namespace}/${service.name}`;
      if (service === undefined && (named?.sure !== true || mention.port === undefined)) continue;
      const once = `${client.workload} ${key || mention.host} ${mention.port ?? ''}`;
      if (seen.has(once)) continue;
      seen.add(once);
      found.set(key, [...(found.get(key) ?? []), { client, mention }]);
    }
  }
  return found;
}

/** `name`, `name.namespace` and `name.namespace.svc…` as a Service; `sure` when it can hardly be anything else. */
function serviceNamed({ host, url }: Mention, from: string): { key: string; sure: boolean } | undefined {
  if (isIP(host) !== 0) return undefined;
  const [name = '', namespace, svc] = host.replace(/\.$/, '').split('.');
  if (namespace === undefined) return { key: `${from}/${name}`, sure: url && name !== 'localhost' };
  if (svc === undefined) return { key: `${namespace}/${name}`, sure: false };
  return svc === 'svc' ? { key: `${namespace}/${name}`, sure: true } : undefined;
}

function absentConnect({ client, mention }: Client): Connect[] {
  const named = serviceNamed(mention, client.namespace);
  if (named === undefined || mention.port === undefined) return [];
  return [{ client, to: `service/${named.key}:${mention.port}`, host: mention.host, port: mention.port }];
}

function connectsOf(
  network: NetworkDigest,
  service: ServiceDigest,
  endpoints: readonly EndpointDigest[],
  client: PlaceDigest,
  mention: Mention,
): Connect[] {
  const tcp = service.ports.filter(({ protocol }) => protocol === 'TCP');
  const ports =
    mention.port === undefined ? tcp.map(({ port }) => port).slice(0, PORTS_OF_SERVICE) : [mention.port];
  return ports.flatMap((port) => {
    const to = `service/${service.namespace}/${service.name}:${port}`;
    const hosts = [...new Set([mention.host, ...service.clusterIPs])];
    const declared = tcp.find((one) => one.port === port);
    return [
      ...hosts.map((host) => ({ client, to, host, port })),
      ...(declared === undefined ? [] : podConnects(network, service, endpoints, client, declared)),
    ];
  });
}

function podConnects(
  network: NetworkDigest,
  service: ServiceDigest,
  endpoints: readonly EndpointDigest[],
  client: PlaceDigest,
  port: ServiceDigest['ports'][number],
): Connect[] {
  const byReady = [...endpoints].sort((a, b) => Number(a.ready) - Number(b.ready));
  const found = byReady.flatMap((endpoint): Connect[] => {
    const [address] = endpoint.addresses;
    const own = endpoint.ports.find((one) => one.name === (port.name ?? ''))?.port;
    // A slice of unready endpoints may lack ports that are named; a numeric target is known all the same.
    const target = own ?? resolvePort(port, []);
    if (address === undefined || target === undefined || endpoint.pod === undefined) return [];
    if (!network.places().has(`${service.namespace}/${endpoint.pod}`)) return [];
    return [
      { client, to: `pod/${service.namespace}/${endpoint.pod}:${target}`, host: address, port: target },
    ];
  });
  return [...new Map(found.map((one) => [`${one.to} ${one.host}`, one])).values()].slice(0, PODS_OF_SERVICE);
}
