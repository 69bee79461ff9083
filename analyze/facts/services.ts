/** Services, their EndpointSlices, and one path for each port: what is selected, what is ready, where the port leads. */
import { parseJson } from '../../src/core/json.ts';
import type { Labels } from '../../src/k8s/labels.ts';
import {
  parseProtocol,
  parseTargetPort,
  resolvePort,
  type ServicePort,
} from '../../src/k8s/service-ports.ts';
import { texts } from '../ingest/read.ts';
import type { Store } from '../store/store.ts';
import type { PodFact, PodFacts } from './pods.ts';
import { groupBy, labelsOf, once, refOf, type StoredObject } from './read.ts';
import {
  ENDPOINTS,
  SERVICE_PORTS,
  SERVICES,
  SLICES,
  type EndpointRow,
  type ServiceRow,
  type SliceRow,
} from './rows.ts';

export interface ServiceFact extends StoredObject {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly headless: boolean;
  /** Undefined when it has none: headless, ExternalName. */
  readonly clusterIp: string | undefined;
  /** That one first; of a dual-stack Service one of the other family, too. */
  readonly clusterIps: readonly string[];
  /** Undefined when there is none or it is empty: nobody manages the Service's endpoints then. */
  readonly selector: Labels | undefined;
  readonly publishNotReady: boolean;
  readonly ports: readonly ServicePort[];
  readonly createdAt: number | undefined;
  readonly terminating: boolean;
}

export interface ServiceFacts {
  readonly all: readonly ServiceFact[];
  named(namespace: string, name: string): ServiceFact | undefined;
  in(namespace: string): readonly ServiceFact[];
  /** The Service with this cluster address. */
  at(address: string): ServiceFact | undefined;
}

export interface EndpointFact {
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly port: number | undefined;
  readonly slice: number;
  readonly node: string | undefined;
  readonly target: { readonly kind: string; readonly name: string } | undefined;
}

export interface SliceFact extends StoredObject {
  readonly generation: number | undefined;
  readonly createdAt: number | undefined;
}

/** One way through a Service: one of its ports, or the whole of a headless Service without any. */
export interface ServicePath {
  /** `service/shop/payment:80`. */
  readonly key: string;
  readonly service: ServiceFact;
  readonly port: ServicePort | undefined;
  /** Index in spec.ports. */
  readonly index: number;
  /** Pods the selector takes that have not ended. */
  readonly pods: readonly PodFact[];
  /** The pod's port this one leads to; undefined where a named targetPort finds none. */
  readonly targets: ReadonlyMap<PodFact, number | undefined>;
  readonly endpoints: readonly EndpointFact[];
  readonly ready: readonly EndpointFact[];
  /** Serving while they end: kube-proxy uses them when nothing is ready. */
  readonly draining: readonly EndpointFact[];
  readonly slices: readonly SliceFact[];
}

export function serviceFacts(store: Store): ServiceFacts {
  const ports = groupBy(store.all(SERVICE_PORTS), (row) => row.id);
  const all = store.all(SERVICES).map((row) =>
    serviceOf(
      row,
      (ports.get(row.id) ?? []).map((port) => {
        const targetPort = parseTargetPort(port.target_port);
        return {
          port: port.port,
          protocol: parseProtocol(port.protocol),
          ...(port.name === null || port.name === '' ? {} : { name: port.name }),
          ...(targetPort === undefined ? {} : { targetPort }),
        };
      }),
    ),
  );
  const byName = once(() => new Map(all.map((service) => [`${service.namespace}/${service.name}`, service])));
  const byNamespace = once(() => groupBy(all, (service) => service.namespace));
  const byAddress = once(
    () => new Map(all.flatMap((service) => service.clusterIps.map((address) => [address, service] as const))),
  );
  return {
    all,
    named: (namespace, name) => byName().get(`${namespace}/${name}`),
    in: (namespace) => byNamespace().get(namespace) ?? [],
    at: (address) => byAddress().get(address),
  };
}

function serviceOf(row: ServiceRow, ports: readonly ServicePort[]): ServiceFact {
  const selector = labelsOf(row.selector);
  const clusterIp =
    row.cluster_ip === 'None' || row.cluster_ip === '' ? undefined : (row.cluster_ip ?? undefined);
  return {
    id: row.id,
    resource: 'services',
    ref: refOf(row.api_version || 'v1', 'Service', row.namespace, row.name),
    namespace: row.namespace,
    name: row.name,
    type: row.type,
    headless: row.cluster_ip === 'None',
    clusterIp,
    clusterIps: clusterIp === undefined ? [] : [...new Set([clusterIp, ...addressesIn(row.cluster_ips)])],
    selector: selector !== undefined && Object.keys(selector).length > 0 ? selector : undefined,
    publishNotReady: row.publish_not_ready === 1,
    ports,
    createdAt: row.created_at ?? undefined,
    terminating: row.deletion_at !== null,
  };
}

/** Of `spec.clusterIPs`, as JSON. */
function addressesIn(json: string | null): string[] {
  return json === null ? [] : texts(parseJson(json));
}

/** The paths of every Service that has endpoints of its own: all but ExternalName. */
export function servicePaths(store: Store, services: ServiceFacts, pods: PodFacts): ServicePath[] {
  const rows = groupBy(store.all(ENDPOINTS), (row) => `${row.namespace}/${row.service ?? ''}`);
  const slices = groupBy(store.all(SLICES), (row) => `${row.namespace}/${row.service}`);
  return services.all
    .filter((service) => service.type !== 'ExternalName')
    .flatMap((service) => {
      const name = `${service.namespace}/${service.name}`;
      const selected = pods.select(service.namespace, service.selector).filter((pod) => !pod.ended);
      const own = (slices.get(name) ?? []).map(sliceOf);
      const ports: ReadonlyArray<ServicePort | undefined> =
        service.ports.length > 0 ? service.ports : [undefined];
      return ports.map((port, index) =>
        pathOf(service, port, index, selected, rows.get(name) ?? [], own, pods),
      );
    });
}

function pathOf(
  service: ServiceFact,
  port: ServicePort | undefined,
  index: number,
  selected: readonly PodFact[],
  rows: readonly EndpointRow[],
  slices: readonly SliceFact[],
  pods: PodFacts,
): ServicePath {
  // An EndpointSlice names its ports as the Service does; an unnamed port is the empty string or absent.
  const wanted = port?.name ?? '';
  const endpoints = rows
    .filter((row) => port === undefined || ((row.port_name ?? '') === wanted && row.port !== null))
    .map(endpointOf);
  return {
    key: `service/${service.namespace}/${service.name}${port === undefined ? '' : `:${port.port}`}`,
    service,
    port,
    index,
    pods: selected,
    targets: new Map(
      port === undefined
        ? []
        : selected.map((pod) => [
            pod,
            resolvePort(port, typeof port.targetPort === 'string' ? pods.namedPorts(pod) : []),
          ]),
    ),
    endpoints,
    ready: endpoints.filter((endpoint) => endpoint.ready),
    draining: endpoints.filter((endpoint) => !endpoint.ready && endpoint.serving && endpoint.terminating),
    slices,
  };
}

function endpointOf(row: EndpointRow): EndpointFact {
  return {
    address: row.address,
    ready: row.ready === 1,
    serving: row.serving === 1,
    terminating: row.terminating === 1,
    port: row.port ?? undefined,
    slice: row.id,
    node: row.node ?? undefined,
    target:
      row.target_kind === null || row.target_name === null
        ? undefined
        : { kind: row.target_kind, name: row.target_name },
  };
}

function sliceOf(row: SliceRow): SliceFact {
  return {
    id: row.id,
    resource: 'discovery.k8s.io/endpointslices',
    ref: refOf(row.api_version, 'EndpointSlice', row.namespace, row.name),
    generation: row.generation ?? undefined,
    createdAt: row.created_at ?? undefined,
  };
}
