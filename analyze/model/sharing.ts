/** How findings are joined: the relations that a check may declare from its own findings to those of another. */

/**
 * How a cause leads to a consequence. The first three are shared by both; the others run from cause to consequence along
 * what the bundle says of their objects, never along what their texts look like (analyze/causes/relations.ts):
 *
 * - `object`: both are about one object, or involve it.
 * - `namespace`, `cluster`: both are in it.
 * - `selects`: a pod or workload → the Services that select it.
 * - `names`: a Service, or all the pods behind it → the workloads, Ingresses and routes that name it. A finding that read
 *   what its object waits for (a log's "connection refused") says so in `names`, and then nothing else counts for it.
 * - `hosts`: a Node → the pods on it, and their workloads.
 * - `creates`: a webhook, quota or LimitRange → the workloads of the namespaces it covers that have fewer pods than they want.
 * - `mounts`: a ConfigMap, Secret or PersistentVolumeClaim → the pods and workloads that use it.
 */
export const SHARING = [
  'object',
  'namespace',
  'cluster',
  'selects',
  'names',
  'hosts',
  'creates',
  'mounts',
] as const;
export type Sharing = (typeof SHARING)[number];
