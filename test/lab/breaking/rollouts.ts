// A server with its Service, and rollouts of it that go well or leave the Service behind.
import { field, items, type Kube, type KubeObject } from '../kube.ts';
import { until } from '../run.ts';

export interface ServerOptions {
  name: string;
  replicas?: number;
  /** Labels of the pods besides `app.kubernetes.io/name`, and what the Service selects by; `{app: name}` unless told. */
  labels?: Record<string, string>;
  /** Arguments of agnhost. */
  args?: readonly string[];
  /** Of the Service and of the container; agnhost netexec listens on 8080 unless `args` say otherwise. */
  port?: number;
  targetPort?: number | string;
  nodeName?: string;
  /** Scheduled there and nowhere else; `nodeName` would go by the scheduler, and by taints. */
  onlyOn?: string;
}

/**
 * Applies a Deployment of agnhost netexec and a Service before it, and waits until it is rolled out.
 * A Deployment's selector cannot be changed: it selects by `app.kubernetes.io/name`, the Service by
 * `labels`, so that a rollout can move those.
 */
export async function applyServer(kube: Kube, namespace: string, options: ServerOptions): Promise<void> {
  const { name, labels = { app: options.name }, port = 80 } = options;
  await kube.apply([
    deploymentFor(namespace, { ...options, labels }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: { 'app.kubernetes.io/name': name } },
      spec: { selector: labels, ports: [{ name: 'http', port, targetPort: options.targetPort ?? 'http' }] },
    },
  ]);
  await waitForRollout(kube, namespace, name);
}

function deploymentFor(namespace: string, options: ServerOptions): KubeObject {
  const { name, replicas = 2, labels = {}, args = ['netexec', '--udp-port=-1'] } = options;
  const selected = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: selected },
    spec: {
      replicas,
      selector: { matchLabels: selected },
      template: {
        metadata: { labels: { ...selected, ...labels } },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...(options.nodeName === undefined ? {} : { nodeName: options.nodeName }),
          ...(options.onlyOn === undefined
            ? {}
            : { nodeSelector: { 'kubernetes.io/hostname': options.onlyOn } }),
          containers: [
            {
              name: 'app',
              image: 'lab/agnhost:1',
              imagePullPolicy: 'Never',
              args,
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/hostname', port: 'http' }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}

/** Changes labels of a Deployment's pods by a rollout, the Service untouched, and waits for its end. */
export async function relabelPods(
  kube: Kube,
  namespace: string,
  name: string,
  labels: Record<string, string>,
): Promise<void> {
  const template = { metadata: { labels } };
  await kube.patch({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace }, { spec: { template } });
  await waitForRollout(kube, namespace, name);
}

/** What EndpointSlices list behind a Service, ready or not. */
export async function endpointsOf(kube: Kube, namespace: string, service: string): Promise<unknown[]> {
  const slices = await kube.list({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  return slices.flatMap((slice) => items(slice, 'endpoints'));
}

/** How many of them are ready. */
export async function readyEndpoints(kube: Kube, namespace: string, service: string): Promise<number> {
  const endpoints = await endpointsOf(kube, namespace, service);
  return endpoints.filter((endpoint) => field(endpoint, 'conditions.ready') === true).length;
}

/** A server whose Service a rollout left behind; returns when no endpoint is left, not even one that still drains. */
export async function applyLeftBehind(kube: Kube, namespace: string, name: string): Promise<void> {
  await applyServer(kube, namespace, { name, labels: { app: `${name}-v1` } });
  await relabelPods(kube, namespace, name, { app: `${name}-v2` });
  const isEmpty = async (): Promise<boolean> => (await endpointsOf(kube, namespace, name)).length === 0;
  await until(`${name} without endpoints`, 30_000, isEmpty);
}

/** Waits until every replica is of the newest template and available, and no older one is left. */
export async function waitForRollout(
  kube: Kube,
  namespace: string,
  name: string,
  timeout = 60_000,
): Promise<KubeObject> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace };
  return await kube.waitFor(ref, isRolledOut, { timeout, what: `rollout of ${namespace}/${name}` });
}

function isRolledOut(deployment: KubeObject): boolean {
  const wanted = Number(field(deployment, 'spec.replicas') ?? 1);
  const counted = ['replicas', 'updatedReplicas', 'availableReplicas'].map((key) =>
    Number(field(deployment, `status.${key}`) ?? 0),
  );
  const observed =
    field(deployment, 'status.observedGeneration') === field(deployment, 'metadata.generation');
  return observed && counted.every((count) => count === wanted);
}
