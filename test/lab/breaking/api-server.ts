// An API server that hangs, starts anew, or stands behind a bad line.
import { readFile, writeFile } from 'node:fs/promises';
import { connect as dial, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Lab } from '../cluster/lab.ts';
import { recordOf, signalComponent, startAgain, stateOf, stop } from '../cluster/processes.ts';
import { connect } from '../kube.ts';
import { LabError } from '../lab-error.ts';
import { until } from '../run.ts';

/**
 * Freezes the API server: connections are taken, nothing is answered. Everyone who uses the lab feels it.
 * After 10 s without it the controller manager and the scheduler lose their Leases and end, as they do
 * everywhere; `resumeApi` starts them again, as a kubelet would.
 */
export function hangApi(lab: Lab): void {
  signalComponent(lab, 'kube-apiserver', 'SIGSTOP');
}

/** Undoes `hangApi`, and returns when the API server is ready and its controllers run. */
export async function resumeApi(lab: Lab): Promise<void> {
  signalComponent(lab, 'kube-apiserver', 'SIGCONT');
  await whenReady(lab);
}

/**
 * Freezes etcd: the API server answers what it remembers, writes nothing, and says so in `/readyz`. Leases cannot be
 * renewed, so that the controller manager and the scheduler end after 10 s.
 */
export function freezeDatabase(lab: Lab): void {
  signalComponent(lab, 'etcd', 'SIGSTOP');
}

/** Undoes `freezeDatabase`, and returns when the API server is ready and its controllers run. Harmless where it is well. */
export async function thawDatabase(lab: Lab): Promise<void> {
  const record = recordOf(lab, 'etcd');
  if (record !== undefined && stateOf(record) === 'T') signalComponent(lab, 'etcd', 'SIGCONT');
  await whenReady(lab);
}

/** Ends the API server and starts it again; every watch is cut. Returns when it is ready. */
export async function restartApi(lab: Lab): Promise<void> {
  await stop(lab, 'kube-apiserver', 0);
  startAgain(lab, 'kube-apiserver');
  await whenReady(lab);
}

async function whenReady(lab: Lab): Promise<void> {
  const kube = connect(lab.kubeconfig);
  const isReady = async (): Promise<boolean> =>
    (await kube.raw('GET', '/readyz', { timeout: 2000, accept: '*/*' })).status === 200;
  await until('API server', 3 * 60_000, isReady).finally(kube.close);
  for (const name of ['kube-controller-manager', 'kube-scheduler']) startAgain(lab, name);
}

export interface LineOptions {
  /** Milliseconds that every chunk from the server is held back. */
  delay?: number;
  /** A connection is cut after that many bytes from the server. */
  cutAfter?: number;
}

export interface BadLine {
  /** A kubeconfig whose server is behind the bad line. */
  kubeconfig: string;
  /** From now on nothing passes, on old connections and new ones; nothing is closed either. */
  hang(): void;
  /** Passes what was held back, and all that follows. */
  resume(): void;
  /** Whatever lies between forgets the connections that are open now: they stay open and silent; new ones work. */
  forget(): void;
  /** Cuts every connection that is open now. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * Puts a relay on 127.0.0.1 before the API server, which spoils the line for its own users only: others of
 * the lab go on undisturbed. Prefer it to `hangApi` where the server's own state does not matter.
 *
 * @param dir where the kubeconfig is written.
 */
export async function badLine(kubeconfig: string, dir: string, options: LineOptions = {}): Promise<BadLine> {
  const config: { clusters: { cluster: { server: string } }[] } = parse(await readFile(kubeconfig, 'utf8'));
  const cluster = config.clusters[0]?.cluster;
  if (cluster === undefined) throw new LabError(`${kubeconfig} names no cluster`);
  const target = new URL(cluster.server);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let hanging = false;
  const pass = (work: () => void): void => void (hanging ? held.push(work) : work());
  const server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname);
    relay(client, upstream, pass, {});
    relay(upstream, client, pass, options);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
  });
  cluster.server = `https://127.0.0.1:${await listen(server)}`;
  const path = join(dir, `bad-line-${process.pid}-${Date.now()}.kubeconfig`);
  await writeFile(path, stringify(config), { mode: 0o600 });
  const cut = (): void => sockets.forEach((socket) => void socket.destroy());
  return {
    kubeconfig: path,
    hang: () => void (hanging = true),
    resume: () => {
      hanging = false;
      for (const work of held.splice(0)) work();
    },
    forget: () => sockets.forEach((socket) => void socket.pause()),
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function relay(from: Socket, to: Socket, pass: (work: () => void) => void, options: LineOptions): void {
  let bytes = 0;
  // One chain, so that delayed chunks and the end keep their order.
  const later = (work: () => void): void => {
    if (options.delay === undefined) pass(work);
    else setTimeout(() => pass(work), options.delay);
  };
  from.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    const cut = options.cutAfter !== undefined && bytes > options.cutAfter;
    later(() => void (cut ? to.destroy() : to.write(chunk)));
  });
  from.on('end', () => later(() => void to.end()));
  from.on('error', () => void to.destroy());
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new LabError('the relay got no port');
  return address.port;
}
