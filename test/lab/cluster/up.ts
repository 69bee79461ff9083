// Brings a lab up: from nothing, from whatever a crash left, or from a running one that misses a part.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { ensureBuilt, neededRecipes, type Report } from '../build/build.ts';
import { ensureImages } from '../build/images.ts';
import { ensurePackages } from '../build/packages.ts';
import { connect, field, hasCondition, type Kube, type KubeObject } from '../kube.ts';
import { LabError } from '../lab-error.ts';
import { until } from '../run.ts';
import { fromJson, messageOf } from '../values.ts';
import { makeCgroups, setFrozen } from './cgroups.ts';
import { configureOutsideDns, controlPlane } from './control-plane.ts';
import { clean, isClean } from './down.ts';
import { type Lab, labNamed, type LabNode } from './lab.ts';
import { withLock } from './lock.ts';
import { hasNetwork, makeNetwork, setLink } from './network.ts';
import { configureNode, importImages, nodeComponents, startNodeComponents, startRuntime } from './node.ts';
import { kubeconfigFor, makePki, writeComponentKubeconfig } from './pki.ts';
import { bootId, signal } from './proc.ts';
import { type Component, isRunning, logFile, ownedProcesses, recordOf, start } from './processes.ts';

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
  allowManyWatchers();
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

/** Each lab has some 20 inotify instances, and 128, the kernel's default for all of a user, are too few for six of them. */
function allowManyWatchers(): void {
  const file = '/proc/sys/fs/inotify/max_user_instances';
  try {
    if (Number(readFileSync(file, 'utf8')) < 1024) writeFileSync(file, '1024');
  } catch {
    // Not every machine lets it be set; one lab gets by.
  }
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
  for (const { name } of missingComponents(lab, state)) report(`${name} does not run; starting it again`);
  // A test that was killed may have left anything stopped, frozen or unplugged.
  for (const pid of ownedProcesses(lab)) signal(pid, 'SIGCONT');
  for (const node of lab.nodes) {
    setFrozen(node, false);
    await setLink(lab, node, true);
  }
  const kube = connect(lab.kubeconfig);
  try {
    await startControlPlane(lab, state.port, kube);
    await Promise.all(lab.nodes.map(async (node) => await startNodeComponents(lab, node)));
    await waitReady(kube, lab, report);
  } catch (error) {
    const hint = 'Run `npm run lab down`, then `up` again.';
    throw new LabError(`lab ${lab.name} did not recover: ${messageOf(error)}`, hint, error);
  } finally {
    kube.close();
  }
}

async function fresh(lab: Lab, report: Report): Promise<void> {
  if (!isClean(lab)) {
    report('removing what an earlier run left');
    await clean(lab);
  }
  await mkdir(join(lab.dir, 'run'), { recursive: true });
  const port = await takePort(lab);
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

  const kube = connect(lab.kubeconfig);
  try {
    report('starting the control plane and containerd');
    await Promise.all([
      startControlPlane(lab, port, kube),
      ...lab.nodes.map(async (node) => await prepareNode(lab, node)),
    ]);
    report('API server ready, images imported; starting the nodes');
    await registerNodes(lab, kube);
    await Promise.all(lab.nodes.map(async (node) => await startNodeComponents(lab, node)));
    await kube.apply(await readFile(join(import.meta.dirname, '..', 'manifests', 'coredns.yaml'), 'utf8'));
    await waitReady(kube, lab, report);
  } finally {
    kube.close();
  }
  await writeState(lab, { phase: 'ready', port, bootId: bootId() });
}

/** The controllers end themselves when the API server does not know its roles yet, so they wait for it. */
async function startControlPlane(lab: Lab, port: number, kube: Kube): Promise<void> {
  const clients = ['kube-controller-manager', 'kube-scheduler'];
  const components = controlPlane(lab, port);
  for (const component of components) if (!clients.includes(component.name)) start(lab, component);
  await waitForApi(lab, kube);
  for (const component of components) start(lab, component);
}

async function prepareNode(lab: Lab, node: LabNode): Promise<void> {
  await startRuntime(lab, node);
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
      spec: {
        podCIDR: node.podCidr,
        podCIDRs: [node.podCidr, ...(node.ipv6 === undefined ? [] : [node.ipv6.podCidr])],
      },
    });
  }
}

async function waitForApi(lab: Lab, kube: Kube): Promise<void> {
  await until('API server', 60_000, async () => {
    requireRunning(lab, ['etcd', 'kube-apiserver', 'api-door', 'api-door-inside']);
    return (await kube.raw('GET', '/readyz', { timeout: 2000, accept: '*/*' })).status === 200;
  });
}

async function waitReady(kube: Kube, lab: Lab, report: Report): Promise<void> {
  for (const { name } of lab.nodes) {
    const ready = { timeout: 90_000, what: `${name} Ready` };
    await kube.waitFor({ kind: 'Node', name }, (object) => hasCondition(object, 'Ready'), ready);
  }
  report('nodes Ready; waiting for DNS');
  const dns = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' };
  const allReady = (object: KubeObject): boolean =>
    Number(field(object, 'status.readyReplicas') ?? 0) >= Number(field(object, 'spec.replicas'));
  await kube.waitFor(dns, allReady, { timeout: 90_000, what: 'CoreDNS ready' });
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

/** A port that nobody listens on and no other lab has taken; kept in the lab's state. Two labs may come up at once. */
async function takePort(lab: Lab): Promise<number> {
  return await withLock(
    join(dirname(lab.dir), 'port.lock'),
    () => undefined,
    async () => {
      const taken = portsOfOthers(lab);
      for (let port = firstPort; port < firstPort + 100; port += 1) {
        if (taken.has(port) || !(await isFree(port))) continue;
        await writeState(lab, { phase: 'starting', port, bootId: bootId() });
        return port;
      }
      throw new LabError(`no free port from ${firstPort} on`);
    },
  );
}

function portsOfOthers(lab: Lab): ReadonlySet<number> {
  const states = readdirSync(dirname(lab.dir), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== lab.name)
    .map((entry) => stateOf(labNamed(entry.name)));
  return new Set(states.flatMap((state) => (state?.bootId === bootId() ? [state.port] : [])));
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
