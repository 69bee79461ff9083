/** What workloads are configured with: words of their templates, lines of their ConfigMaps, and the addresses in both. */
import { fields, items, texts, type Fields } from '../../ingest/read.ts';
import type { ObjectFacts } from '../objects.ts';
import { dig, type StoredObject } from '../read.ts';
import { podSpecOf, usesIn } from '../users.ts';
import type { WorkloadFact, WorkloadFacts } from '../workloads.ts';

/** Kinds whose template is worth reading: what makes ReplicaSets and Jobs is read itself. */
const READ = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'Job',
  'ReplicationController',
  'Rollout',
  'DeploymentConfig',
]);

/** Of revisions whose controller is not in the bundle, those that want pods speak for it. */
export function isReadItself(workloads: Pick<WorkloadFacts, 'isOutermost'>, workload: WorkloadFact): boolean {
  const { kind, replicas, owner } = workload;
  if (kind === 'ReplicaSet') return owner !== undefined && replicas !== 0 && workloads.isOutermost(workload);
  return READ.has(kind) && workloads.isOutermost(workload);
}

/** A value of a container's env, command or args. */
export interface Word {
  readonly path: string;
  readonly value: string;
  readonly container: string;
  /** Of a variable. */
  readonly name: string | undefined;
}

export function wordsOf(workload: WorkloadFact, body: Fields): Word[] {
  const spec = podSpecOf(workload, body);
  const base = `spec.${workload.kind === 'CronJob' ? 'jobTemplate.spec.' : ''}template.spec`;
  const words: Word[] = [];
  for (const list of ['containers', 'initContainers']) {
    for (const [index, container] of items(spec[list]).entries()) {
      const at = `${base}.${list}[${index}]`;
      const called = container['name'];
      const of = typeof called === 'string' ? called : '';
      for (const [position, entry] of items(container['env']).entries()) {
        const { name, value } = entry;
        if (typeof value === 'string')
          words.push({
            path: `${at}.env[${position}].value`,
            value,
            container: of,
            name: typeof name === 'string' ? name : undefined,
          });
      }
      for (const key of ['command', 'args']) {
        for (const [position, value] of texts(container[key]).entries())
          words.push({ path: `${at}.${key}[${position}]`, value, container: of, name: undefined });
      }
    }
  }
  return words;
}

export interface Host {
  readonly host: string;
  /** Undefined where the text says none. */
  readonly port: number | undefined;
}

/** A URL, or a host with a port: a bare word in an env is no address of anything. */
const ADDRESS =
  /(?:([a-z][a-z0-9+.-]*):\/\/(?:[^\s/@]*@)?|^|[\s,;="'])([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(?=$|[\s,;/"'?])/gi;
/** `DB_HOST=postgres`, `upstream: payment`, `--redis-host=cache`: the word before says that a host follows. */
const KEYED =
  /(?:^|[\s"'_.-])(?:host|hostname|addr|address|server|endpoint|upstream)s?["']?\s*[:=]\s*["']?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["']?\s*[,;]?\s*$/gi;
/** A name of the cluster's own, wherever it stands. */
const OF_CLUSTER = /(?:^|[^a-z0-9.-])([a-z0-9-]+\.[a-z0-9-]+\.svc(?:\.[a-z0-9-]+)*)(?![a-z0-9.-])/gi;

const LONGEST = 20_000;

/** The hosts that a line or value gives as something to talk to. */
export function hostsInSetting(text: string): Host[] {
  if (text.length > LONGEST || !/[:/=.]/.test(text)) return [];
  const found = new Map<string, Host>();
  const add = (host: string | undefined, port?: number): void => {
    const plain = host?.toLowerCase();
    if (plain === undefined || !/[a-z]/.test(plain)) return;
    if (port !== undefined || ![...found.values()].some((one) => one.host === plain))
      found.set(`${plain}:${port ?? ''}`, { host: plain, port });
  };
  for (const [, scheme, host, digits] of text.matchAll(ADDRESS)) {
    const port = digits === undefined ? undefined : Number(digits);
    if (scheme !== undefined || port !== undefined) add(host, port);
  }
  for (const [, host] of text.matchAll(KEYED)) add(host);
  for (const [, host] of text.matchAll(OF_CLUSTER)) add(host);
  return [...found.values()];
}

/** A line of a ConfigMap that a workload uses, and the hosts in it. */
export interface ConfigLine {
  readonly within: StoredObject;
  /** `data["app.yaml"]`. */
  readonly path: string;
  readonly value: string;
  readonly hosts: readonly Host[];
}

const MOST_LINES = 2000;
const COMMENT = /^\s*(?:#|\/\/|;|<!--)/;

/** Reads each ConfigMap once, however many workloads use it. */
export function configReader(
  objects: Pick<ObjectFacts, 'find' | 'body'>,
): (workload: WorkloadFact) => ConfigLine[] {
  const known = new Map<string, readonly ConfigLine[]>();
  const linesOf = (namespace: string, name: string): readonly ConfigLine[] => {
    const key = `${namespace}/${name}`;
    const map = known.has(key) ? undefined : objects.find('configmaps', namespace, name);
    const lines = known.get(key) ?? (map === undefined ? [] : readMap(map, objects.body(map)));
    known.set(key, lines);
    return lines;
  };
  return (workload) =>
    usesIn(podSpecOf(workload, objects.body(workload))).flatMap((use) =>
      use.kind === 'ConfigMap'
        ? linesOf(workload.namespace, use.name).filter(
            ({ path }) => use.key === undefined || path === pathOf(use.key),
          )
        : [],
    );
}

function pathOf(key: string): string {
  return `data["${key}"]`;
}

function readMap(within: StoredObject, body: Fields): ConfigLine[] {
  return Object.entries(fields(dig(body, 'data'))).flatMap(([key, content]) => {
    if (typeof content !== 'string') return [];
    const lines = content.split('\n');
    return lines.slice(0, MOST_LINES).flatMap((line): ConfigLine[] => {
      if (COMMENT.test(line)) return [];
      // A key with one line is read as a variable most often: its name says what the value is.
      const hosts = hostsInSetting(lines.length === 1 ? `${key}=${line}` : line);
      return hosts.length === 0
        ? []
        : [{ within, path: pathOf(key), value: line.trim().slice(0, 500), hosts }];
    });
  });
}

/** One address that a workload is configured with, as a client would dial it. */
export interface AddressRead extends Host {
  readonly workload: WorkloadFact;
  /** Undefined where any of its containers may read it. */
  readonly container: string | undefined;
  /** The workload itself or a ConfigMap that it uses. */
  readonly within: StoredObject;
  readonly path: string;
  readonly value: string;
}

/** Every address that a cluster's workloads are configured with, those of Services that are not there included. */
export function addressesRead(facts: {
  readonly workloads: WorkloadFacts;
  body(object: StoredObject): Fields;
  find(resource: string, namespace: string | undefined, name: string): StoredObject | undefined;
}): AddressRead[] {
  const read = configReader(facts);
  return facts.workloads.all.flatMap((workload) => {
    if (!isReadItself(facts.workloads, workload)) return [];
    const own = wordsOf(workload, facts.body(workload)).flatMap(({ path, value, container, name }) =>
      [...hostsInSetting(value), ...(name === undefined ? [] : hostsInSetting(`${name}=${value}`))].map(
        (host) => ({
          ...host,
          workload,
          container,
          within: workload,
          path,
          value,
        }),
      ),
    );
    const mounted = read(workload).flatMap(({ hosts, ...line }) =>
      hosts.map((host) => ({ ...host, ...line, workload, container: undefined })),
    );
    return distinct([...own, ...mounted]);
  });
}

/** The same address is named in many places: the first is as good as the rest. */
function distinct(list: readonly AddressRead[]): AddressRead[] {
  const found = new Map<string, AddressRead>();
  for (const one of list) {
    const key = `${one.container ?? ''} ${one.host}:${one.port ?? ''}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
