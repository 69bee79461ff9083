/** Services beside which something else stands: a part of their pods, a Service that nobody uses, an older name. */
import { webServer } from '../incidents/incident.ts';
import { complains, server, service, withSpec, type Container, type WildFault } from './making.ts';

/** Asks an address every few seconds, and says this of each failure. */
function asks(address: string, line: string, env: Readonly<Record<string, string>>): Container {
  return complains(`agnhost connect ${address} --timeout=1s`, line, env);
}

const CACHE: Container = {
  args: ['netexec', '--http-port=6379', '--udp-port=-1'],
  ports: [{ name: 'redis', containerPort: 6379 }],
};

export const SERVICES: readonly WildFault[] = [
  {
    name: 'a gateway whose nginx names an upstream by the name that its Service had before',
    roots: ['service/client-address:Deployment/NS/gateway#api-v1:80'],
    joined: [
      ['pod/crash-loop:Deployment/NS/gateway', 'service/client-address:Deployment/NS/gateway#api-v1:80'],
      ['service/no-endpoints:Service/NS/gateway', 'pod/crash-loop:Deployment/NS/gateway'],
    ],
    async make(kube, namespace) {
      const said = '[emerg] 1#1: host not found in upstream "api-v1:80" in /etc/nginx/conf.d/default.conf:2';
      const nginx = {
        command: ['/bin/sh', '-c', `nslookup api-v1 >/dev/null 2>&1 || { echo '${said}'; exit 1; }`],
        volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/conf.d' }],
      };
      await kube.apply([
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'gateway', namespace },
          data: {
            'default.conf':
              'upstream api {\n  server api-v1:80;\n}\nserver { location / { proxy_pass http://api; } }\n',
          },
        },
        service('api-v2', namespace, { selector: { app: 'api' } }),
        server('api', namespace),
        service('gateway', namespace, {}),
        withSpec(server('gateway', namespace, nginx), {
          volumes: [{ name: 'conf', configMap: { name: 'gateway' } }],
        }),
      ]);
    },
  },
  {
    name: 'a cache among the pods of a Service, whose client is refused now and then',
    roots: ['service/selector-too-broad:Service/NS/shop'],
    joined: [
      ['pod/dependency-unreachable:Deployment/NS/front', 'service/selector-too-broad:Service/NS/shop'],
    ],
    async make(kube, namespace) {
      const said = 'ERROR GET http://shop/ failed: dial tcp shop:80: connect: connection refused';
      await kube.apply([
        service('shop', namespace, {}),
        server('web', namespace, webServer, { app: 'shop' }),
        server('cache', namespace, CACHE, { app: 'shop' }),
        server('front', namespace, asks('shop:80', said, { SHOP_URL: 'http://shop' })),
      ]);
    },
  },
  {
    name: 'a Service with a slip that somebody needs, beside one that nobody does and a port that nobody asks for',
    roots: ['service/selector-mismatch:Service/NS/db'],
    joined: [
      ['service/no-endpoints:Service/NS/db', 'service/selector-mismatch:Service/NS/db'],
      ['pod/dependency-unreachable:Deployment/NS/api', 'service/no-endpoints:Service/NS/db'],
    ],
    async make(kube, namespace) {
      const ports = [{ port: 5432, targetPort: 8080 }];
      const said = 'could not connect to server: Connection refused, host db, port 5432';
      await kube.apply([
        service('archive', namespace, { selector: { app: 'archived' } }),
        service('db', namespace, { selector: { app: 'dbs' }, ports }),
        server('db', namespace),
        server('api', namespace, asks('db:5432', said, { DB_HOST: 'db', DB_PORT: '5432' })),
      ]);
    },
  },
  {
    name: 'healthy: a port that a sidecar of before names, one name for two numbers, a headless port that is not translated',
    roots: [],
    async make(kube, namespace) {
      const sidecar = {
        name: 'proxy',
        image: 'lab/agnhost:1',
        imagePullPolicy: 'Never',
        restartPolicy: 'Always',
        args: ['netexec', '--http-port=8081', '--udp-port=-1'],
        ports: [{ name: 'public', containerPort: 8081 }],
      };
      const other = {
        args: ['netexec', '--http-port=8088', '--udp-port=-1'],
        ports: [{ name: 'http', containerPort: 8088 }],
      };
      await kube.apply([
        service('web', namespace, { ports: [{ port: 80, targetPort: 'public' }] }),
        withSpec(server('web', namespace), { initContainers: [sidecar] }),
        service('both', namespace, { selector: { part: 'both' }, ports: [{ port: 80, targetPort: 'http' }] }),
        server('one', namespace, webServer, { part: 'both' }),
        server('two', namespace, other, { part: 'both' }),
        service('peers', namespace, {
          clusterIP: 'None',
          ports: [{ port: 80, targetPort: 9999 }],
          selector: { app: 'web' },
        }),
        server(
          'front',
          namespace,
          asks('peers:8080', 'ERROR peers:8080: connection refused', { PEERS: 'http://peers:8080' }),
        ),
      ]);
    },
  },
];
