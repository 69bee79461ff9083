/** Nodes and Leases in a few words, as an API server would serve them. */
import type { KubeObject } from './evidence.ts';
import { on } from './kube-objects.ts';

type Condition = Readonly<Record<string, unknown>>;

export function condition(type: string, status: string, since = '12:00:00', more: object = {}): Condition {
  return { type, status, lastTransitionTime: on(since), ...more };
}

/** Cluster-scoped, Ready unless other conditions are given. */
export function node(
  name: string,
  conditions: readonly Condition[] = [condition('Ready', 'True')],
  more: { readonly created?: string; readonly spec?: object } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, creationTimestamp: on(more.created ?? '10:00:00') },
    spec: { ...more.spec },
    status: { conditions },
  };
}

/** A Lease of a node, or of a leader in kube-system. */
export function lease(
  name: string,
  renewed: string,
  namespace = 'kube-node-lease',
  seconds = 40,
): KubeObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, uid: `lease-${name}` },
    spec: { holderIdentity: name, leaseDurationSeconds: seconds, renewTime: `2026-05-01T${renewed}.000000Z` },
  };
}
