// A lab of its own with pretended nodes (kwok) and thousands of pods that are well.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { builtDir } from '../build/recipes.ts';
import { type Lab, labNamed } from '../cluster/lab.ts';
import type { Kube, KubeObject } from '../kube.ts';
import { labCommand } from '../lab-command.ts';
import { until } from '../run.ts';

export const NAMESPACE = 'scale';
const EACH = 100;
const stages = join(import.meta.dirname, '..', 'manifests', 'kwok-stages.yaml');

/** The lab for scale: other labs are not disturbed, and its control plane is told to be quick. */
export const scaleLab: Lab = labNamed('scale');

/** `npm run lab COMMAND` on the lab for scale. */
export async function scaleCommand(...args: readonly string[]): Promise<void> {
  await labCommand(scaleLab.name, args, { INQUEST_LAB_SCALE: '1' });
}

/** Plays the kubelets of the pretended nodes until it is killed; what it says goes to `log`. */
export function startKwok(log: string): ChildProcess {
  const args = [
    `--kubeconfig=${scaleLab.kubeconfig}`,
    `--config=${stages}`,
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    // It renews four times as often: a busy machine has minutes until a node looks dead.
    '--node-lease-duration-seconds=200',
  ];
  const kwok = join(builtDir('kwok'), 'kwok');
  return spawn('sh', ['-c', `exec ${kwok} ${args.join(' ')} >${log} 2>&1`], { stdio: 'ignore' });
}

/**
 * Nodes, then Deployments of 100 pods with a Service each, until every pod is ready and in its Service's endpoints.
 *
 * @throws LabError when they are not within `timeout` milliseconds.
 */
export async function fill(
  kube: Kube,
  { nodes, pods, timeout }: { readonly nodes: number; readonly pods: number; readonly timeout: number },
): Promise<void> {
  for (let index = 0; index < nodes; index += 1) await kube.create(fakeNode(`fake-${index}`));
  // A pod takes its address from its node's block: one that comes before it would share another's.
  await until('nodes that are ready and have addresses', timeout, async () => {
    const found = await kube.list({ kind: 'Node', labelSelector: 'type=kwok' });
    return found.filter(isReady).length >= nodes;
  });
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  for (let index = 0; index < pods / EACH; index += 1)
    await kube.apply([service(`web-${index}`), deployment(`web-${index}`, `fake-${index % nodes}`)]);
  let told = '';
  const state = async (): Promise<boolean> => {
    const ready = sum(
      await kube.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE }),
      readyReplicas,
    );
    const slices =
      ready < pods
        ? []
        : await kube.list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace: NAMESPACE });
    const endpoints = sum(slices, readyEndpoints);
    told = `${ready} of ${pods} pods ready, ${endpoints} ready endpoints`;
    return ready >= pods && endpoints >= pods;
  };
  await until('all pods ready', timeout, state, 3000).catch((error: unknown) => {
    throw new Error(`${told}: ${String(error)}`);
  });
}

function sum(objects: readonly KubeObject[], of: (object: KubeObject) => number): number {
  return objects.reduce((total, object) => total + of(object), 0);
}

function readyReplicas({ status }: KubeObject): number {
  return Number((status as { readyReplicas?: number } | undefined)?.readyReplicas) || 0;
}

function readyEndpoints({ endpoints }: KubeObject): number {
  const list = (endpoints ?? []) as ReadonlyArray<{ conditions?: { ready?: boolean } }>;
  return list.filter(({ conditions }) => conditions?.ready === true).length;
}

function isReady({ spec, status }: KubeObject): boolean {
  const { podCIDR } = spec as { podCIDR?: string };
  const { conditions = [] } = status as { conditions?: ReadonlyArray<{ type: string; status: string }> };
  return podCIDR !== undefined && conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

function fakeNode(name: string): KubeObject {
  const room = { cpu: '32', memory: '256Gi', pods: '250' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { type: 'kwok', 'kubernetes.io/hostname': name },
    },
    spec: { taints: [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }] },
    status: { allocatable: room, capacity: room },
  };
}

function service(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
}

/** Its pods name their node themselves: thousands that the scheduler binds take minutes longer. */
function deployment(name: string, nodeName: string): KubeObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: EACH,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeName,
          tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }],
          containers: [
            {
              name: 'app',
              image: 'example.com/app:1',
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { tcpSocket: { port: 'http' } },
              resources: { requests: { cpu: '10m', memory: '16Mi' } },
            },
          ],
        },
      },
    },
  };
}
