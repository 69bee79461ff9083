/** Workloads that somebody deleted while their Services stayed. */
import { setTimeout } from 'node:timers/promises';
import type { Kube, KubeObject } from '../kube.ts';
import { asStatefulSet, complains, server, service, type WildFault } from './making.ts';

/** Long enough to run, and to be in the endpoints. */
const RUN = 12_000;

const refused = 'GET http://api:80/: dial tcp $API_SERVICE_HOST:80: connect: connection refused';
const client = (namespace: string): KubeObject =>
  server('web', namespace, complains('nc -w 2 api 80', refused, { API_URL: 'http://api:80' }));

async function deleteAfterAWhile(
  kube: Kube,
  namespace: string,
  kind: 'Deployment' | 'StatefulSet',
): Promise<void> {
  await setTimeout(RUN);
  await kube.delete({ apiVersion: 'apps/v1', kind, namespace, name: 'api' });
}

export const DELETIONS: readonly WildFault[] = [
  {
    name: 'a Deployment deleted behind a Service that a client asks',
    roots: ['service/workload-deleted:Service/NS/api'],
    joined: [
      ['service/no-endpoints:Service/NS/api', 'service/workload-deleted:Service/NS/api'],
      ['pod/dependency-unreachable:Deployment/NS/web', 'service/no-endpoints:Service/NS/api'],
    ],
    async make(kube, namespace) {
      await kube.apply([service('api', namespace, {}), server('api', namespace)]);
      // It has no complaint of before.
      await setTimeout(RUN);
      await kube.apply([client(namespace)]);
      await deleteAfterAWhile(kube, namespace, 'Deployment');
    },
  },
  {
    name: 'a StatefulSet deleted, of which its autoscaler tells',
    roots: ['service/workload-deleted:Service/NS/api'],
    joined: [['service/no-endpoints:Service/NS/api', 'service/workload-deleted:Service/NS/api']],
    async make(kube, namespace) {
      const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'api' };
      await kube.apply([
        service('api', namespace, {}),
        asStatefulSet(server('api', namespace), 'api'),
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'api', namespace },
          spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 2 },
        },
      ]);
      await deleteAfterAWhile(kube, namespace, 'StatefulSet');
    },
  },
  {
    name: 'a Deployment made anew under another name, with its own label',
    roots: ['service/selector-mismatch:Service/NS/api'],
    async make(kube, namespace) {
      await kube.apply([service('api', namespace, {}), server('api', namespace)]);
      // It has no complaint of before.
      await setTimeout(RUN);
      await kube.apply([client(namespace)]);
      await deleteAfterAWhile(kube, namespace, 'Deployment');
      await kube.apply([server('api-v2', namespace)]);
    },
  },
];
