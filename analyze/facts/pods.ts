/** Pods with their labels, found by namespace, name and selector without scanning all of them. */
import { matchesSet, parseLabels, type Labels } from '../../src/k8s/labels.ts';
import { parseProtocol, type ContainerPort } from '../../src/k8s/service-ports.ts';
import type { Store } from '../store/store.ts';
import { groupBy, once, parseText, refOf, type StoredObject } from './read.ts';
import { NAMED_PORTS, PODS, type PodRow } from './rows.ts';

export interface PodFact extends StoredObject {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly phase: string | undefined;
  /** Status of the Ready condition; undefined when there is none. */
  readonly ready: string | undefined;
  readonly node: string | undefined;
  readonly ip: string | undefined;
  readonly hostNetwork: boolean;
  readonly restarts: number;
  /** What kubectl shows as STATUS. */
  readonly reason: string | undefined;
  readonly startedAt: number | undefined;
  readonly createdAt: number | undefined;
  /** metadata.deletionTimestamp is set. */
  readonly terminating: boolean;
  /** metadata.deletionTimestamp: by when it is to be gone, its grace period included. */
  readonly goneBy: number | undefined;
  /** Succeeded or Failed: no Service sends anything to it any more. */
  readonly ended: boolean;
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
}

export interface PodFacts {
  readonly all: readonly PodFact[];
  in(namespace: string): readonly PodFact[];
  named(namespace: string, name: string): PodFact | undefined;
  /** Pods of a namespace that an equality-based selector takes, whatever their phase. */
  select(namespace: string, selector: Labels | undefined): readonly PodFact[];
  /** The same in every namespace. */
  selectAnywhere(selector: Labels): readonly PodFact[];
  /** Named ports of the pod's containers and sidecars, in their order. */
  namedPorts(pod: PodFact): readonly ContainerPort[];
}

export function podFacts(store: Store): PodFacts {
  const all = loadPods(store);
  const byNamespace = groupBy(all, (pod) => pod.namespace);
  const byName = once(() => new Map(all.map((pod) => [`${pod.namespace}/${pod.name}`, pod])));
  const byLabel = once(() => labelIndex(all));
  const ports = once(() => groupBy(store.all(NAMED_PORTS), (port) => port.id));
  /** The shortest list among the selector's pairs: every selected pod is in it. */
  const candidates = (selector: Labels): readonly PodFact[] => {
    let shortest: readonly PodFact[] | undefined;
    for (const [key, value] of Object.entries(selector)) {
      const list = byLabel().get(key)?.get(value) ?? [];
      if (shortest === undefined || list.length < shortest.length) shortest = list;
    }
    // Pods of one make share their labels: each set is compared once.
    const matches = new Map<Labels, boolean>();
    return (shortest ?? []).filter(({ labels }) => {
      const known = matches.get(labels) ?? matchesSet(selector, labels);
      matches.set(labels, known);
      return known;
    });
  };
  return {
    all,
    in: (namespace) => byNamespace.get(namespace) ?? [],
    named: (namespace, name) => byName().get(`${namespace}/${name}`),
    select: (namespace, selector) =>
      selector === undefined ? [] : candidates(selector).filter((pod) => pod.namespace === namespace),
    selectAnywhere: candidates,
    namedPorts: (pod) =>
      (ports().get(pod.id) ?? []).map(({ container, name, port, protocol }) => ({
        container,
        name,
        port,
        protocol: parseProtocol(protocol),
      })),
  };
}

function loadPods(store: Store): PodFact[] {
  // Pods of one make have the same labels: each set is held once.
  const sets = new Map<string, Labels>();
  const labelsOf = (json: string | null): Labels => {
    const text = json ?? '{}';
    // A label may be called __proto__.
    const set = sets.get(text) ?? Object.assign(Object.create(null), parseLabels(parseText(text)));
    sets.set(text, set);
    return set;
  };
  return store.all(PODS).map((row) => podOf(row, labelsOf(row.labels)));
}

function podOf(row: PodRow, labels: Labels): PodFact {
  return {
    id: row.id,
    resource: 'pods',
    ref: refOf(row.api_version || 'v1', 'Pod', row.namespace, row.name),
    namespace: row.namespace,
    name: row.name,
    labels,
    phase: row.phase ?? undefined,
    ready: row.ready ?? undefined,
    node: row.node ?? undefined,
    ip: row.pod_ip ?? undefined,
    hostNetwork: row.host_network === 1,
    restarts: row.restarts,
    reason: row.reason ?? undefined,
    startedAt: row.started_at ?? undefined,
    createdAt: row.created_at ?? undefined,
    terminating: row.deletion_at !== null,
    goneBy: row.deletion_at ?? undefined,
    ended: row.phase === 'Succeeded' || row.phase === 'Failed',
    owner:
      row.owner_kind === null || row.owner_name === null
        ? undefined
        : { kind: row.owner_kind, name: row.owner_name },
  };
}

/** By key, then by value. */
function labelIndex(pods: readonly PodFact[]): ReadonlyMap<string, ReadonlyMap<string, readonly PodFact[]>> {
  const index = new Map<string, Map<string, PodFact[]>>();
  for (const pod of pods) {
    for (const key in pod.labels) {
      const value = pod.labels[key] ?? '';
      const values = index.get(key) ?? new Map<string, PodFact[]>();
      const list = values.get(value);
      if (list) list.push(pod);
      else values.set(value, [pod]);
      index.set(key, values);
    }
  }
  return index;
}
