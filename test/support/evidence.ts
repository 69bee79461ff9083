/** A store made of plain Kubernetes objects, through the very code that loads bundles, for tests of what reads stores. */
import { startIngest } from '../../analyze/ingest/ingest.ts';
import type { Store } from '../../analyze/store/store.ts';
import { createStore, type StoreWriter } from '../../analyze/store/writer.ts';
import type { Change, Gap, Manifest, ProbeResult } from '../../src/bundle/format.ts';
import {
  changesPath,
  listRecordPath,
  logPath,
  metricsPath,
  probePath,
  resourcePartPath,
  type LogName,
} from '../../src/bundle/paths.ts';
import { splitApiVersion } from '../../src/core/ids.ts';

export type KubeObject = Readonly<Record<string, unknown>>;

/** How a list ended. Without a namespace it is of the whole cluster. */
export interface ListGiven {
  readonly outcome: 'complete' | 'partial' | 'failed' | 'absent';
  readonly namespace?: string;
  /** Of a list that is not complete; default `forbidden`. */
  readonly reason?: Gap['reason'];
  readonly status?: number;
  /** It came from the API server's memory. */
  readonly fromCache?: boolean;
}

export interface EvidenceGiven {
  readonly objects?: readonly KubeObject[];
  /**
   * By resource (`services`, `networking.k8s.io/networkpolicies`), where it is not "listed completely, cluster-wide":
   * `'forbidden'` is short for failed with 403; `absent` writes no list record at all.
   */
  readonly lists?: Readonly<
    Record<string, 'forbidden' | 'partial' | 'absent' | ListGiven | readonly ListGiven[]>
  >;
  readonly gaps?: readonly Gap[];
  readonly logs?: ReadonlyArray<
    Partial<LogName> & Pick<LogName, 'namespace' | 'pod' | 'container'> & { text: string }
  >;
  readonly probes?: Readonly<Record<string, readonly ProbeResult[]>>;
  readonly changes?: readonly Change[];
  readonly metrics?: ReadonlyArray<{
    namespace: string;
    pod: string;
    port: string | number;
    label: 'first' | 'last';
    text: string;
  }>;
  /** Small answers kept whole, by path: `health/readyz.txt`, `nodes/node-1/kube-proxy-healthz.json`. */
  readonly documents?: Readonly<Record<string, string>>;
  /** The API server's own counters, at the first and at the last second. */
  readonly apiMetrics?: Readonly<Partial<Record<'first' | 'last', string>>>;
  /** What the manifest says of the API server's answers. */
  readonly latencies?: Manifest['latencies'];
  readonly clockSkew?: Manifest['clockSkew'];
  readonly startedAt?: string;
  /** null: the capture was cut, there is no manifest. */
  readonly endedAt?: string | null;
}

interface Kind {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const row = (apiVersion: string, kind: string, plural: string, namespaced = true): Kind => ({
  ...splitApiVersion(apiVersion),
  kind,
  plural,
  namespaced,
});

/** The kinds recorded as completely listed unless a test says otherwise. */
const KINDS: readonly Kind[] = [
  row('v1', 'Pod', 'pods'),
  row('v1', 'Service', 'services'),
  row('v1', 'Endpoints', 'endpoints'),
  row('v1', 'Event', 'events'),
  row('v1', 'ConfigMap', 'configmaps'),
  row('v1', 'Secret', 'secrets'),
  row('v1', 'ServiceAccount', 'serviceaccounts'),
  row('v1', 'ReplicationController', 'replicationcontrollers'),
  row('v1', 'ResourceQuota', 'resourcequotas'),
  row('v1', 'LimitRange', 'limitranges'),
  row('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  row('v1', 'PersistentVolume', 'persistentvolumes', false),
  row('storage.k8s.io/v1', 'StorageClass', 'storageclasses', false),
  row('v1', 'Namespace', 'namespaces', false),
  row('v1', 'Node', 'nodes', false),
  row('apps/v1', 'Deployment', 'deployments'),
  row('apps/v1', 'ReplicaSet', 'replicasets'),
  row('apps/v1', 'StatefulSet', 'statefulsets'),
  row('apps/v1', 'DaemonSet', 'daemonsets'),
  row('apps/v1', 'ControllerRevision', 'controllerrevisions'),
  row('batch/v1', 'Job', 'jobs'),
  row('batch/v1', 'CronJob', 'cronjobs'),
  row('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  row('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  row('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  row('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  row('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  row('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', false),
  row('coordination.k8s.io/v1', 'Lease', 'leases'),
  row(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
    false,
  ),
  row(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
    false,
  ),
  row('gateway.networking.k8s.io/v1', 'GatewayClass', 'gatewayclasses', false),
  row('gateway.networking.k8s.io/v1', 'Gateway', 'gateways'),
  row('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
];

/** When the capture of a test ran, unless it says otherwise. */
export const STARTED_AT = '2026-05-01T14:30:00Z';
export const ENDED_AT = '2026-05-01T14:30:20Z';

/**
 * A store of the evidence given, in memory unless a path is. Every kind of an object given, and the common kinds without any, are
 * recorded as completely listed cluster-wide, so that an empty list is known to be empty. Close it when done.
 */
export function storeFrom(given: EvidenceGiven, path = ':memory:'): StoreWriter {
  const out = createStore(path);
  const ingest = startIngest(out);
  for (const [path, text] of evidenceFiles(given)) {
    const entry = ingest.open(path);
    entry.write(Buffer.from(text));
    entry.end();
  }
  ingest.finish();
  return out;
}

/** The entries of such a bundle, by path. */
export function evidenceFiles(given: EvidenceGiven): Map<string, string> {
  const startedAt = given.startedAt ?? STARTED_AT;
  const endedAt = given.endedAt === undefined ? ENDED_AT : given.endedAt;
  const files = new Map<string, string>();
  const gaps: Gap[] = [...(given.gaps ?? [])];
  files.set('bundle.json', JSON.stringify(header(startedAt)));
  const kinds = kindsOf(given.objects ?? []);
  for (const kind of kinds) addLists(files, gaps, kind, given, startedAt, endedAt ?? startedAt);
  for (const { text, ...log } of given.logs ?? []) {
    files.set(logPath({ previous: false, part: 1, ...log }), text);
  }
  for (const [probe, results] of Object.entries(given.probes ?? {}))
    files.set(probePath(probe), ndjson(results));
  addChanges(files, given.changes ?? [], kinds);
  for (const [path, text] of Object.entries(given.documents ?? {})) files.set(path, text);
  for (const [label, text] of Object.entries(given.apiMetrics ?? {}))
    files.set(`apiserver/metrics.${label}.prom`, text);
  for (const { namespace, pod, port, label, text } of given.metrics ?? []) {
    files.set(metricsPath(namespace, pod, port, label), text);
  }
  if (endedAt === null) {
    files.set('collectors/gaps.json', JSON.stringify(collector(startedAt, gaps)));
  } else {
    files.set(
      'manifest.json',
      JSON.stringify({ ...manifest(startedAt, endedAt, gaps), ...saidByManifest(given) }),
    );
  }
  return files;
}

function addLists(
  files: Map<string, string>,
  gaps: Gap[],
  kind: Kind,
  given: EvidenceGiven,
  startedAt: string,
  endedAt: string,
): void {
  const resource = kind.group === '' ? kind.plural : `${kind.group}/${kind.plural}`;
  const objects = (given.objects ?? []).filter((object) => isOf(object, kind));
  const said = given.lists?.[resource];
  const lists: readonly ListGiven[] =
    said === undefined
      ? [{ outcome: 'complete' }]
      : said === 'forbidden'
        ? [{ outcome: 'failed', reason: 'forbidden', status: 403 }]
        : typeof said === 'string'
          ? [{ outcome: said }]
          : Array.isArray(said)
            ? (said as readonly ListGiven[])
            : [said as ListGiven];
  for (const list of lists) {
    const { namespace, outcome } = list;
    const of = { ...kind, namespace };
    const listed =
      namespace === undefined ? objects : objects.filter((object) => namespaceOf(object) === namespace);
    if (listed.length > 0 && outcome !== 'failed') files.set(resourcePartPath(of, 1), ndjson(listed));
    if (outcome === 'absent') continue;
    const key = `list:${resource}${namespace === undefined ? '' : `@${namespace}`}`;
    files.set(
      listRecordPath(of),
      JSON.stringify({
        ...of,
        outcome,
        items: outcome === 'failed' ? 0 : listed.length,
        ...(list.fromCache === true ? { fromCache: true } : {}),
        startedAt,
        endedAt,
        ...(outcome === 'complete' ? {} : { gap: key }),
      }),
    );
    if (outcome === 'complete' || gaps.some((gap) => gap.key === key)) continue;
    gaps.push({
      key,
      evidence: 'list',
      subject: { resource, ...(namespace === undefined ? {} : { namespace }) },
      reason: list.reason ?? (outcome === 'partial' ? 'timeout' : 'forbidden'),
      ...(list.status === undefined ? {} : { status: list.status }),
      detail: `${kind.plural} is ${list.reason ?? outcome}`,
      at: endedAt,
      ...(outcome === 'partial' ? { partial: true } : {}),
    });
  }
}

function addChanges(files: Map<string, string>, changes: readonly Change[], kinds: readonly Kind[]): void {
  for (const change of changes) {
    const kind =
      kinds.find((candidate) => isOf(change.object, candidate)) ??
      kindsOf([change.object]).at(-1) ??
      kinds[0];
    if (kind === undefined) continue;
    const path = changesPath(kind.group, kind.version, kind.plural);
    files.set(path, `${files.get(path) ?? ''}${JSON.stringify(change)}\n`);
  }
}

/** The common kinds, and after them those that only the objects tell of. */
function kindsOf(objects: readonly KubeObject[]): Kind[] {
  const kinds = [...KINDS];
  for (const object of objects) {
    if (kinds.some((kind) => isOf(object, kind))) continue;
    const kind = String(object['kind']);
    kinds.push(row(String(object['apiVersion']), kind, pluralOf(kind), namespaceOf(object) !== undefined));
  }
  return kinds;
}

/** `NetworkPolicy` → `networkpolicies`; for kinds that KINDS lacks. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}

function isOf(object: KubeObject, kind: Kind): boolean {
  const { group, version } = splitApiVersion(String(object['apiVersion']));
  return object['kind'] === kind.kind && group === kind.group && version === kind.version;
}

function namespaceOf(object: KubeObject): string | undefined {
  const metadata = object['metadata'];
  const namespace =
    typeof metadata === 'object' && metadata !== null && 'namespace' in metadata
      ? metadata.namespace
      : undefined;
  return typeof namespace === 'string' ? namespace : undefined;
}

function ndjson(rows: readonly unknown[]): string {
  return rows.map((one) => `${JSON.stringify(one)}\n`).join('');
}

function header(startedAt: string): Readonly<Record<string, unknown>> {
  return {
    format: 'inquest-bundle/1',
    id: 'test',
    tool: { name: 'inquest', version: '0.0.0' },
    cluster: { name: 'test', version: 'v1.36.3' },
    scope: { sinceSeconds: 3600, timeoutSeconds: 60 },
    startedAt,
    redaction: { mode: 'default' },
  };
}

function saidByManifest({ latencies, clockSkew }: EvidenceGiven): object {
  return {
    ...(latencies === undefined ? {} : { latencies }),
    ...(clockSkew === undefined ? {} : { clockSkew }),
  };
}

function collector(startedAt: string, gaps: readonly Gap[]): Readonly<Record<string, unknown>> {
  return { id: 'test', outcome: 'partial', startedAt, ms: 1, records: 0, bytes: 0, gaps };
}

function manifest(
  startedAt: string,
  endedAt: string,
  gaps: readonly Gap[],
): Readonly<Record<string, unknown>> {
  return {
    format: 'inquest-bundle/1',
    id: 'test',
    startedAt,
    endedAt,
    end: 'complete',
    entries: [],
    segments: [],
    collectors: [],
    gaps,
    redactions: {},
  };
}

export type { Store };
