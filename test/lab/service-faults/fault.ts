/** What a fault of a Service is made of, what must come of it, and when it shows: the same for those that must stay quiet. */
import { field, items, text, type Kube, type KubeObject } from '../kube.ts';
import { agnhost, deployed, netexec, ports, shell, type Container, type Made } from '../pod-faults/fault.ts';
import { until } from '../run.ts';

export { agnhost, deployed, netexec, ports, shell };

/** Keys of findings without their namespace: `service/target-port:Service/NS/web`, in which NS stands for it. */
export interface ServiceFault {
  readonly name: string;
  /** Applied in this order into a namespace of its own. */
  objects(namespace: string): readonly KubeObject[];
  /** Done once they stand and their pods run; returns when what it breaks shows. */
  last?(kube: Kube, namespace: string): Promise<void>;
  /** What clients must have said in their log before the capture, by the name of their Deployment. */
  readonly said?: Readonly<Record<string, RegExp>>;
  /** All the roots there are to be; none unless told. */
  readonly roots?: readonly string[];
  /** All the symptoms that nothing is to explain. */
  readonly unexplained?: readonly string[];
  /** Checks that must answer unknown for an object of the namespace. */
  readonly unknown?: readonly string[];
  /** What the first root must say, its detail included. */
  readonly says?: RegExp;
  /** The consequences that the first root must explain. */
  readonly explains?: readonly string[];
  /** Seen only when the capture looks from inside (`--allow-exec`). */
  readonly inside?: boolean;
  /** Deployments that never get ready. */
  readonly unready?: readonly string[];
}

/** Long enough for a machine that is twice as slow and busy. */
export const PATIENCE = { timeout: 180_000 } as const;

const quickly = { periodSeconds: 3, failureThreshold: 2, timeoutSeconds: 5 };

/** A web server on 8080, Ready only when it answers. */
export function server(more: Container = {}, made: Made = {}): KubeObject {
  return deployed(
    {
      ...netexec,
      ...ports(8080),
      readinessProbe: { httpGet: { path: '/hostname', port: 8080 }, ...quickly },
      ...more,
    },
    made,
  );
}

/** A Service `web` with port 80 to 8080 of the pods `app: web`, unless told otherwise. */
export function serving(spec: Readonly<Record<string, unknown>> = {}, name = 'web'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

/** The container of a client that tries this address, as a shell reads it, again and again, and says when that fails. */
export function calling(address: string, container: Container = {}): Container {
  return {
    ...agnhost,
    ...shell(
      `address=${address}; while true; do out=$(agnhost connect $address --timeout=3s 2>&1) || echo "ERROR cannot connect to $address: $out"; sleep 5; done`,
    ),
    ...container,
  };
}

/** A Deployment `cart` of a client. */
export function client(container: Container, made: Made = {}): KubeObject {
  return deployed(container, { name: 'cart', ...made });
}

export function onNode(name: string): Made {
  return { spec: { nodeSelector: { 'kubernetes.io/hostname': name } } };
}

/** Variables in a container's env. */
export function env(values: Readonly<Record<string, string>>): Container {
  return { env: Object.entries(values).map(([name, value]) => ({ name, value })) };
}

export function configMap(name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** An EndpointSlice of Service `web` that nobody's controller keeps. */
export function handKept(
  address: string,
  port: Readonly<Record<string, unknown>> = { port: 8080 },
  endpoint: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-by-hand', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true }, ...endpoint }],
    ports: [{ protocol: 'TCP', ...port }],
  };
}

/** Waits until every Deployment of the namespace but these has all its pods ready. */
export async function allReady(kube: Kube, namespace: string, but: readonly string[] = []): Promise<void> {
  for (const { metadata } of await kube.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace })) {
    if (but.includes(metadata.name)) continue;
    await kube.waitFor(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: metadata.name },
      (one) => (field(one, 'status.readyReplicas') ?? 0) === field(one, 'spec.replicas'),
      PATIENCE,
    );
  }
}

/** Waits until a pod of the Deployment has said this. */
export async function hasSaid(kube: Kube, namespace: string, name: string, words: RegExp): Promise<void> {
  await until(`${name} of ${namespace} to say ${words.source}`, PATIENCE.timeout, async () => {
    const pods = await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${name}` });
    for (const pod of pods) {
      if (field(pod, 'status.phase') !== 'Running') continue;
      if (words.test(await kube.logs(namespace, pod.metadata.name, { tailLines: 50 }))) return true;
    }
    return undefined;
  });
}

/** Waits until the Service has so many ready endpoints. */
export async function endpointsReady(
  kube: Kube,
  namespace: string,
  name: string,
  count: number,
): Promise<void> {
  await until(`${count} ready endpoints of ${namespace}/${name}`, PATIENCE.timeout, async () => {
    const slices = await kube.list({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      labelSelector: `kubernetes.io/service-name=${name}`,
    });
    const ready = slices
      .flatMap((slice) => items(slice, 'endpoints'))
      .filter((one) => field(one, 'conditions.ready') === true);
    return slices.length > 0 && ready.length === count ? true : undefined;
  });
}

/** Sets what a load balancer would say of itself. */
export async function balanced(kube: Kube, namespace: string, address: string): Promise<void> {
  await kube.patch(
    { kind: 'Service', namespace, name: 'web' },
    { status: { loadBalancer: { ingress: [{ ip: address }] } } },
    'merge',
    'status',
  );
}

/** The address of a node. */
export async function addressOf(kube: Kube, node: string): Promise<string> {
  const found = items(await kube.get({ kind: 'Node', name: node }), 'status.addresses').find(
    (one) => field(one, 'type') === 'InternalIP',
  );
  return text(found, 'address');
}
