/** What controllers add to a cluster of `fleet.ts`, and how a test breaks one of its objects. */
import type { KubeObject } from '../evidence.ts';
import { at, object, service, type Fields } from './objects.ts';

const dig = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (here, key) => (typeof here === 'object' && here !== null ? (here as Fields)[key] : undefined),
    value,
  );
const fieldsOf = (value: unknown, ...path: readonly string[]): Fields =>
  (dig(value, ...path) ?? {}) as Fields;
const itemsOf = (value: unknown, ...path: readonly string[]): readonly Fields[] =>
  (dig(value, ...path) ?? []) as readonly Fields[];

/** `Kind namespace/name`, as tests name objects. */
export function keyOf(one: KubeObject): string {
  const { namespace, name } = one['metadata'] as { namespace?: string; name: string };
  return `${String(one['kind'])} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function portOf(port: Fields, pod: KubeObject): unknown {
  const target = port['targetPort'];
  if (typeof target !== 'string') return target;
  const sidecars = itemsOf(pod, 'spec', 'initContainers').filter((one) => one['restartPolicy'] === 'Always');
  return [...itemsOf(pod, 'spec', 'containers'), ...sidecars]
    .flatMap((one) => itemsOf(one, 'ports'))
    .find((one) => one['name'] === target)?.['containerPort'];
}

/** The slice that the EndpointSlice controller keeps for a Service: pods that have an address and have not ended. */
function sliceOf(of: KubeObject, pods: readonly KubeObject[]): KubeObject | undefined {
  const { namespace, name } = fieldsOf(of, 'metadata') as { namespace: string; name: string };
  const selector = dig(of, 'spec', 'selector');
  if (selector === undefined || dig(of, 'spec', 'type') === 'ExternalName') return undefined;
  const wanted = Object.entries(selector as Fields);
  const taken = pods.filter(
    (pod) =>
      dig(pod, 'metadata', 'namespace') === namespace &&
      wanted.every(([key, value]) => dig(pod, 'metadata', 'labels', key) === value) &&
      dig(pod, 'status', 'podIP') !== undefined &&
      !['Succeeded', 'Failed'].includes(String(dig(pod, 'status', 'phase'))),
  );
  const [first] = taken;
  const ports =
    first &&
    itemsOf(of, 'spec', 'ports').flatMap((port) => {
      const number = portOf(port, first);
      return number === undefined
        ? []
        : [{ name: port['name'] ?? '', port: number, protocol: port['protocol'] }];
    });
  return object('discovery.k8s.io/v1', 'EndpointSlice', `${namespace}/${name}-x7k2p`, {
    metadata: {
      generation: first === undefined ? 1 : 4,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    endpoints: taken.map((pod) => endpointOf(pod, dig(of, 'spec', 'publishNotReadyAddresses') === true)),
    ports: ports ?? null,
  });
}

function endpointOf(pod: KubeObject, always: boolean): Fields {
  const ready =
    itemsOf(pod, 'status', 'conditions').find(({ type }) => type === 'Ready')?.['status'] === 'True';
  const terminating = dig(pod, 'metadata', 'deletionTimestamp') !== undefined;
  const { namespace, name, uid } = fieldsOf(pod, 'metadata');
  return {
    addresses: [dig(pod, 'status', 'podIP')],
    conditions: { ready: always || (ready && !terminating), serving: ready, terminating },
    nodeName: dig(pod, 'spec', 'nodeName'),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** The API server's own Service, whose slice it keeps itself. */
const KUBERNETES = [
  service(
    'default/kubernetes',
    undefined,
    [{ name: 'https', port: 443, targetPort: 6443 }],
    { clusterIP: '10.96.0.1' },
    { labels: { component: 'apiserver', provider: 'kubernetes' } },
  ),
  object('discovery.k8s.io/v1', 'EndpointSlice', 'default/kubernetes', {
    metadata: { generation: 1, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['192.168.0.10'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  }),
];

/** Objects and what follows from them: namespaces, the Service of the API server, slices where none is given. */
export function cluster(...given: ReadonlyArray<KubeObject | readonly KubeObject[]>): KubeObject[] {
  const objects = [...given.flat(), ...KUBERNETES] as KubeObject[];
  const pods = objects.filter(({ kind }) => kind === 'Pod');
  const named = new Set(
    objects.flatMap((one) =>
      one['kind'] === 'EndpointSlice'
        ? [
            `${String(dig(one, 'metadata', 'namespace'))}/${String(dig(one, 'metadata', 'labels', 'kubernetes.io/service-name'))}`,
          ]
        : [],
    ),
  );
  const slices = objects
    .filter(
      ({ kind, metadata }) =>
        kind === 'Service' &&
        !named.has(`${String(dig(metadata, 'namespace'))}/${String(dig(metadata, 'name'))}`),
    )
    .flatMap((one): KubeObject[] => [sliceOf(one, pods)].filter((made) => made !== undefined));
  const namespaces = new Set(
    objects.flatMap((one) => [dig(one, 'metadata', 'namespace')].filter((name) => typeof name === 'string')),
  );
  const own = new Set(
    objects.filter(({ kind }) => kind === 'Namespace').map((one) => String(dig(one, 'metadata', 'name'))),
  );
  return [
    ...objects,
    ...slices,
    ...[...namespaces]
      .filter((name) => !own.has(name))
      .map((name) =>
        object('v1', 'Namespace', name, {
          metadata: { labels: { 'kubernetes.io/metadata.name': name } },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        }),
      ),
  ];
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A merge patch (RFC 7386): null takes a field away. */
function merged(base: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const out: Record<string, unknown> = isRecord(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}

/** The objects whose key begins so are patched; null takes them away. One that nothing matches is a mistake of the test. */
export function changed(
  objects: readonly KubeObject[],
  patches: Readonly<Record<string, Fields | null>>,
): KubeObject[] {
  let out = objects as KubeObject[];
  for (const [key, patch] of Object.entries(patches)) {
    if (!out.some((one) => keyOf(one).startsWith(key))) throw new Error(`nothing is called ${key}`);
    out = out.flatMap((one) =>
      !keyOf(one).startsWith(key) ? [one] : patch === null ? [] : [merged(one, patch) as KubeObject],
    );
  }
  return out;
}

/** An Event of core/v1 with a count, about `Kind namespace/name`. */
export function event(
  about: string,
  reason: string,
  message: string,
  more: { first?: string; last?: string; count?: number; by?: string; normal?: boolean } = {},
): KubeObject {
  const [kind = '', path = ''] = about.split(' ');
  const [namespace, name = path] = path.includes('/') ? path.split('/') : ['default'];
  const { first = '14:20:00', last = '14:29:50', count = 6 } = more;
  return object('v1', 'Event', `${namespace}/${name}.${reason.toLowerCase()}${first.replaceAll(':', '')}`, {
    involvedObject: {
      kind,
      name: path.includes('/') ? name : path,
      ...(path.includes('/') ? { namespace } : {}),
      apiVersion: 'v1',
    },
    reason,
    message,
    type: more.normal === true ? 'Normal' : 'Warning',
    count,
    firstTimestamp: at(first),
    lastTimestamp: at(last),
    source: { component: more.by ?? 'kubelet' },
  });
}

/** The same as events.k8s.io/v1 recorders have it in core/v1: no count, an eventTime and a series. */
export function seriesEvent(
  about: string,
  reason: string,
  message: string,
  by = 'default-scheduler',
  first = '14:20:00',
  last = '14:29:50',
): KubeObject {
  const made = event(about, reason, message, { first });
  return {
    ...made,
    count: undefined,
    firstTimestamp: null,
    lastTimestamp: null,
    source: {},
    eventTime: `2026-05-01T${first}.123456Z`,
    series: { count: 9, lastObservedTime: `2026-05-01T${last}.123456Z` },
    reportingComponent: by,
    reportingInstance: `${by}-node-1`,
    action: reason === 'FailedScheduling' ? 'Scheduling' : '',
  };
}
