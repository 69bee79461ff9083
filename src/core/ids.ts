/** How objects and findings are named in keys, verdicts and URLs. */

/** Points at one Kubernetes object; cluster-scoped ones have no namespace. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `Service/shop/payment`, or `Node/node-1` for what has no namespace. */
export function objectKey(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return ref.namespace === undefined ? `${ref.kind}/${ref.name}` : `${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** `service/selector-mismatch:Service/shop/payment`; `part` tells apart several findings on one object. */
export function findingKey(
  check: string,
  ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>,
  part?: string,
): string {
  return `${check}:${objectKey(ref)}${part === undefined ? '' : `#${part}`}`;
}

/** Splits `apps/v1` into group and version; the core group is the empty string. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The reverse of `splitApiVersion`. */
export function joinApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `services`, `apps/deployments`: how a resource kind is named in needs, gaps and paths, without its version. */
export function resourceId(group: string, plural: string): string {
  return group === '' ? plural : `${group}/${plural}`;
}
