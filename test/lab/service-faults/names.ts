/** Addresses that clients are configured with: names, namespaces, domains and ports that are not there. */
import { calling, client, configMap, env, server, serving, type ServiceFault } from './fault.ts';

const from = { envFrom: [{ configMapRef: { name: 'cart' } }] };
const mounted = {
  container: { volumeMounts: [{ name: 'config', mountPath: '/config' }] },
  made: { spec: { volumes: [{ name: 'config', configMap: { name: 'cart' } }] } },
};
const WAITS = 'pod/dependency-unreachable:Deployment/NS/cart';
const found = (address: string): string => `service/client-address:Deployment/NS/cart#${address}`;

export const namesOfServices: readonly ServiceFault[] = [
  {
    name: 'a slip in a file that is mounted',
    objects: () => [
      serving({}, 'payment'),
      server({}, { name: 'payment' }),
      configMap('cart', { 'app.yaml': 'log: info\npayments:\n  url: http://paymnet:80/v1\n' }),
      client(
        calling('$(sed -n "s#.*http://\\([^/]*\\).*#\\1#p" /config/app.yaml)', mounted.container),
        mounted.made,
      ),
    ],
    said: { cart: /no such host/ },
    roots: [found('paymnet:80')],
    explains: [WAITS],
    says: /by ConfigMap cart, and Service \S+\/paymnet does not exist; Service \S+\/payment is there/,
  },
  {
    name: 'a short name of a Service in another namespace',
    objects: () => [configMap('cart', { DNS_HOST: 'kube-dns' }), client(calling('$DNS_HOST:53', from))],
    said: { cart: /no such host/ },
    roots: [found('kube-dns')],
    explains: [WAITS],
    says: /Service kube-system\/kube-dns is there/,
  },
  {
    name: 'the domain of another cluster',
    objects: (namespace) => {
      const address = `web.${namespace}.svc.corp.local:80`;
      return [serving(), server(), client({ ...calling(address), ...env({ WEB: `http://${address}` }) })];
    },
    said: { cart: /no such host/ },
    roots: [found('web.NS.svc.corp.local:80')],
    explains: [WAITS],
    says: /the domain of this cluster is cluster\.local, not corp\.local/,
  },
  {
    name: 'a port that the Service does not have',
    objects: () => [
      serving(),
      server(),
      configMap('cart', { WEB_ADDR: 'web:8081' }),
      client(calling('$WEB_ADDR', from)),
    ],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [found('web:8081')],
    explains: [WAITS],
    says: /has no port 8081; it has 80/,
  },
  {
    name: 'a name from a Secret, whose values never enter a bundle',
    objects: () => [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'cart' },
        stringData: { url: 'http://paymnet:80' },
      },
      client(
        calling('paymnet:80', {
          env: [{ name: 'PAY_URL', valueFrom: { secretKeyRef: { name: 'cart', key: 'url' } } }],
          command: [
            '/bin/sh',
            '-c',
            'host=${PAY_URL#http://}; while true; do out=$(agnhost connect $host --timeout=3s 2>&1) || echo "ERROR cannot connect: $out"; sleep 5; done',
          ],
        }),
      ),
    ],
    said: { cart: /no such host/ },
    unexplained: [WAITS],
    unknown: ['service/client-address'],
  },
  {
    name: 'an integration in a file that nobody switched on',
    objects: () => [
      serving(),
      server(),
      configMap('cart', {
        'app.yaml': 'tracing: { enabled: false, url: "http://jaegr:4318" }\nweb: http://web:80\n',
      }),
      client(calling('web:80', mounted.container), mounted.made),
    ],
  },
];
