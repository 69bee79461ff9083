/** Who depends on a Service: edge rules that send to it, workloads whose env or args name it, webhooks. Read, never guessed. */
import { serviceOfName } from '../../src/k8s/dns-names.ts';
import { configReader, isReadItself, wordsOf } from './services/configured.ts';
import type { Need } from '../checks/check.ts';
import type { Store } from '../store/store.ts';
import type { ObjectFacts } from './objects.ts';
import { groupBy, once, refOf, type StoredObject } from './read.ts';
import { BACKENDS, type BackendRow } from './object-rows.ts';
import type { ServiceFact } from './services.ts';
import { webhooksOf } from './platform/webhooks.ts';
import type { WorkloadFacts } from './workloads.ts';

/** One place where a Service is named. */
export interface Dependent {
  readonly object: StoredObject;
  /** `spec.template.spec.containers[0].env[2].value`. */
  readonly path: string;
  readonly value: string;
  /** The ConfigMap that path and value are of, where the object only uses it. */
  readonly within?: StoredObject;
}

export interface DependencyFacts {
  readonly backends: readonly BackendRow[];
  /** Rules of Ingresses and routes that send to this Service. */
  edges(service: ServiceFact): readonly BackendRow[];
  /** Edge rules and workloads that name it, other than those it stands before; webhooks that must be asked there. */
  of(service: ServiceFact): readonly Dependent[];
  /** Workloads whose ConfigMaps name it: files hold much that nobody reads, so that alone is no proof of need. */
  configured(service: ServiceFact): readonly Dependent[];
  /** Both: whatever names it, whether it is there or not. */
  naming(service: Pick<ServiceFact, 'namespace' | 'name'>): readonly Dependent[];
}

export function dependencyFacts(
  store: Store,
  objects: ObjectFacts,
  workloads: () => WorkloadFacts,
): DependencyFacts {
  const backends = once(() => store.all(BACKENDS));
  const byService = once(() => groupBy(backends(), (row) => `${row.service_namespace}/${row.service}`));
  const named = once(() => namesRead(workloads(), objects));
  const webhooks = once(() => webhooksByService(objects));
  const inConfigMaps = once(() => namesConfigured(workloads(), objects));
  type Named = Pick<ServiceFact, 'namespace' | 'name'>;
  const keyOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;
  const edges = (service: Named): readonly BackendRow[] => byService().get(keyOf(service)) ?? [];
  const of = (service: Named): readonly Dependent[] => [
    ...edges(service).map(fromEdge),
    ...(named().get(keyOf(service)) ?? []),
    ...(webhooks().get(keyOf(service)) ?? []),
  ];
  const configured = (service: Named): readonly Dependent[] => inConfigMaps().get(keyOf(service)) ?? [];
  return {
    get backends() {
      return backends();
    },
    edges,
    of,
    configured,
    naming: (service) => [...of(service), ...configured(service)],
  };
}

/** The same for a check, which must have declared what `configured` reads. */
export function narrowedDependencies(all: DependencyFacts, need: (one: Need) => void): DependencyFacts {
  return {
    get backends() {
      return all.backends;
    },
    edges: (service) => all.edges(service),
    of: (service) => all.of(service),
    configured(service) {
      need('list:configmaps');
      return all.configured(service);
    },
    naming(service) {
      need('list:configmaps');
      return all.naming(service);
    },
  };
}

function fromEdge(row: BackendRow): Dependent {
  const resource =
    row.kind === 'Ingress'
      ? 'networking.k8s.io/ingresses'
      : `gateway.networking.k8s.io/${row.kind.toLowerCase()}s`;
  return {
    object: { id: row.id, resource, ref: refOf(row.api_version, row.kind, row.namespace, row.name) },
    path:
      row.kind === 'Ingress'
        ? 'spec.rules[].http.paths[].backend.service.name'
        : 'spec.rules[].backendRefs[].name',
    value: row.service,
  };
}

/** The API server itself depends on what answers behind a webhook that must be asked. */
function webhooksByService(objects: ObjectFacts): Map<string, Dependent[]> {
  const guarding = webhooksOf(objects).flatMap(({ service, fails, configuration, index }) =>
    service === undefined || !fails
      ? []
      : [
          {
            key: `${service.namespace}/${service.name}`,
            dependent: {
              object: configuration,
              path: `webhooks[${index}].clientConfig.service.name`,
              value: service.name,
            },
          },
        ],
  );
  return new Map(
    [...groupBy(guarding, ({ key }) => key)].map(([key, list]) => [
      key,
      list.map(({ dependent }) => dependent),
    ]),
  );
}

function namesRead(workloads: WorkloadFacts, objects: ObjectFacts): Map<string, Dependent[]> {
  const found = new Map<string, Dependent[]>();
  for (const workload of workloads.all) {
    if (!isReadItself(workloads, workload)) continue;
    for (const { path, value } of wordsOf(workload, objects.body(workload))) {
      for (const key of servicesIn(value, workload.namespace)) {
        const dependent: Dependent = { object: workload, path, value };
        const list = found.get(key);
        if (list === undefined) found.set(key, [dependent]);
        else if (list.length < 100) list.push(dependent);
      }
    }
  }
  return found;
}

function namesConfigured(workloads: WorkloadFacts, objects: ObjectFacts): Map<string, Dependent[]> {
  const found = new Map<string, Dependent[]>();
  const read = configReader(objects);
  for (const workload of workloads.all) {
    if (!isReadItself(workloads, workload)) continue;
    const seen = new Set<string>();
    for (const { within, path, value, hosts } of read(workload)) {
      for (const { host } of hosts) {
        for (const key of servicesOf(host, workload.namespace)) {
          if (seen.has(key)) continue;
          seen.add(key);
          const list = found.get(key);
          const dependent: Dependent = { object: workload, path, value, within };
          if (list === undefined) found.set(key, [dependent]);
          else if (list.length < 100) list.push(dependent);
        }
      }
    }
  }
  return found;
}

/** A host in a URL, in `host:port`, in a list of them, or the whole value. */
const HOST =
  /(?:^|[\s,;="'(]|:\/\/(?:[^\s/@]*@)?)([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?(?=$|[\s,;/"')?])/gi;

/** Keys `namespace/name` of Services that a value names, as a client in `namespace` would reach them. */
export function servicesIn(value: string, namespace: string): Set<string> {
  const keys = new Set<string>();
  if (value.length > 20_000) return keys;
  for (const match of value.matchAll(HOST)) {
    for (const key of servicesOf(match[1] ?? '', namespace)) keys.add(key);
  }
  return keys;
}

/** `db-1.db`: a pod of a StatefulSet, by the name that its governing Service gives it. */
const OF_A_POD = /^[a-z0-9][a-z0-9-]*-\d+\.(.+)$/i;

/** Keys of the Services that a host may stand for: its own, and that of the pod it names. */
function servicesOf(host: string, namespace: string): string[] {
  return [host, OF_A_POD.exec(host)?.[1]].flatMap((name) => {
    const service = name === undefined ? undefined : serviceOfName(name, namespace);
    return service === undefined ? [] : [`${service.namespace}/${service.name}`];
  });
}
