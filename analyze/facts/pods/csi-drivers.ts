/** CSI drivers that a kubelet misses, and the pods that should run them there. */
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';

/** The kubelet's words for it (pkg/volume/csi) and the attach controller's; group 1 or 2 is the driver. */
export const DRIVER_MISSING =
  /driver name (\S+) not found in the list of registered CSI drivers|does not contain driver ([^\s:]+)/;

/**
 * The pods of DaemonSets that run a driver on these nodes and are not Ready. A driver is known by the directory of its socket,
 * /var/lib/kubelet/plugins/<driver>/, which its pod mounts and registers
 * (https://kubernetes-csi.github.io/docs/deploying.html#driver-volume-mounts).
 */
export function driversOut(facts: Facts, message: string, nodes: ReadonlySet<string | undefined>): PodFact[] {
  const [, registered, installed] = DRIVER_MISSING.exec(message) ?? [];
  const driver = registered ?? installed;
  if (driver === undefined) return [];
  return facts.pods.all.filter(
    (pod) =>
      pod.owner?.kind === 'DaemonSet' &&
      pod.ready !== 'True' &&
      !pod.ended &&
      nodes.has(pod.node) &&
      JSON.stringify(facts.body(pod)['spec'] ?? null).includes(`plugins/${driver}/`),
  );
}
