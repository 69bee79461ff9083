/** The kinds a bundle holds, and what each answers to. */
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';

export interface KindRow {
  readonly resource: string;
  readonly kind: string;
  readonly version: string | null;
  readonly namespaced: number;
  readonly objects: number;
  readonly lists: number;
  readonly failed: number;
  readonly partial: number;
  readonly gap: string | null;
}

const KINDS = defineQuery<KindRow>('tui-kinds', [
  'resource',
  'kind',
  'version',
  'namespaced',
  'objects',
  'lists',
  'failed',
  'partial',
  'gap',
]);

/** Every kind that was asked for or came. */
export function kindsOf(store: Store): KindRow[] {
  return store.all(KINDS);
}

/** Kubernetes' own short names, for the command palette. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  pods: ['po'],
  services: ['svc'],
  nodes: ['no'],
  namespaces: ['ns'],
  configmaps: ['cm'],
  endpoints: ['ep'],
  serviceaccounts: ['sa'],
  persistentvolumes: ['pv'],
  persistentvolumeclaims: ['pvc'],
  replicationcontrollers: ['rc'],
  resourcequotas: ['quota'],
  limitranges: ['limits'],
  'apps/deployments': ['deploy', 'dp'],
  'apps/replicasets': ['rs'],
  'apps/statefulsets': ['sts'],
  'apps/daemonsets': ['ds'],
  'batch/cronjobs': ['cj'],
  'autoscaling/horizontalpodautoscalers': ['hpa'],
  'policy/poddisruptionbudgets': ['pdb'],
  'networking.k8s.io/ingresses': ['ing'],
  'networking.k8s.io/networkpolicies': ['netpol', 'np'],
  'storage.k8s.io/storageclasses': ['sc'],
  'apiextensions.k8s.io/customresourcedefinitions': ['crd', 'crds'],
  'discovery.k8s.io/endpointslices': ['eps'],
  'gateway.networking.k8s.io/gateways': ['gtw'],
};

/** What a kind answers to: `pods`, `pod`, `po`; with its group where two kinds share a name. */
export function kindNames(row: Pick<KindRow, 'resource' | 'kind'>): string[] {
  const plural = row.resource.slice(row.resource.lastIndexOf('/') + 1);
  return [plural, row.kind.toLowerCase(), ...(SHORT[row.resource] ?? []), row.resource];
}
