// What the lab's programs leave in fixed folders of the machine that no setting of theirs moves.
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lab } from './lab.ts';

const containerLogs = '/var/log/containers';
const cniResults = '/var/lib/cni/results';
const devicePluginSocket = '/var/lib/kubelet/device-plugins/kubelet.sock';
const shimSocketFolder = '/run/containerd/s';

/**
 * Paths outside the lab's folder that are surely this lab's. To be asked before that folder is removed:
 * it tells which sockets are.
 */
export function tracesOf(lab: Lab): string[] {
  return [...shimSockets(lab), ...cniCache(lab), ...logLinks(lab)].filter((path) => isThere(path));
}

/** Removes these paths, and the folders that hold nothing after that. */
export function removeTraces(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
  if (othersUseKubelet()) return;
  // Every kubelet of a machine makes this socket anew; it belongs to the last one.
  rmSync(devicePluginSocket, { force: true });
  for (const folder of [shimSocketFolder, cniResults, containerLogs, dirname(devicePluginSocket)]) {
    removeWhileEmpty(folder);
  }
}

/** Shims listen in a folder that all containerds of a machine share; each task's folder names its socket. */
function shimSockets(lab: Lab): string[] {
  return lab.nodes.flatMap((node) => {
    const tasks = join(node.dir, 'containerd', 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
    const files = entries(tasks).flatMap((id) =>
      ['address', 'bootstrap.json'].map((name) => join(tasks, id, name)),
    );
    return files.flatMap((file) =>
      [...readText(file).matchAll(/unix:\/\/([^"\s]+)/g)].map((match) => match[1] ?? ''),
    );
  });
}

/** The plugins' results name the network namespace, which lies in the lab's folder. */
function cniCache(lab: Lab): string[] {
  const files = entries(cniResults).map((name) => join(cniResults, name));
  return files.filter((file) => readText(file).includes(`${lab.dir}/`));
}

/** The kubelet's links to its log files. */
function logLinks(lab: Lab): string[] {
  const links = entries(containerLogs).map((name) => join(containerLogs, name));
  return links.filter(
    (link) => lstatSync(link).isSymbolicLink() && readlinkSync(link).startsWith(`${lab.dir}/`),
  );
}

/** Another lab, or a kubelet of the machine's own, has links or results of its own here. */
const othersUseKubelet = (): boolean => entries(cniResults).length > 0 || entries(containerLogs).length > 0;

function removeWhileEmpty(folder: string): void {
  for (
    let path = folder;
    entries(path).length === 0 && existsSync(path) && path !== '/';
    path = dirname(path)
  ) {
    // Standard folders of every machine stay, empty or not.
    if (['/run', '/var/log', '/var/lib'].includes(path)) return;
    rmdirSync(path);
  }
}

const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
