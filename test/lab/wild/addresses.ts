/** Programs that are configured with what leads nowhere, and how each shows it. */
import { webServer } from '../incidents/incident.ts';
import {
  asStatefulSet,
  complains,
  environment,
  server,
  service,
  withSpec,
  type Container,
  type WildFault,
} from './making.ts';

/** Says its last words, and is gone. */
function dies(said: string, env: Readonly<Record<string, string>> = {}): Container {
  return {
    ...environment(env),
    command: ['/bin/sh', '-c', `sleep 1; echo "${said}"; exit 1`],
  };
}

export const ADDRESSES: readonly WildFault[] = [
  {
    name: 'a cache whose Service was renamed, which the command of a readiness probe asks for',
    roots: ['service/client-address:Deployment/NS/web#cache'],
    joined: [
      ['pod/dependency-unreachable:Deployment/NS/web', 'service/client-address:Deployment/NS/web#cache'],
      ['service/no-endpoints:Service/NS/web', 'pod/not-ready:Deployment/NS/web'],
    ],
    async make(kube, namespace) {
      const ask =
        'nc -w 1 $CACHE_HOST 80 </dev/null || { echo Could not connect to Redis at $CACHE_HOST:80: Name or service not known; exit 1; }';
      const web = {
        ...webServer,
        env: [{ name: 'CACHE_HOST', value: 'cache' }],
        readinessProbe: {
          exec: { command: ['/bin/sh', '-c', ask] },
          periodSeconds: 5,
          timeoutSeconds: 3,
        },
      };
      await kube.apply([
        service('cache-redis', namespace, { selector: { app: 'cache' } }),
        server('cache', namespace),
        service('web', namespace, {}),
        server('web', namespace, web),
      ]);
    },
  },
  {
    name: 'a short name from a ConfigMap, of a Service that is in another namespace',
    roots: ['service/client-address:Deployment/NS/shop#mongo:27017'],
    joined: [
      [
        'pod/dependency-unreachable:Deployment/NS/shop',
        'service/client-address:Deployment/NS/shop#mongo:27017',
      ],
      ['pod/crash-loop:Deployment/NS/shop', 'pod/dependency-unreachable:Deployment/NS/shop'],
    ],
    async make(kube, namespace) {
      await kube.apply([
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'app', namespace },
          data: { MONGO_URI: 'mongodb://mongo:27017/shop' },
        },
        service('shop', namespace, {}),
        server('shop', namespace, {
          ...dies('MongoServerSelectionError: getaddrinfo ENOTFOUND mongo'),
          envFrom: [{ configMapRef: { name: 'app' } }],
        }),
      ]);
    },
  },
  {
    name: 'a program that takes the service links of its own Service for its port',
    roots: ['pod/crash-loop:Deployment/NS/app'],
    joined: [['service/no-endpoints:Service/NS/app', 'pod/not-ready:Deployment/NS/app']],
    async make(kube, namespace) {
      const script = 'echo "panic: strconv.Atoi: parsing \\"$APP_PORT\\": invalid syntax"; exit 2';
      await kube.apply([service('app', namespace, {})]);
      await kube.apply([server('app', namespace, { command: ['/bin/sh', '-c', script] })]);
    },
  },
  {
    name: 'a StatefulSet whose governing Service nobody made',
    roots: ['service/client-address:StatefulSet/NS/db#db-0.db-peers:5432'],
    joined: [
      [
        'pod/dependency-unreachable:StatefulSet/NS/db',
        'service/client-address:StatefulSet/NS/db#db-0.db-peers:5432',
      ],
    ],
    async make(kube, namespace) {
      const said = 'ERROR failed to join cluster: lookup db-0.db-peers: no such host';
      const made = server('db', namespace, dies(said, { PEERS: 'db-0.db-peers:5432,db-1.db-peers:5432' }));
      await kube.apply([service('db', namespace, {}), asStatefulSet(made, 'db-peers')]);
    },
  },
  {
    name: 'a sidecar of before the program that waits in vain, and is killed by its startup probe',
    roots: ['pod/crash-loop:Deployment/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'pod/crash-loop:Deployment/NS/web']],
    async make(kube, namespace) {
      const proxy = {
        name: 'proxy',
        image: 'lab/agnhost:1',
        imagePullPolicy: 'Never',
        restartPolicy: 'Always',
        ...complains('false', 'waiting for config from control plane', {}),
        startupProbe: { tcpSocket: { port: 15_001 }, periodSeconds: 3, failureThreshold: 2 },
      };
      await kube.apply([
        service('web', namespace, {}),
        withSpec(server('web', namespace), { initContainers: [proxy], terminationGracePeriodSeconds: 1 }),
      ]);
    },
  },
];
