/** Incidents as they happen in the wild, each in a namespace of its own, and the roots an experienced operator would name. */
import { webServer } from '../incidents/incident.ts';
import { ADDRESSES } from './addresses.ts';
import { DELETIONS } from './deletions.ts';
import { asStatefulSet, complains, server, service, withSpec, type WildFault } from './making.ts';
import { SELECTORS } from './selectors.ts';
import { SERVICES } from './services.ts';

const FAULTS: readonly WildFault[] = [
  {
    name: 'three Services in a chain: the last sends to a port on which nobody listens, the first says 500 only',
    roots: ['service/target-port:Service/NS/c'],
    joined: [['pod/dependency-unreachable:Deployment/NS/b', 'service/target-port:Service/NS/c']],
    async make(kube, namespace) {
      const refused =
        'level=error msg="GET /orders failed" err="dial tcp $C_SERVICE_HOST:80: connect: connection refused"';
      await kube.apply([
        server('c', namespace),
        service('c', namespace, { ports: [{ port: 80, targetPort: 3000 }] }),
        server(
          'b',
          namespace,
          complains('nc -w 2 c 80', refused.replaceAll('"', '\\"'), { C_URL: 'http://c:80' }),
        ),
        server(
          'a',
          namespace,
          complains('false', 'upstream http://b/orders answered 500', { B_URL: 'http://b' }),
        ),
      ]);
    },
  },
  {
    name: 'an init container that waits for a Service with a slip in its selector',
    roots: ['service/selector-mismatch:Service/NS/db'],
    joined: [
      ['service/no-endpoints:Service/NS/api', 'pod/dependency-unreachable:Deployment/NS/api'],
      ['pod/dependency-unreachable:Deployment/NS/api', 'service/no-endpoints:Service/NS/db'],
    ],
    async make(kube, namespace) {
      const script = 'until nc -w 1 db 5432 </dev/null; do echo "waiting for db:5432"; sleep 2; done';
      const wait = {
        name: 'wait',
        image: 'lab/agnhost:1',
        imagePullPolicy: 'Never',
        command: ['/bin/sh', '-c', script],
      };
      await kube.apply([
        service('db', namespace, {
          selector: { app: 'postgresql' },
          ports: [{ port: 5432, targetPort: 8080 }],
        }),
        server('db', namespace, webServer, { app: 'postgres' }),
        service('api', namespace, {}),
        withSpec(server('api', namespace), { initContainers: [wait] }),
      ]);
    },
  },
  {
    name: 'a client with a port that its Service does not have, whose log has addresses only',
    roots: ['service/client-address:Deployment/NS/front#api:8081'],
    joined: [
      [
        'pod/dependency-unreachable:Deployment/NS/front',
        'service/client-address:Deployment/NS/front#api:8081',
      ],
    ],
    async make(kube, namespace) {
      const said = 'Error: connect ECONNREFUSED $API_SERVICE_HOST:8081';
      await kube.apply([service('api', namespace, {}), server('api', namespace)]);
      await kube.apply([
        server('front', namespace, complains('nc -w 2 api 8081', said, { API_URL: 'http://api:8081' })),
      ]);
    },
  },
  {
    name: 'a StatefulSet with a headless Service that is right, and another with the wrong case',
    roots: ['service/selector-mismatch:Service/NS/db'],
    joined: [['service/no-endpoints:Service/NS/db', 'service/selector-mismatch:Service/NS/db']],
    async make(kube, namespace) {
      const made = server('db', namespace);
      await kube.apply([
        service('db-peers', namespace, { selector: { app: 'db' }, clusterIP: 'None' }),
        service('db', namespace, { selector: { app: 'DB' } }),
        asStatefulSet(made, 'db-peers'),
      ]);
    },
  },
  {
    name: 'an image that runs as root where that is forbidden',
    roots: ['pod/not-started:Deployment/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'pod/not-started:Deployment/NS/web']],
    async make(kube, namespace) {
      await kube.apply([
        service('web', namespace, {}),
        withSpec(server('web', namespace), { securityContext: { runAsNonRoot: true } }),
      ]);
    },
  },
  {
    name: 'a hostPath that is not on the node',
    roots: ['pod/not-started:Deployment/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'pod/not-started:Deployment/NS/web']],
    async make(kube, namespace) {
      const volumes = [{ name: 'data', hostPath: { path: '/opt/is/not/there', type: 'Directory' } }];
      const container = { ...webServer, volumeMounts: [{ name: 'data', mountPath: '/data' }] };
      await kube.apply([
        service('web', namespace, {}),
        withSpec(server('web', namespace, container), { volumes }),
      ]);
    },
  },
  {
    name: 'a namespace of an address with a slip',
    roots: ['service/client-address:Deployment/NS/front#pay.NS-x.svc.cluster.local:80'],
    async make(kube, namespace) {
      const host = `pay.${namespace}-x.svc.cluster.local`;
      const said = `dial tcp: lookup ${host} on 10.96.0.10:53: no such host`;
      await kube.apply([
        service('pay', namespace, {}),
        server('pay', namespace),
        server('front', namespace, complains(`nslookup ${host}`, said, { PAY_URL: `http://${host}:80` })),
      ]);
    },
  },
  {
    name: 'healthy: a cache that the labels of a Service take in, which names its port',
    roots: [],
    async make(kube, namespace) {
      const shop = { selector: { part: 'shop' }, ports: [{ port: 80, targetPort: 'http' }] };
      const cache = {
        command: ['/bin/sh', '-c', 'sleep 100000'],
        ports: [{ name: 'redis', containerPort: 6379 }],
      };
      await kube.apply([
        service('shop', namespace, shop),
        server('web', namespace, webServer, { app: 'web', part: 'shop' }),
        server('redis', namespace, cache, { app: 'redis', part: 'shop' }),
      ]);
    },
  },
  {
    name: 'healthy: blue and green, a policy that allows, work without a Service, what is suspended or done',
    roots: [],
    async make(kube, namespace) {
      await kube.apply(
        `
apiVersion: batch/v1
kind: CronJob
metadata: { name: later }
spec:
  schedule: '* * * * *'
  suspend: true
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: app, image: lab/busybox:1 }] } } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: seed }
spec:
  template:
    metadata: { labels: { app: web, color: green } }
    spec: { restartPolicy: Never, containers: [{ name: app, image: lab/busybox:1, imagePullPolicy: Never, command: ['true'] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: all-in }
spec: { podSelector: {}, ingress: [{}] }
`,
        { namespace },
      );
      const idle = { command: ['/bin/sh', '-c', 'while true; do echo done; sleep 5; done'] };
      await kube.apply([
        service('web', namespace, { selector: { app: 'web', color: 'green' } }),
        server('web-green', namespace, webServer, { app: 'web', color: 'green' }),
        server('web-blue', namespace, webServer, { app: 'web', color: 'blue' }),
        server('worker', namespace, idle),
      ]);
    },
  },
];

export const WILD: readonly WildFault[] = [...FAULTS, ...ADDRESSES, ...DELETIONS, ...SELECTORS, ...SERVICES];
