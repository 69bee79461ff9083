/** What the name of a pod tells of the workload that made it, by the parts that controllers put behind a name. */

/**
 * A generated name has letters and digits that spell no word (apimachinery pkg/util/rand); a pod-template-hash has those that
 * rand.SafeEncodeString makes of the ten digits (pkg/controller ComputeHash).
 */
const SUFFIX: Readonly<Record<string, RegExp>> = {
  Deployment: /-[4-9b-df]{1,10}-[b-df-hj-np-tv-xz24-9]{5}$/,
  StatefulSet: /-\d+$/,
  DaemonSet: /-[b-df-hj-np-tv-xz24-9]{5}$/,
};

/** The name of the workload of this kind that a pod of this name would be of; undefined where its name has another form. */
export function makerName(kind: string, pod: string): string | undefined {
  const suffix = SUFFIX[kind];
  return suffix?.test(pod) === true ? pod.replace(suffix, '') : undefined;
}

/** Of a ReplicaSet that a Deployment made: the Deployment's name. */
export function deploymentOf(replicaSet: string, hash: string | undefined): string | undefined {
  return hash !== undefined && hash !== '' && replicaSet.endsWith(`-${hash}`)
    ? replicaSet.slice(0, -hash.length - 1)
    : undefined;
}
