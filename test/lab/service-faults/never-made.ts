/** Services whose port finds nothing, and those whose pods were never made. */
import { field, items, type Kube } from '../kube.ts';
import { until } from '../run.ts';
import { PATIENCE, deployed, server, serving, type ServiceFault } from './fault.ts';

const EMPTY = 'service/no-endpoints:Service/NS/web';
const named = { ports: [{ name: 'http', containerPort: 8080 }] };
const toPort = (targetPort: string | number, more: object = {}) =>
  serving({ ports: [{ port: 80, targetPort, ...more }] });

/** Waits until the controller that makes the pods has said that it may not. */
async function refused(kube: Kube, namespace: string): Promise<void> {
  await until(`refused pods in ${namespace}`, PATIENCE.timeout, async () => {
    const sets = await kube.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace });
    return sets.some((set) =>
      items(set, 'status.conditions').some((one) => field(one, 'type') === 'ReplicaFailure'),
    )
      ? true
      : undefined;
  });
}

export const neverMade: readonly ServiceFault[] = [
  {
    name: 'a named targetPort with a slip',
    objects: () => [toPort('htpp'), server(named)],
    roots: ['service/target-port:Service/NS/web'],
    explains: [EMPTY],
  },
  {
    name: 'a named targetPort for another protocol',
    objects: () => [toPort('http', { protocol: 'UDP' }), server(named)],
    roots: ['service/target-port:Service/NS/web'],
    explains: [EMPTY],
  },
  {
    name: 'a number on which nothing listens, with nobody looking from inside',
    objects: () => [toPort(3000), server()],
    roots: ['service/target-port:Service/NS/web'],
    says: /nothing listens on 3000 in 1 pod, which listens on 8080/,
  },
  {
    name: 'a quota that is used up',
    objects: () => [
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'none' },
        spec: { hard: { pods: '0' } },
      },
      serving(),
      server(),
    ],
    unready: ['web'],
    last: refused,
    roots: ['platform/quota:ResourceQuota/NS/none'],
    explains: [EMPTY],
  },
  {
    name: 'a LimitRange that refuses',
    objects: () => [
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'small' },
        spec: { limits: [{ type: 'Pod', min: { memory: '1Gi' } }] },
      },
      serving(),
      server(),
    ],
    unready: ['web'],
    last: refused,
    roots: ['platform/quota:LimitRange/NS/small'],
    explains: [EMPTY],
  },
  {
    name: 'a ServiceAccount that is not there',
    objects: () => [serving(), deployed({}, { spec: { serviceAccountName: 'nobody-made-it' } })],
    unready: ['web'],
    last: refused,
    roots: ['platform/admission:Deployment/NS/web'],
    explains: [EMPTY],
  },
  {
    name: 'an ExternalName that is an address',
    objects: () => [serving({ type: 'ExternalName', selector: undefined, externalName: '192.0.2.7' })],
    roots: ['service/wrong-type:Service/NS/web#external-address'],
  },
];
