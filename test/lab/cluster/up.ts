// Brings a lab up: from nothing, from whatever a crash left, or from a running one that misses a part.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureBuilt, neededRecipes, type Report } from '../build/build.ts';
import { ensureImages } from '../build/images.ts';
import { ensurePackages } from '../build/packages.ts';
import { connect, hasCondition, type Kube, field } from '../kube.ts';
import { LabError } from '../lab-error.ts';
import { until } from '../run.ts';
import { fromJson, messageOf } from '../values.ts';
import { makeCgroups } from './cgroups.ts';
import { configureOutsideDns, controlPlane } from './control-plane.ts';
import { clean, isClean } from './down.ts';
import { type Lab, type LabNode } from './lab.ts';
import { withLock } from './lock.ts';
import { hasNetwork, makeNetwork } from './network.ts';
import { componentName, configureNode, importImages, nodeComponents } from './node.ts';
import { kubeconfigFor, makePki, writeComponentKubeconfig } from './pki.ts';
import { bootId } from './proc.ts';
import { type Component, isRunning, logFile, recordOf, start } from './processes.ts';

/** What `up` remembers; written when it starts, and again when all is ready. */
export interface LabState {
  phase: 'starting' | 'ready';
  port: number;
  bootId: string;
}

export interface UpResult {
  /** Whether nothing had to be done. */
  already: boolean;
  seconds: number;
}

const stateFile = (lab: Lab): string => join(lab.dir, 'state.json');
const firstPort = 16_443;

/** What an earlier `up` remembered; undefined when there is no lab. */
export function stateOf(lab: Lab): LabState | undefined {
  try {
    return fromJson<LabState>(readFileSync(stateFile(lab), 'utf8'));
  } catch {
    return undefined;
  }
}

async function writeState(lab: Lab, state: LabState): Promise<void> {
  await writeFile(`${stateFile(lab)}.tmp`, JSON.stringify(state, null, 2));
  await rename(`${stateFile(lab)}.tmp`, stateFile(lab));
}

/** The lock under which a lab is changed; beside its folder, which `down` removes. */
export const labLock = (lab: Lab): string => `${lab.dir}.lock`;

/** Everything the lab consists of, in starting order. */
export function componentsOf(lab: Lab, port: number): Component[] {
  return [...controlPlane(lab, port), ...lab.nodes.flatMap((node) => nodeComponents(lab, node))];
}

/** Brings the lab up and returns when nodes and DNS are ready. */
export async function up(lab: Lab, report: Report): Promise<UpResult> {
  const began = Date.now();
  const result = (already: boolean): UpResult => ({ already, seconds: (Date.now() - began) / 1000 });
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new LabError('the lab needs Linux and root', 'It makes network namespaces, cgroups and mounts.');
  }
  if (await isHealthy(lab)) return result(true);
  await ensurePackages(report);
  await ensureBuilt(neededRecipes, report);
  await ensureImages(report);
  return await withLock(
    labLock(lab),
    (pid) => report(`another process (${pid}) is at work on lab ${lab.name}; waiting for it`),
    async () => {
      if (await isHealthy(lab)) return result(true);
      if (canRepair(lab)) await repair(lab, report);
      else await fresh(lab, report);
      return result(false);
    },
  );
}

async function isHealthy(lab: Lab): Promise<boolean> {
  const state = stateOf(lab);
  if (state?.phase !== 'ready' || missingComponents(lab, state).length > 0) return false;
  const kube = connect(lab.kubeconfig);
  try {
    return (await kube.raw('GET', '/readyz', { timeout: 1500, accept: '*/*' })).status === 200;
  } catch {
    return false;
  } finally {
    kube.close();
  }
}

function missingComponents(lab: Lab, state: LabState): Component[] {
  return componentsOf(lab, state.port).filter(({ name }) => {
    const record = recordOf(lab, name);
    return record === undefined || !isRunning(record);
  });
}

/** A lab that once was ready on this very boot is worth mending: its objects and pods are still there. */
function canRepair(lab: Lab): boolean {
  const state = stateOf(lab);
  return state?.phase === 'ready' && state.bootId === bootId() && hasNetwork(lab);
}

async function repair(lab: Lab, report: Report): Promise<void> {
  const state = stateOf(lab);
  if (state === undefined) return;
  for (const component of missingComponents(lab, state)) {
    report(`starting ${component.name} again`);
    start(lab, component);
  }
  await waitReady(lab, report).catch((error: unknown) => {
    throw new LabError(
      `lab ${lab.name} did not recover: ${messageOf(error)}`,
      'Run `npm run lab down`, then `up` again.',
      error,
    );
  });
}

async function fresh(lab: Lab, report: Report): Promise<void> {
  if (!isClean(lab)) {
    report('removing what an earlier run left');
    await clean(lab);
  }
  await mkdir(join(lab.dir, 'run'), { recursive: true });
  const port = await freePort();
  await writeState(lab, { phase: 'starting', port, bootId: bootId() });
  report('network, certificates, configuration');
  makeCgroups(lab);
  await Promise.all([makeNetwork(lab), makePki(lab)]);
  for (const name of ['controller-manager', 'scheduler', 'kube-proxy', ...lab.nodes.map((node) => node.name)])
    await writeComponentKubeconfig(lab, name);
  await writeFile(
    lab.kubeconfig,
    await kubeconfigFor(lab, `https://127.0.0.1:${port}`, { name: 'kubernetes-admin', certificate: 'admin' }),
    { mode: 0o600 },
  );
  await Promise.all([
    configureOutsideDns(lab),
    ...lab.nodes.map(async (node) => await configureNode(lab, node)),
  ]);

  report('starting the control plane and containerd');
  const [first, later] = inTwo(controlPlane(lab, port));
  for (const component of first) start(lab, component);
  const imported = Promise.all(lab.nodes.map(async (node) => await startRuntime(lab, node)));
  const kube = connect(lab.kubeconfig);
  try {
    await Promise.all([waitForApi(lab, kube), imported]);
    report('API server ready, images imported; starting the nodes');
    for (const component of later) start(lab, component);
    await registerNodes(lab, kube);
    for (const node of lab.nodes) for (const component of nodeComponents(lab, node)) start(lab, component);
    await kube.apply(await readFile(join(import.meta.dirname, '..', 'manifests', 'coredns.yaml'), 'utf8'));
  } finally {
    kube.close();
  }
  await waitReady(lab, report);
  await writeState(lab, { phase: 'ready', port, bootId: bootId() });
}

/** The controllers end themselves when the API server does not know its roles yet, so they wait for it. */
function inTwo(components: readonly Component[]): [Component[], Component[]] {
  const clients = ['kube-controller-manager', 'kube-scheduler'];
  return [
    components.filter(({ name }) => !clients.includes(name)),
    components.filter(({ name }) => clients.includes(name)),
  ];
}

async function startRuntime(lab: Lab, node: LabNode): Promise<void> {
  for (const component of nodeComponents(lab, node))
    if (component.name === componentName(node, 'containerd')) start(lab, component);
  await importImages(node);
}

/** The nodes exist before their kubelets, so that each gets the pod addresses its routes are made for. */
async function registerNodes(lab: Lab, kube: Kube): Promise<void> {
  for (const node of lab.nodes) {
    await kube.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: node.name,
        labels: { 'kubernetes.io/hostname': node.name, 'kubernetes.io/os': 'linux' },
      },
      spec: { podCIDR: node.podCidr, podCIDRs: [node.podCidr] },
    });
  }
}

async function waitForApi(lab: Lab, kube: Kube): Promise<void> {
  await until('API server', 60_000, async () => {
    requireRunning(lab, ['etcd', 'kube-apiserver', 'api-door', 'api-door-inside']);
    return (await kube.raw('GET', '/readyz', { timeout: 2000, accept: '*/*' })).status === 200;
  });
}

async function waitReady(lab: Lab, report: Report): Promise<void> {
  const kube = connect(lab.kubeconfig);
  try {
    await waitForApi(lab, kube);
    for (const node of lab.nodes) {
      await kube.waitFor({ kind: 'Node', name: node.name }, (object) => hasCondition(object, 'Ready'), {
        timeout: 90_000,
        what: `${node.name} Ready`,
      });
    }
    report('nodes Ready; waiting for DNS');
    await kube.waitFor(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' },
      (object) =>
        Number(field(object, 'status.readyReplicas') ?? 0) > 0 &&
        field(object, 'status.readyReplicas') === field(object, 'spec.replicas'),
      { timeout: 90_000, what: 'CoreDNS ready' },
    );
  } finally {
    kube.close();
  }
}

/** Fails at once, with the end of the log, where waiting would be in vain. */
function requireRunning(lab: Lab, names: readonly string[]): void {
  for (const name of names) {
    const record = recordOf(lab, name);
    if (record !== undefined && isRunning(record)) continue;
    const log = existsSync(logFile(lab, name))
      ? readFileSync(logFile(lab, name), 'utf8').trim().split('\n').slice(-5).join('\n')
      : '';
    throw new LabError(`${name} ended`, `Its log ends with:\n${log}`);
  }
}

async function freePort(): Promise<number> {
  for (let port = firstPort; port < firstPort + 100; port += 1) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new LabError(`no free port from ${firstPort} on`);
}
