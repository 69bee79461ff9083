/** Who depends on a Service: edge rules that send to it, workloads whose env or args name it, webhooks. Read, never guessed. */
import { serviceOfName } from '../../src/k8s/dns-names.ts';
import { fields, items, texts, type Fields } from '../ingest/read.ts';
import type { Store } from '../store/store.ts';
import type { ObjectFacts } from './objects.ts';
import { groupBy, once, refOf, type StoredObject } from './read.ts';
import { BACKENDS, type BackendRow } from './object-rows.ts';
import type { ServiceFact } from './services.ts';
import { webhooksOf } from './webhooks.ts';
import type { WorkloadFact, WorkloadFacts } from './workloads.ts';

/** One place where a Service is named. */
export interface Dependent {
  readonly object: StoredObject;
  /** `spec.template.spec.containers[0].env[2].value`. */
  readonly path: string;
  readonly value: string;
}

export interface DependencyFacts {
  readonly backends: readonly BackendRow[];
  /** Rules of Ingresses and routes that send to this Service. */
  edges(service: ServiceFact): readonly BackendRow[];
  /** Edge rules and workloads that name it, other than those it stands before; webhooks that must be asked there. */
  of(service: ServiceFact): readonly Dependent[];
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
  return {
    get backends() {
      return backends();
    },
    edges: (service) => byService().get(`${service.namespace}/${service.name}`) ?? [],
    of(service) {
      const key = `${service.namespace}/${service.name}`;
      return [
        ...(byService().get(key) ?? []).map(fromEdge),
        ...(named().get(key) ?? []),
        ...(webhooks().get(key) ?? []),
      ];
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

/** Kinds whose template is worth reading: what makes ReplicaSets and Jobs is read itself. */
const READ = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'ReplicationController']);

function namesRead(workloads: WorkloadFacts, objects: ObjectFacts): Map<string, Dependent[]> {
  const found = new Map<string, Dependent[]>();
  for (const workload of workloads.all) {
    if (!READ.has(workload.kind) || workload.owner !== undefined) continue;
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

interface Word {
  readonly path: string;
  readonly value: string;
  readonly container: string;
}

function wordsOf(workload: WorkloadFact, body: Fields): Word[] {
  const job = workload.kind === 'CronJob';
  const outer = job ? fields(fields(body['spec'])['jobTemplate']) : body;
  const template = fields(fields(outer['spec'])['template']);
  const base = `spec.${job ? 'jobTemplate.spec.' : ''}template.spec`;
  const words: Word[] = [];
  for (const list of ['containers', 'initContainers']) {
    for (const [index, container] of items(fields(template['spec'])[list]).entries()) {
      const at = `${base}.${list}[${index}]`;
      const name = container['name'];
      const of = typeof name === 'string' ? name : '';
      for (const [position, entry] of items(container['env']).entries()) {
        const value = entry['value'];
        if (typeof value === 'string')
          words.push({ path: `${at}.env[${position}].value`, value, container: of });
      }
      for (const key of ['command', 'args']) {
        for (const [position, value] of texts(container[key]).entries())
          words.push({ path: `${at}.${key}[${position}]`, value, container: of });
      }
    }
  }
  return words;
}

/** A host in a URL, in `host:port`, in a list of them, or the whole value. */
const HOST =
  /(?:^|[\s,;="'(]|:\/\/(?:[^\s/@]*@)?)([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?(?=$|[\s,;/"')?])/gi;

/** Keys `namespace/name` of Services that a value names, as a client in `namespace` would reach them. */
export function servicesIn(value: string, namespace: string): Set<string> {
  const keys = new Set<string>();
  if (value.length > 20_000) return keys;
  for (const match of value.matchAll(HOST)) {
    const service = serviceOfName(match[1] ?? '', namespace);
    if (service !== undefined) keys.add(`${service.namespace}/${service.name}`);
  }
  return keys;
}

/** One address in a container's env, command or args, as a client would dial it. */
export interface AddressRead {
  readonly workload: WorkloadFact;
  readonly container: string;
  readonly path: string;
  readonly value: string;
  readonly host: string;
  /** Undefined where the value says none. */
  readonly port: number | undefined;
}

/** A URL, or a host with a port: a bare word in an env is no address of anything. */
const ADDRESS =
  /(?:([a-z][a-z0-9+.-]*):\/\/(?:[^\s/@]*@)?|^|[\s,;="'])([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(?=$|[\s,;/"'?])/gi;

/** Every address that the templates of a cluster's workloads hold, those of Services that are not there included. */
export function addressesRead(facts: {
  readonly workloads: WorkloadFacts;
  body(object: StoredObject): Fields;
}): AddressRead[] {
  return facts.workloads.all.flatMap((workload) => {
    if (!READ.has(workload.kind) || workload.owner !== undefined) return [];
    return wordsOf(workload, facts.body(workload)).flatMap(({ path, value, container }) =>
      value.length > 20_000 || !/[:/]/.test(value)
        ? []
        : [...value.matchAll(ADDRESS)].flatMap((match) => {
            const [, scheme, host = '', digits] = match;
            const port = digits === undefined ? undefined : Number(digits);
            if (scheme === undefined && port === undefined) return [];
            return /[a-z]/i.test(host)
              ? [{ workload, container, path, value, host: host.toLowerCase(), port }]
              : [];
          }),
    );
  });
}
