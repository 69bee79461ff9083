/** Hosts that a cluster publishes to the outside, and at which addresses: of Ingresses, Gateways with their routes, and load balancers. */
import { isIP } from 'node:net';
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { listOf, numberOf, stringsOf, textOf } from './read.ts';

export interface EdgePort {
  readonly port: number;
  readonly tls: boolean;
  /** It speaks HTTP, as far as is declared. */
  readonly http: boolean;
}

/** One host at the addresses that one object's status published. */
export interface EdgeTarget {
  /** As declared, perhaps a wildcard; the address itself where none is declared. */
  readonly host: string;
  /** IP addresses or names. */
  readonly addresses: readonly string[];
  readonly ports: readonly EdgePort[];
  readonly path: string;
  /** `Ingress/shop/web`. */
  readonly publishedBy: string;
}

export interface EdgeDigest {
  observe(resource: string, object: JsonRecord): void;
  wants(resource: string): boolean;
  targets(): readonly EdgeTarget[];
}

const GATEWAY = 'gateway.networking.k8s.io';
/** Kinds whose objects are looked at, in the order in which they are listed for it. */
export const EDGE_RESOURCES: readonly string[] = [
  'networking.k8s.io/ingresses',
  `${GATEWAY}/gateways`,
  `${GATEWAY}/httproutes`,
  `${GATEWAY}/grpcroutes`,
  `${GATEWAY}/tlsroutes`,
];

interface Route {
  readonly hostnames: readonly string[];
  readonly path: string;
}

/** An empty digest. */
export function createEdgeDigest(): EdgeDigest {
  const fixed = new Map<string, readonly EdgeTarget[]>();
  const gateways = new Map<string, JsonRecord>();
  const routes = new Map<string, { readonly gateways: readonly string[]; readonly route: Route }>();
  const takers: Readonly<Record<string, (object: JsonRecord, key: string) => void>> = {
    'networking.k8s.io/ingresses': (object, key) => fixed.set(`Ingress/${key}`, ofIngress(object, key)),
    services: (object, key) => {
      const targets = ofService(object, key);
      if (targets.length > 0) fixed.set(`Service/${key}`, targets);
      else fixed.delete(`Service/${key}`);
    },
    [`${GATEWAY}/gateways`]: (object, key) => gateways.set(key, object),
  };
  return {
    observe(resource, object) {
      const { namespace, name } = asRecord(object['metadata']);
      const key = `${textOf(namespace)}/${textOf(name)}`;
      const take = takers[resource];
      if (take !== undefined) take(object, key);
      else if (EDGE_RESOURCES.includes(resource)) {
        routes.set(`${resource} ${key}`, routeOf(object, textOf(namespace)));
      }
    },
    wants: (resource) => Object.hasOwn(takers, resource) || EDGE_RESOURCES.includes(resource),
    targets: () => [
      ...[...fixed.entries()].filter(([key]) => key.startsWith('Ingress/')).flatMap(([, targets]) => targets),
      ...[...gateways].flatMap(([key, gateway]) =>
        ofGateway(
          gateway,
          key,
          [...routes.values()].filter((one) => one.gateways.includes(key)).map(({ route }) => route),
        ),
      ),
      ...[...fixed.entries()].filter(([key]) => key.startsWith('Service/')).flatMap(([, targets]) => targets),
    ],
  };
}

function published(object: JsonRecord): readonly string[] {
  const points = listOf(asRecord(asRecord(object['status'])['loadBalancer'])['ingress']);
  return points.map((one) => textOf(one['ip']) || textOf(one['hostname'])).filter((one) => one !== '');
}

function ofIngress(object: JsonRecord, key: string): readonly EdgeTarget[] {
  const spec = asRecord(object['spec']);
  const addresses = published(object);
  const secured = listOf(spec['tls']).flatMap((one) => stringsOf(one['hosts']));
  const rules = listOf(spec['rules']);
  const hosts = new Set([...rules.map((rule) => textOf(rule['host'])), ...secured]);
  const publishedBy = `Ingress/${key}`;
  return [...hosts].flatMap((host) => {
    const rule = rules.find((one) => textOf(one['host']) === host);
    const tls = secured.some((one) => covers(one, host));
    const ports: readonly EdgePort[] = [
      ...(tls ? [{ port: 443, tls: true, http: true }] : []),
      { port: 80, tls: false, http: true },
    ];
    const path = pathOf(listOf(asRecord(rule?.['http'])['paths'])[0]);
    return hostsFor(host, addresses).map((one) => ({ ...one, ports, path, publishedBy }));
  });
}

/** Without a host each address stands for itself. */
function hostsFor(host: string, addresses: readonly string[]): Array<Pick<EdgeTarget, 'host' | 'addresses'>> {
  if (host !== '') return [{ host, addresses }];
  return addresses.map((address) => ({ host: address, addresses: [address] }));
}

/** `*.example.com` covers one label more. */
function covers(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')) === pattern.slice(1);
}

/** A path that can be asked as it stands; controllers read other types as patterns. */
function pathOf(path: JsonRecord | undefined): string {
  const text = textOf(path?.['path']);
  const plain = path?.['pathType'] === 'Exact' || path?.['pathType'] === 'Prefix';
  return plain && /^\/[\w\-./~%]*$/.test(text) ? text : '/';
}

function ofService(object: JsonRecord, key: string): readonly EdgeTarget[] {
  const spec = asRecord(object['spec']);
  if (spec['type'] !== 'LoadBalancer') return [];
  const ports = listOf(spec['ports']).flatMap((one): EdgePort[] => {
    const port = numberOf(one['port']);
    const tcp = (textOf(one['protocol']) || 'TCP') === 'TCP';
    return port === undefined || !tcp ? [] : [{ port, tls: false, http: false }];
  });
  return hostsFor('', published(object)).map((one) => ({
    ...one,
    ports,
    path: '/',
    publishedBy: `Service/${key}`,
  }));
}

function ofGateway(object: JsonRecord, key: string, routes: readonly Route[]): readonly EdgeTarget[] {
  const addresses = listOf(asRecord(object['status'])['addresses'])
    .map((one) => textOf(one['value']))
    .filter((one) => one !== '');
  const publishedBy = `Gateway/${key}`;
  const byHost = new Map<string, { ports: EdgePort[]; path: string }>();
  for (const listener of listOf(asRecord(object['spec'])['listeners'])) {
    const port = numberOf(listener['port']);
    const protocol = textOf(listener['protocol']);
    if (port === undefined || protocol === 'UDP') continue;
    const tls = protocol === 'HTTPS' || protocol === 'TLS';
    const http = protocol === 'HTTP' || protocol === 'HTTPS';
    for (const { host, path } of hostsOfListener(textOf(listener['hostname']), routes)) {
      const known = byHost.get(host) ?? { ports: [], path };
      known.ports.push({ port, tls, http });
      byHost.set(host, known);
    }
  }
  return [...byHost].flatMap(([host, { ports, path }]) =>
    hostsFor(host, addresses).map((one) => ({ ...one, ports, path, publishedBy })),
  );
}

/** A listener's own host; where it is a wildcard or missing, those of the routes that fit it. */
function hostsOfListener(
  hostname: string,
  routes: readonly Route[],
): ReadonlyArray<{ host: string; path: string }> {
  const fitting = routes.flatMap(({ hostnames, path }) =>
    hostnames.filter((host) => hostname === '' || covers(hostname, host)).map((host) => ({ host, path })),
  );
  if (fitting.length > 0) return fitting;
  return [{ host: hostname, path: routes[0]?.path ?? '/' }];
}

function routeOf(object: JsonRecord, namespace: string): { gateways: readonly string[]; route: Route } {
  const spec = asRecord(object['spec']);
  const match = listOf(listOf(spec['rules'])[0]?.['matches'])[0];
  const path = asRecord(match?.['path']);
  const exact = path['type'] === 'Exact' ? 'Exact' : path['type'] === 'RegularExpression' ? '' : 'Prefix';
  return {
    gateways: listOf(spec['parentRefs'])
      .filter((ref) => (textOf(ref['kind']) || 'Gateway') === 'Gateway')
      .map((ref) => `${textOf(ref['namespace']) || namespace}/${textOf(ref['name'])}`),
    route: {
      hostnames: stringsOf(spec['hostnames']),
      path: pathOf({ path: path['value'], pathType: exact }),
    },
  };
}

/** Whether an address needs no resolver. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
