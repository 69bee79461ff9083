/** Ports on which nobody answers: bound to localhost, another than declared; and what looks like it. */
import { deployed, get, netexec, agnhost, ports, quick, service, shell, type PodFault } from './fault.ts';
import { logged, said } from './states.ts';

const ready = { readinessProbe: { tcpSocket: { port: 8080 }, ...quick } };

/** Nothing but the tools of busybox, so that a look from inside finds its own way. */
function httpd(address: string): ReturnType<typeof shell> {
  return { command: ['httpd', '-f', '-v', '-p', address, '-h', '/etc'] };
}

/** Serves for a while, and then stands still; the kernel goes on answering whoever connects. */
const standsStill = shell(
  'httpd -p 8080 -h /etc; sleep 20; kill -STOP $(pidof httpd | cut -d " " -f 1); echo "INFO stopped"; sleep 3600',
);

export const portFaults: readonly PodFault[] = [
  {
    name: 'bound to 127.0.0.1, declared and probed',
    objects: [service(8080), deployed({ ...httpd('127.0.0.1:8080'), ...ports(8080), ...ready })],
    roots: ['pod/loopback-bind:Deployment/NS/web'],
    says: /localhost/,
    empties: true,
  },
  {
    name: 'bound to 127.0.0.1, without a probe',
    inside: true,
    objects: [service(8080), deployed({ ...httpd('127.0.0.1:8080'), ...ports(8080) })],
    roots: ['pod/loopback-bind:Deployment/NS/web'],
  },
  {
    name: 'bound to ::1',
    inside: true,
    objects: [service(8080), deployed({ ...httpd('[::1]:8080'), ...ports(8080), ...ready })],
    roots: ['pod/loopback-bind:Deployment/NS/web'],
    empties: true,
  },
  {
    name: 'bound to the address of the pod alone',
    near: ['pod/loopback-bind', 'pod/wrong-port'],
    objects: [
      service(8080),
      deployed({
        ...shell('exec httpd -f -p $IP:8080 -h /etc'),
        env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        ...ports(8080),
        ...ready,
      }),
    ],
  },
  {
    name: 'on the host network, bound to its localhost',
    near: ['pod/loopback-bind'],
    objects: [deployed({ ...httpd('127.0.0.1:18097'), ...ports(18_097) }, { spec: { hostNetwork: true } })],
  },
  {
    name: 'an administration on localhost that nobody counts on',
    near: ['pod/loopback-bind'],
    objects: [
      service(8080),
      deployed(
        { ...netexec, ...ports(8080), ...ready },
        { sidecars: [{ name: 'admin', ...httpd('127.0.0.1:9901') }] },
      ),
    ],
  },
  {
    name: 'another port by PORT',
    objects: [
      service(8080),
      deployed({
        ...agnhost,
        args: ['netexec', '--http-port=$(PORT)', '--udp-port=-1'],
        env: [{ name: 'PORT', value: '9090' }],
        ...ports(8080),
        ...ready,
      }),
    ],
    roots: ['pod/wrong-port:Deployment/NS/web'],
    says: /9090/,
    empties: true,
  },
  {
    name: 'another port, said by its log',
    inside: true,
    objects: [
      service(8080),
      deployed({
        ...shell('echo "INFO server listening on port 3000"; exec httpd -f -p 3000 -h /etc'),
        ...ports(8080),
        readinessProbe: get('/hostname', 8080),
      }),
    ],
    roots: ['pod/wrong-port:Deployment/NS/web'],
    says: /3000/,
    empties: true,
  },
  {
    name: 'another port, and no probe that would notice',
    inside: true,
    objects: [
      service(8080),
      deployed({
        ...shell('echo "Listening on :3000"; exec httpd -f -p 3000 -h /etc'),
        ...ports(8080),
      }),
    ],
    roots: ['pod/wrong-port:Deployment/NS/web'],
  },
  {
    name: 'a port that is merely not declared',
    near: ['pod/wrong-port'],
    objects: [service(8080), deployed({ ...netexec, ...ready })],
  },
  {
    name: 'a server that accepts nobody any more',
    inside: true,
    objects: [
      service(8080),
      deployed({ ...standsStill, ...ports(8080), readinessProbe: get('/hostname', 8080) }),
    ],
    roots: ['pod/saturated:Deployment/NS/web#waiting'],
    says: /takes no connections, \d+ connections? waits? on port 8080/,
    empties: true,
    state: said('Unhealthy', 2, /exceeded/),
  },
  {
    name: 'a server that accepts nobody any more, and is Ready by its port alone',
    inside: true,
    objects: [
      service(8080),
      deployed({
        ...standsStill,
        ...ports(8080),
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 20 },
      }),
    ],
    unexplained: ['pod/saturated:Deployment/NS/web#waiting'],
    state: logged(/stopped/),
  },
];
