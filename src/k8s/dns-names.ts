/**
 * Names that cluster DNS answers and how a resolver gets to them, by
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ and resolv.conf(5).
 */

export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';
/** What the kubelet writes for `dnsPolicy: ClusterFirst`. */
export const CLUSTER_FIRST_NDOTS = 5;

/** `payment.shop.svc.cluster.local`, without the final dot. */
export function serviceName(name: string, namespace: string, domain = DEFAULT_CLUSTER_DOMAIN): string {
  return `${name}.${namespace}.svc.${domain}`;
}

/** The search list of a pod with `dnsPolicy: ClusterFirst`, before what the node adds. */
export function clusterSearchList(namespace: string, domain = DEFAULT_CLUSTER_DOMAIN): string[] {
  return [`${namespace}.svc.${domain}`, `svc.${domain}`, domain];
}

/**
 * The names a resolver asks for, in order. A final dot asks for that name alone; with at least `ndots` dots the name is
 * tried as it is first, else the search list comes first.
 */
export function queriedNames(name: string, search: readonly string[], ndots = CLUSTER_FIRST_NDOTS): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  const searched = search.map((suffix) => `${name}.${suffix}`);
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}

/** The Service that a name of a client in `namespace` stands for (`payment`, `payment.shop`, `payment.shop.svc…`). */
export function serviceOfName(
  name: string,
  namespace: string,
  domain = DEFAULT_CLUSTER_DOMAIN,
): { readonly namespace: string; readonly name: string } | undefined {
  const bare = name.replace(/\.$/, '').toLowerCase();
  const short = bare.endsWith(`.svc.${domain}`)
    ? bare.slice(0, -`.svc.${domain}`.length)
    : bare.endsWith('.svc')
      ? bare.slice(0, -'.svc'.length)
      : bare;
  const parts = short.split('.');
  if (parts.some((part) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(part))) return undefined;
  const [service = '', other] = parts;
  if (parts.length === 1) return short === bare ? { namespace, name: service } : undefined;
  return parts.length === 2 && other !== undefined ? { namespace: other, name: service } : undefined;
}
