/** Where to list when the whole cluster is forbidden: the namespaces there are, or the one the kubeconfig names. */
import type { CollectorContext } from './collector.ts';
import { listPages } from './pager.ts';

/** More than this would be thousands of requests for a user who may see little of it. */
const MOST = 50;

/** The kubeconfig's namespace first. */
export async function fallbackNamespaces(context: CollectorContext): Promise<readonly string[]> {
  const names: string[] = [];
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  await listPages(context.api, { path: '/api/v1/namespaces', accept, signal: context.signal }, (raw) => {
    const { metadata } = JSON.parse(raw.toString('utf8')) as { metadata?: { name?: unknown } };
    if (typeof metadata?.name === 'string') names.push(metadata.name);
  });
  return [...new Set([context.homeNamespace, ...names])].slice(0, MOST);
}
