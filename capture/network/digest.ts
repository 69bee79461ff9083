/** What a capture keeps in mind of Services, their endpoints and pods as places in a network: to choose what to probe. */
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { parseProtocol, parseTargetPort, type ServicePort } from '../../src/k8s/service-ports.ts';
import { type Declared, declaredBy } from './declared.ts';
import { localDnsOf } from './local-dns.ts';
import { type Mention, mentionsIn } from './mentions.ts';
import { type NodeDigest, nodeDigest } from './node-digest.ts';
import { listOf, numberOf, stringsOf, textOf } from './read.ts';

export interface ServiceDigest {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Without `None`. */
  readonly clusterIPs: readonly string[];
  readonly ports: readonly ServicePort[];
  /** Where every node tells load balancers whether it has endpoints of it: of externalTrafficPolicy Local. */
  readonly healthCheckNodePort?: number;
}

export interface EndpointDigest {
  readonly addresses: readonly string[];
  /** Unset counts as ready, as the API says. */
  readonly ready: boolean;
  /** The pod behind it, in the slice's namespace. */
  readonly pod: string | undefined;
  /** The slice's ports, as far as they are set. */
  readonly ports: ReadonlyArray<{ readonly name: string; readonly port: number; readonly protocol: string }>;
}

export interface PlaceDigest {
  readonly namespace: string;
  readonly name: string;
  readonly node: string | undefined;
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  /** Uid of what owns it, or its own name: pods of one workload are alike. */
  readonly workload: string;
  /** Containers that run, app containers first, with their images. */
  readonly running: ReadonlyArray<{ readonly name: string; readonly image: string }>;
  readonly ready: boolean;
  /** A container runs whose startup probe has not passed: it may listen yet. */
  readonly starting: boolean;
  /** Its ports and the checks that its own probes make. */
  readonly declared: Declared;
  /** Hosts that its env and arguments name. */
  readonly mentions: readonly Mention[];
  /** ConfigMaps that its env comes from. */
  readonly configMaps: readonly string[];
  /** Where it listens as the NodeLocal DNS cache of its node; empty for all other pods. */
  readonly localDns: readonly string[];
}

export interface NetworkDigest {
  observe(resource: string, object: JsonRecord): void;
  wants(resource: string): boolean;
  services(): readonly ServiceDigest[];
  /** By `namespace/service`. */
  endpoints(): ReadonlyMap<string, readonly EndpointDigest[]>;
  /** By `namespace/pod`. */
  places(): ReadonlyMap<string, PlaceDigest>;
  /** By name. */
  nodes(): ReadonlyMap<string, NodeDigest>;
  /** What a pod names, in its spec and in the ConfigMaps of its env. */
  mentionsOf(place: PlaceDigest): readonly Mention[];
}

const MOST_MENTIONS = 48;
const SLICE_SERVICE = 'kubernetes.io/service-name';

/** An empty digest. `mentions`: whether what pods and ConfigMaps name is kept. */
export function createNetworkDigest(mentions: boolean): NetworkDigest {
  const services = new Map<string, ServiceDigest>();
  const slices = new Map<string, { readonly of: string; readonly endpoints: readonly EndpointDigest[] }>();
  const places = new Map<string, PlaceDigest>();
  const nodes = new Map<string, NodeDigest>();
  const configMaps = new Map<string, readonly Mention[]>();
  const intern = createIntern();
  const shared = createShared();
  const takers: Readonly<Record<string, (object: JsonRecord, key: string) => void>> = {
    services: (object, key) => services.set(key, serviceDigest(object)),
    'discovery.k8s.io/endpointslices': (object, key) => {
      const metadata = asRecord(object['metadata']);
      const service = textOf(asRecord(metadata['labels'])[SLICE_SERVICE]);
      const of = `${textOf(metadata['namespace'])}/${service}`;
      if (service !== '') slices.set(key, { of, endpoints: endpointDigests(object) });
    },
    nodes: (object) => nodes.set(textOf(asRecord(object['metadata'])['name']), nodeDigest(object)),
    pods: (object, key) =>
      places.set(
        key,
        placeDigest(object, shared(declaredBy(asRecord(object['spec']))), mentions ? intern : undefined),
      ),
    ...(mentions
      ? {
          configmaps: (object: JsonRecord, key: string) => {
            const found = intern(stringsOf(object['data']).flatMap((value) => mentionsIn(value)));
            if (found.length > 0) configMaps.set(key, found);
          },
        }
      : {}),
  };
  return {
    observe(resource, object) {
      const { namespace, name } = asRecord(object['metadata']);
      if (textOf(name) !== '') takers[resource]?.(object, `${textOf(namespace)}/${textOf(name)}`);
    },
    wants: (resource) => Object.hasOwn(takers, resource),
    services: () => [...services.values()],
    endpoints() {
      const byService = new Map<string, EndpointDigest[]>();
      for (const { of, endpoints } of slices.values()) {
        byService.set(of, [...(byService.get(of) ?? []), ...endpoints]);
      }
      return byService;
    },
    places: () => places,
    nodes: () => nodes,
    mentionsOf: (place) => [
      ...place.mentions,
      ...place.configMaps.flatMap((name) => configMaps.get(`${place.namespace}/${name}`) ?? []),
    ],
  };
}

/** Pods of one template declare the same: equal values are one value. */
function createShared(): (declared: Declared) => Declared {
  const known = new Map<string, Declared>();
  return (declared) => {
    const key = JSON.stringify(declared);
    const before = known.get(key);
    if (before === undefined) known.set(key, declared);
    return before ?? declared;
  };
}

type Intern = (mentions: readonly Mention[]) => readonly Mention[];

/** Ten thousand pods of ten workloads name ten things: equal lists are one list. */
function createIntern(): Intern {
  const known = new Map<string, readonly Mention[]>();
  return (mentions) => {
    const few = mentions.slice(0, MOST_MENTIONS);
    const key = JSON.stringify(few);
    const before = known.get(key);
    if (before === undefined) known.set(key, few);
    return before ?? few;
  };
}

function serviceDigest(object: JsonRecord): ServiceDigest {
  const metadata = asRecord(object['metadata']);
  const spec = asRecord(object['spec']);
  const ips = [...stringsOf(spec['clusterIPs']), textOf(spec['clusterIP'])];
  const health =
    spec['externalTrafficPolicy'] === 'Local' ? numberOf(spec['healthCheckNodePort']) : undefined;
  return {
    namespace: textOf(metadata['namespace']),
    name: textOf(metadata['name']),
    type: textOf(spec['type']) || 'ClusterIP',
    clusterIPs: [...new Set(ips)].filter((ip) => ip !== '' && ip !== 'None'),
    ports: listOf(spec['ports']).flatMap((port) => {
      const number = numberOf(port['port']);
      if (number === undefined) return [];
      const targetPort = parseTargetPort(port['targetPort']);
      return [
        {
          name: textOf(port['name']),
          port: number,
          protocol: parseProtocol(port['protocol']),
          ...(targetPort === undefined ? {} : { targetPort }),
        },
      ];
    }),
    ...(health === undefined || health === 0 ? {} : { healthCheckNodePort: health }),
  };
}

function endpointDigests(slice: JsonRecord): readonly EndpointDigest[] {
  const ports = listOf(slice['ports']).flatMap((port) => {
    const number = numberOf(port['port']);
    const [name, protocol] = [textOf(port['name']), textOf(port['protocol']) || 'TCP'];
    return number === undefined ? [] : [{ name, port: number, protocol }];
  });
  return listOf(slice['endpoints']).map((endpoint) => {
    const target = asRecord(endpoint['targetRef']);
    return {
      addresses: stringsOf(endpoint['addresses']),
      ready: asRecord(endpoint['conditions'])['ready'] !== false,
      pod: target['kind'] === 'Pod' ? textOf(target['name']) || undefined : undefined,
      ports,
    };
  });
}

function placeDigest(object: JsonRecord, declared: Declared, intern: Intern | undefined): PlaceDigest {
  const metadata = asRecord(object['metadata']);
  const spec = asRecord(object['spec']);
  const status = asRecord(object['status']);
  const containers = [...listOf(spec['containers']), ...listOf(spec['initContainers'])];
  const statuses = [...listOf(status['containerStatuses']), ...listOf(status['initContainerStatuses'])];
  const runs = new Set(
    statuses
      .filter((one) => asRecord(one['state'])['running'] !== undefined)
      .map((one) => textOf(one['name'])),
  );
  const owner = listOf(metadata['ownerReferences']).find((one) => one['controller'] === true);
  const ips = [...listOf(status['podIPs']).map((one) => textOf(one['ip'])), textOf(status['podIP'])];
  return {
    namespace: textOf(metadata['namespace']),
    name: textOf(metadata['name']),
    node: textOf(spec['nodeName']) || undefined,
    ips: [...new Set(ips)].filter((ip) => ip !== ''),
    hostNetwork: spec['hostNetwork'] === true,
    workload: textOf(owner?.['uid']) || textOf(metadata['name']),
    running: containers
      .map((container) => ({ name: textOf(container['name']), image: textOf(container['image']) }))
      .filter(({ name }) => runs.has(name)),
    ready: listOf(status['conditions']).some((one) => one['type'] === 'Ready' && one['status'] === 'True'),
    starting: statuses.some((one) => runs.has(textOf(one['name'])) && one['started'] === false),
    declared,
    mentions: intern?.(containers.flatMap((container) => mentionsOfContainer(container))) ?? [],
    configMaps: intern === undefined ? [] : containers.flatMap((container) => configMapsOf(container)),
    localDns: localDnsOf(metadata, containers),
  };
}

function mentionsOfContainer(container: JsonRecord): readonly Mention[] {
  const texts = [
    ...listOf(container['env']).map((env) => textOf(env['value'])),
    ...stringsOf(container['command']),
    ...stringsOf(container['args']),
  ];
  return texts.flatMap((text) => mentionsIn(text));
}

function configMapsOf(container: JsonRecord): string[] {
  const sources = [
    ...listOf(container['envFrom']).map((from) => asRecord(from['configMapRef'])),
    ...listOf(container['env']).map((env) => asRecord(asRecord(env['valueFrom'])['configMapKeyRef'])),
  ];
  return [...new Set(sources.map((source) => textOf(source['name'])))].filter((name) => name !== '');
}
