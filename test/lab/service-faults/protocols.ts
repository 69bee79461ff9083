/** What a port says of its protocol, and what its pods speak. */
import { execFileSync } from 'node:child_process';
import type { KubeObject } from '../kube.ts';
import { agnhost, deployed, ports, server, serving, type ServiceFault } from './fault.ts';

const saying = (appProtocol: string): KubeObject =>
  serving({ ports: [{ port: 80, targetPort: 8080, appProtocol }] });
const over = (protocol: string): KubeObject => serving({ ports: [{ port: 80, targetPort: 8080, protocol }] });
const SAID = 'service/protocol:Service/NS/web#app-protocol:80';

/** A certificate of its own making, in a Secret. */
function certificate(): KubeObject {
  const pem = execFileSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=web -keyout - -out -'.split(
      ' ',
    ),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const part = (words: string): string =>
    new RegExp(`-----BEGIN ${words}-----[^-]+-----END ${words}-----\n`).exec(pem)?.[0] ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'web' },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': part('CERTIFICATE'), 'tls.key': part('PRIVATE KEY') },
  };
}

const overTls = server(
  {
    args: [
      'netexec',
      '--http-port=8080',
      '--udp-port=-1',
      '--tls-cert-file=/tls/tls.crt',
      '--tls-private-key-file=/tls/tls.key',
    ],
    readinessProbe: {
      httpGet: { path: '/hostname', port: 8080, scheme: 'HTTPS' },
      periodSeconds: 3,
      timeoutSeconds: 5,
    },
    volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
  },
  { spec: { volumes: [{ name: 'tls', secret: { secretName: 'web' } }] } },
);

export const protocols: readonly ServiceFault[] = [
  {
    name: 'https before plain HTTP',
    objects: () => [saying('https'), server()],
    roots: [SAID],
    says: /speaks plain HTTP/,
  },
  {
    name: 'http before TLS',
    objects: () => [certificate(), saying('http'), overTls],
    roots: [SAID],
    says: /speaks TLS/,
  },
  { name: 'http before plain HTTP', objects: () => [saying('http'), server()] },
  { name: 'https before TLS', objects: () => [certificate(), saying('https'), overTls] },
  {
    name: 'UDP before a server of TCP',
    inside: true,
    objects: () => [over('UDP'), server({ ports: undefined })],
    roots: ['service/protocol:Service/NS/web'],
    says: /is UDP, and its pods listen for TCP/,
  },
  {
    name: 'TCP before a server of UDP',
    inside: true,
    objects: () => [
      over('TCP'),
      deployed({ ...agnhost, ...ports(), args: ['netexec', '--http-port=9090', '--udp-port=8080'] }),
    ],
    roots: ['service/protocol:Service/NS/web'],
    says: /is TCP, and its pods listen for UDP/,
  },
  {
    name: 'UDP before a server of both',
    inside: true,
    objects: () => [
      over('UDP'),
      deployed({ ...agnhost, ...ports(), args: ['netexec', '--http-port=8080', '--udp-port=8080'] }),
    ],
  },
];
