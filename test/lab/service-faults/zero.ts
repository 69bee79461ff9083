/** Workloads at zero: who holds them there, and those that are parked on purpose. */
import { field, items, type Kube } from '../kube.ts';
import {
  allReady,
  calling,
  client,
  configMap,
  endpointsReady,
  env,
  hasSaid,
  PATIENCE,
  server,
  serving,
  shell,
  type ServiceFault,
} from './fault.ts';

const ZERO = 'service/scaled-to-zero:Service/NS/web';
const WAITS = 'pod/dependency-unreachable:Deployment/NS/cart';
const EMPTY = 'service/no-endpoints:Service/NS/web';
const asking = { ...calling('web:80'), ...env({ WEB_URL: 'http://web:80' }) };

/** A client that never knew the Service otherwise than well, and then the scaling. */
async function toZero(kube: Kube, namespace: string): Promise<void> {
  await endpointsReady(kube, namespace, 'web', 1);
  await kube.apply(client(asking), { namespace });
  await allReady(kube, namespace);
  await kube.patch(
    { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' },
    { spec: { replicas: 0 } },
    'merge',
    'scale',
  );
  await endpointsReady(kube, namespace, 'web', 0);
}

export const atZero: readonly ServiceFault[] = [
  {
    name: 'scaled down by hand while a client asks',
    objects: () => [serving(), server()],
    async last(kube, namespace) {
      await toZero(kube, namespace);
      await hasSaid(kube, namespace, 'cart', /TIMEOUT|REFUSED/);
    },
    roots: [ZERO],
    explains: [EMPTY, WAITS],
    says: /Deployment web is scaled to 0/,
  },
  {
    name: 'an autoscaler that zero switched off',
    objects: () => [
      serving(),
      server(),
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'web' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: 1,
          maxReplicas: 3,
        },
      },
    ],
    async last(kube, namespace) {
      await toZero(kube, namespace);
      await kube.waitFor(
        { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace, name: 'web' },
        (one) =>
          items(one, 'status.conditions').some(
            (condition) => field(condition, 'reason') === 'ScalingDisabled',
          ),
        PATIENCE,
      );
      await hasSaid(kube, namespace, 'cart', /TIMEOUT|REFUSED/);
    },
    roots: [ZERO],
    explains: [EMPTY, WAITS],
    says: /HorizontalPodAutoscaler web is switched off by that/,
  },
  {
    name: 'parked on purpose, and named by a file that nobody reads',
    objects: () => [
      serving(),
      server({}, { replicas: 0 }),
      configMap('cart', { 'app.yaml': 'web: http://web:80\n' }),
      client(
        {
          ...shell('echo "INFO all is well"; sleep 3600'),
          volumeMounts: [{ name: 'config', mountPath: '/config' }],
        },
        { spec: { volumes: [{ name: 'config', configMap: { name: 'cart' } }] } },
      ),
    ],
  },
  {
    name: 'at zero, named by a file, and missed',
    objects: () => [
      serving(),
      server({}, { replicas: 0 }),
      configMap('cart', { 'app.yaml': 'web: http://web:80\n' }),
      client(calling('web:80', { volumeMounts: [{ name: 'config', mountPath: '/config' }] }), {
        spec: { volumes: [{ name: 'config', configMap: { name: 'cart' } }] },
      }),
    ],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [ZERO],
    explains: [EMPTY, WAITS],
  },
];
