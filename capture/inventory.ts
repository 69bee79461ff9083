/** What a capture keeps in mind of the objects that stream past: just enough to know which logs to take first. */
import { asRecord, type JsonRecord } from '../src/core/json.ts';
import { createEdgeDigest, type EdgeDigest } from './network/edge-digest.ts';
import { createNetworkDigest, type NetworkDigest } from './network/digest.ts';
import type { Telling } from './network/port-targets.ts';
import { createTelling } from './network/telling.ts';

export interface ContainerDigest {
  readonly name: string;
  readonly type: 'init' | 'app' | 'ephemeral';
  /** It has run, or runs: there is a log. */
  readonly started: boolean;
  /** It ran before: there may be a previous log. */
  readonly restarted: boolean;
}

export interface PodDigest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly images: readonly string[];
  readonly containers: readonly ContainerDigest[];
  /** Not running and ready as it should be, or restarted within the last hour. */
  readonly unwell: boolean;
  /** Where it says that its metrics are: by annotation (`prometheus.io/port`) or by the name of a port. */
  readonly metrics?: { readonly port: number; readonly path: string; readonly scheme?: string } | undefined;
}

export interface Inventory {
  /** Takes note of an object of `pods`, `discovery.k8s.io/endpointslices`, `nodes` or `namespaces`; ignores all else. */
  observe(resource: string, object: unknown): void;
  /** True for what `observe` looks at: other objects need not be parsed. */
  wants(resource: string): boolean;
  /** Services, endpoints and pods as places in a network. */
  readonly network: NetworkDigest;
  /** Hosts and addresses that are published to the outside. */
  readonly edge: EdgeDigest;
  /** Which of them are worth a look first. */
  readonly telling: Telling;
  pods(): readonly PodDigest[];
  nodes(): readonly string[];
  namespaces(): readonly string[];
  /** `namespace/pod` behind Services some of whose endpoints are not ready. */
  behindUnwell(): ReadonlySet<string>;
  /** Namespaces of Services that have an endpoint which is not ready, or none at all. */
  unwellNamespaces(): ReadonlySet<string>;
}

const RECENT_MS = 3_600_000;

/** An empty inventory. `mentions`: whether it keeps which hosts pods name. */
export function createInventory(options: { readonly mentions?: boolean } = {}): Inventory {
  const network = createNetworkDigest(options.mentions === true);
  const edge = createEdgeDigest();
  const telling = createTelling();
  const pods = new Map<string, PodDigest>();
  const nodes = new Set<string>();
  const namespaces = new Set<string>();
  const behind = new Set<string>();
  const unwell = new Set<string>();
  const takers: Readonly<Record<string, (object: JsonRecord) => void>> = {
    pods: (object) => {
      const pod = podDigest(object);
      if (pod) pods.set(`${pod.namespace}/${pod.name}`, pod);
    },
    nodes: (object) => nodes.add(text(asRecord(object['metadata'])['name'])),
    namespaces: (object) => namespaces.add(text(asRecord(object['metadata'])['name'])),
    'discovery.k8s.io/endpointslices': (object) => {
      const namespace = text(asRecord(object['metadata'])['namespace']);
      const endpoints = list(object['endpoints']);
      const bad = endpoints.some((endpoint) => asRecord(endpoint['conditions'])['ready'] === false);
      if (!bad && endpoints.length > 0) return;
      unwell.add(namespace);
      for (const endpoint of endpoints) {
        const target = asRecord(endpoint['targetRef']);
        if (target['kind'] === 'Pod') behind.add(`${namespace}/${text(target['name'])}`);
      }
    },
  };
  return {
    network,
    edge,
    telling,
    observe(resource, object) {
      takers[resource]?.(asRecord(object));
      for (const one of [network, edge, telling]) one.observe(resource, asRecord(object));
    },
    wants: (resource) =>
      Object.hasOwn(takers, resource) || [network, edge, telling].some((one) => one.wants(resource)),
    pods: () => [...pods.values()],
    nodes: () => [...nodes],
    namespaces: () => [...namespaces],
    behindUnwell: () => behind,
    unwellNamespaces: () => unwell,
  };
}

function podDigest(object: JsonRecord): PodDigest | undefined {
  const metadata = asRecord(object['metadata']);
  const spec = asRecord(object['spec']);
  const status = asRecord(object['status']);
  const name = text(metadata['name']);
  if (name === '') return undefined;
  const statuses = [
    ...list(status['initContainerStatuses']),
    ...list(status['containerStatuses']),
    ...list(status['ephemeralContainerStatuses']),
  ];
  const statusOf = (container: string): JsonRecord =>
    statuses.find((entry) => entry['name'] === container) ?? {};
  const digests = (key: string, type: ContainerDigest['type']): ContainerDigest[] =>
    list(spec[key]).map((container) =>
      containerDigest(text(container['name']), type, statusOf(text(container['name']))),
    );
  return {
    namespace: text(metadata['namespace']),
    name,
    uid: text(metadata['uid']),
    node: text(spec['nodeName']) || undefined,
    labels: strings(metadata['labels']),
    images: list(spec['containers']).map((container) => text(container['image'])),
    containers: [
      ...digests('initContainers', 'init'),
      ...digests('containers', 'app'),
      ...digests('ephemeralContainers', 'ephemeral'),
    ],
    unwell: isUnwell(metadata, status),
    metrics: metricsOf(metadata, spec),
  };
}

const METRICS_PORTS = ['metrics', 'prometheus', 'http-metrics', 'prom', 'stat'];

function metricsOf(metadata: JsonRecord, spec: JsonRecord): PodDigest['metrics'] {
  const annotations = strings(metadata['annotations']);
  const ports = list(spec['containers']).flatMap((container) => list(container['ports']));
  const named = ports.find(({ name }) => METRICS_PORTS.includes(text(name)));
  const port = Number(annotations['prometheus.io/port'] ?? named?.['containerPort']);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const path = annotations['prometheus.io/path'] ?? '/metrics';
  // What is no plain path is not asked for: it would become a part of the URL.
  if (!/^\/[\w./-]*$/.test(path)) return undefined;
  return { port, path, ...(annotations['prometheus.io/scheme'] === 'https' ? { scheme: 'https' } : {}) };
}

function containerDigest(name: string, type: ContainerDigest['type'], status: JsonRecord): ContainerDigest {
  const state = asRecord(status['state']);
  const ran = state['running'] !== undefined || state['terminated'] !== undefined;
  const last = asRecord(status['lastState'])['terminated'] !== undefined;
  const restarts = typeof status['restartCount'] === 'number' ? status['restartCount'] : 0;
  return { name, type, started: ran || last || restarts > 0, restarted: restarts > 0 || last };
}

function isUnwell(metadata: JsonRecord, status: JsonRecord): boolean {
  const phase = text(status['phase']);
  if (phase === 'Succeeded') return false;
  if (phase !== 'Running' || metadata['deletionTimestamp'] !== undefined) return true;
  const containers = list(status['containerStatuses']);
  const restarted = containers.some((container) => {
    const finished = Date.parse(text(asRecord(asRecord(container['lastState'])['terminated'])['finishedAt']));
    return finished > Date.now() - RECENT_MS;
  });
  const ready = list(status['conditions']).find((condition) => condition['type'] === 'Ready');
  return restarted || ready?.['status'] !== 'True';
}

function list(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.map((entry) => asRecord(entry)) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function strings(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asRecord(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
