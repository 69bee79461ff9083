/** Address families of Services and of what answers them: in a lab of both, in which pods of node-2 have IPv4 alone. */
import {
  calling,
  client,
  env,
  handKept,
  onNode,
  server,
  serving,
  shell,
  type ServiceFault,
} from './fault.ts';

const FAMILY = 'service/ip-family:Service/NS/web';
const WAITS = 'pod/dependency-unreachable:Deployment/NS/cart';

const asking = { ...calling('web:80'), ...env({ WEB_URL: 'http://web:80' }) };
/** One that tries no other address than the first of the Service. */
const insisting = { ...calling('"[$WEB_SERVICE_HOST]:80"'), ...env({ WEB_URL: 'http://web:80' }) };
const only6 = serving({ ipFamilies: ['IPv6'] });
const both = (ipFamilyPolicy: string, ...ipFamilies: string[]) => serving({ ipFamilyPolicy, ipFamilies });
/** Listens for IPv4, whatever addresses its pod has. */
const old = { ...shell('exec httpd -f -p 0.0.0.0:8080'), readinessProbe: { tcpSocket: { port: 8080 } } };

export const familiesOfTwo: readonly ServiceFault[] = [
  {
    name: 'a Service of IPv6 before a program that listens for IPv4',
    inside: true,
    objects: () => [
      only6,
      server({ image: 'lab/busybox:1', args: [], ...old }, onNode('node-1')),
      client(asking, onNode('node-1')),
    ],
    said: { cart: /REFUSED/ },
    roots: [FAMILY],
    explains: [WAITS],
    says: /1 pod listens for IPv4 alone/,
  },
  {
    name: 'a Service of IPv6 before pods of IPv4',
    objects: () => [only6, server({}, onNode('node-2')), client(asking, onNode('node-1'))],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [FAMILY],
    explains: [WAITS],
    says: /1 pod has no IPv6 address/,
  },
  {
    name: 'both families required, before pods of IPv4',
    objects: () => [
      both('RequireDualStack', 'IPv6', 'IPv4'),
      server({}, onNode('node-2')),
      client(insisting, onNode('node-1')),
    ],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [FAMILY],
    explains: [WAITS],
    says: /EndpointSlices of IPv6 stay empty/,
  },
  {
    name: 'a client of IPv4 before a Service of IPv6',
    objects: () => [only6, server({}, onNode('node-1')), client(asking, onNode('node-2'))],
    said: { cart: /ERROR cannot connect/ },
    roots: [`${FAMILY}#clients`],
    explains: [WAITS],
    says: /has no IPv6 address/,
  },
  {
    name: 'both families, and a program that listens for both',
    inside: true,
    objects: () => [
      both('RequireDualStack', 'IPv6', 'IPv4'),
      server({}, onNode('node-1')),
      client(insisting, onNode('node-1')),
    ],
  },
  {
    name: 'both families preferred, before pods of IPv4 that a client of both reaches',
    objects: () => [
      both('PreferDualStack', 'IPv4', 'IPv6'),
      server({}, onNode('node-2')),
      client(asking, onNode('node-1')),
    ],
  },
];

/** What can be had in a lab of IPv4 alone. */
export const familiesOfOne: readonly ServiceFault[] = [
  {
    name: 'addresses of IPv6 kept by hand for a Service of IPv4',
    objects: () => [
      serving({ selector: undefined }),
      { ...handKept('2001:db8::7'), addressType: 'IPv6' },
      client(asking),
    ],
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: [FAMILY],
    explains: [WAITS],
    says: /kept for it by hand are of type IPv6/,
  },
  {
    name: 'both families preferred where there is one',
    objects: () => [serving({ ipFamilyPolicy: 'PreferDualStack' }), server(), client(asking)],
  },
];
