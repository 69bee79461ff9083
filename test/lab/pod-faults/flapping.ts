/** Readiness that comes and goes, that is about to, and that does neither. */
import { deployed, get, ports, quick, service, shell, type Container, type PodFault } from './fault.ts';
import { all, ready, said } from './states.ts';

const FLAPS = 'pod/probe-flapping:Deployment/NS/web';

/** Passes for so many seconds of every so many. */
function passes(seconds: number, of: number, more: object = {}): Container {
  const command = [
    'sh',
    '-c',
    `test $(( $(date +%s) % ${of} )) -lt ${seconds} || { echo "not now"; exit 1; }`,
  ];
  return {
    readinessProbe: { exec: { command }, periodSeconds: 2, failureThreshold: 1, timeoutSeconds: 10, ...more },
  };
}

const server = { ...shell('exec httpd -f -p 8080 -h /etc'), ...ports(8080) };

export const flappingFaults: readonly PodFault[] = [
  {
    name: 'readiness that turns every few seconds',
    objects: [service(8080), deployed({ ...server, ...passes(6, 12) })],
    unexplained: [FLAPS],
    says: /comes and goes/,
    state: said('Unhealthy', 6),
  },
  {
    name: 'readiness that turns, and no Event is left that says so',
    objects: [service(8080), deployed({ ...server, ...passes(5, 10, { periodSeconds: 1 }) })],
    unexplained: [FLAPS],
    says: /comes and goes/,
    // The kubelet's own limit: some 25 Events of one pod, then one in five minutes.
    state: said('Unhealthy', 12),
    async last(kube, namespace) {
      for (const event of await kube.list({ kind: 'Event', namespace }))
        await kube.delete({ kind: 'Event', namespace, name: event.metadata.name });
    },
  },
  {
    name: 'a page that comes and goes with its file',
    objects: [
      service(8080),
      deployed({
        ...shell(
          'mkdir -p /www; (while true; do touch /www/ready; sleep 6; rm /www/ready; sleep 6; done) & exec httpd -f -p 8080 -h /www',
        ),
        ...ports(8080),
        readinessProbe: get('/ready', 8080, { periodSeconds: 2, failureThreshold: 1 }),
      }),
    ],
    unexplained: [FLAPS],
    near: ['pod/probe-misconfigured'],
    says: /comes and goes/,
    state: said('Unhealthy', 6),
  },
  {
    name: 'near the edge: fails now and then, never often enough in a row',
    objects: [service(8080), deployed({ ...server, ...passes(8, 12, { failureThreshold: 30 }) })],
    advice: [FLAPS],
    state: all(ready, said('Unhealthy', 6)),
  },
  {
    name: 'fails only while it starts',
    objects: [
      service(8080),
      deployed({
        ...shell('(sleep 8; touch /tmp/up) & exec httpd -f -p 8080 -h /etc'),
        ...ports(8080),
        readinessProbe: {
          exec: { command: ['cat', '/tmp/up'] },
          ...quick,
          periodSeconds: 2,
          failureThreshold: 30,
        },
      }),
    ],
    near: ['pod/probe-flapping'],
    state: all(ready, said('Unhealthy', 1)),
  },
];
