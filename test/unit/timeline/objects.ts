/** Plain Kubernetes objects for these tests, as short as they may be. */
import type { KubeObject } from '../../support/evidence.ts';

interface PodParts {
  readonly name: string;
  readonly at?: string;
  readonly labels?: Record<string, string>;
  readonly owner?: string;
  readonly ready?: 'True' | 'False';
  readonly readySince?: string;
  readonly containers?: readonly unknown[];
  readonly metadata?: Record<string, unknown>;
  readonly node?: string;
}

export function pod({
  name,
  at = '2026-05-01T14:00:00Z',
  labels = {},
  owner,
  ready = 'True',
  ...rest
}: PodParts): KubeObject {
  const readySince = rest.readySince ?? at;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name,
      uid: `uid-${name}`,
      creationTimestamp: at,
      labels,
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: owner,
                uid: `uid-${owner}`,
                controller: true,
              },
            ],
          }),
      ...rest.metadata,
    },
    spec: { nodeName: rest.node ?? 'node-1', containers: [{ name: 'app', image: 'app:1' }] },
    status: {
      phase: 'Running',
      startTime: at,
      conditions: [{ type: 'Ready', status: ready, lastTransitionTime: readySince }],
      containerStatuses: rest.containers ?? [
        {
          name: 'app',
          ready: ready === 'True',
          restartCount: 0,
          image: 'app:1',
          state: { running: { startedAt: at } },
        },
      ],
    },
  };
}

export function replicaSet(
  name: string,
  revision: number,
  at: string,
  labels: Record<string, string>,
  replicas = 0,
): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      namespace: 'shop',
      name,
      uid: `uid-${name}`,
      creationTimestamp: at,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'payment', uid: 'uid-payment', controller: true },
      ],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: `app:${revision}` }] } },
    },
    status: { replicas },
  };
}

export function event(parts: {
  readonly about: readonly [kind: string, name: string];
  readonly reason: string;
  readonly at: string;
  readonly last?: string;
  readonly count?: number;
  readonly message?: string;
  readonly type?: 'Normal' | 'Warning';
}): KubeObject {
  const [kind, name] = parts.about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      namespace: 'shop',
      name: `${name}.${parts.reason}.${parts.at}`,
      uid: `uid-${name}-${parts.reason}-${parts.at}`,
      creationTimestamp: parts.at,
    },
    involvedObject: { apiVersion: 'v1', kind, namespace: 'shop', name, uid: `uid-${name}` },
    reason: parts.reason,
    message: parts.message ?? parts.reason,
    type: parts.type ?? 'Normal',
    count: parts.count ?? 1,
    firstTimestamp: parts.at,
    lastTimestamp: parts.last ?? parts.at,
  };
}

export function service(
  selector: Record<string, string> | undefined,
  parts: { managedFields?: readonly unknown[]; name?: string; resourceVersion?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'shop',
      name: parts.name ?? 'payment',
      uid: 'uid-service',
      creationTimestamp: '2026-05-01T13:00:00Z',
      resourceVersion: parts.resourceVersion ?? '10',
      managedFields: parts.managedFields ?? [],
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.7',
      ...(selector === undefined ? {} : { selector }),
      ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  };
}
