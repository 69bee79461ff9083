/** What is left behind a Service and cannot keep up; and what merely works hard. */
import {
  deployed,
  get,
  patient,
  ports,
  quick,
  service,
  shell,
  type Container,
  type PodFault,
} from './fault.ts';
import type { KubeObject } from '../kube.ts';
import { conditionOf, ready, somePod, all, logged, said } from './states.ts';

const OUT = 'pod/not-ready:StatefulSet/NS/web';
const OVERWHELMED = 'pod/saturated:StatefulSet/NS/web';

const pages = 'exec httpd -f -p 8080 -h /etc';

/** A server that takes so many at a time, two seconds each, and turns the rest away in PostgreSQL's words. */
const full = (most: number): string => `cat > /tmp/serve <<'END'
for place in $(seq ${most}); do
  if mkdir /tmp/place-$place 2>/dev/null; then
    read -r line
    sleep 2
    printf 'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n'
    rmdir /tmp/place-$place
    exit
  fi
done
echo 'FATAL:  sorry, too many clients already'
echo "$(date -u '+%Y-%m-%d %H:%M:%S.000 UTC') [57] FATAL:  sorry, too many clients already" > /proc/1/fd/2
END
exec nc -ll -p 8080 -e /bin/sh /tmp/serve`;

/** So many that call it at a time, again and again. */
const callers = (times: number): KubeObject =>
  deployed(
    shell(
      `ask() { while true; do out=$( (echo; sleep 3) | nc $WEB_SERVICE_HOST 80 2>&1 | head -n 1); case "$out" in *' 200 '*) echo "INFO GET http://web/ $out" ;; *) echo "ERROR GET http://web/ failed: $out" ;; esac; done; }; for i in $(seq ${times}); do ask & done; wait`,
    ),
    { name: 'client' },
  );

/** Two servers, of which the second is never ready where `out`; the first also runs this. */
function pair(work: string, resources: object, out = true, serve = pages): KubeObject[] {
  const app: Container = {
    name: 'app',
    image: 'lab/busybox:1',
    imagePullPolicy: 'Never',
    ...shell(`case $HOSTNAME in *-0) (${work}) & ;; esac; ${serve}`),
    ...ports(8080),
    resources,
    readinessProbe: out
      ? { exec: { command: ['sh', '-c', 'test ${HOSTNAME##*-} = 0'] }, ...quick, timeoutSeconds: 20 }
      : get('/hostname', 8080, patient),
  };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { terminationGracePeriodSeconds: 1, containers: [app] },
      },
    },
  };
  return [service(8080), set];
}

const busy = 'while true; do :; done';
const fills = 'dd if=/dev/zero of=/dev/shm/full bs=1M count=61; sleep 3600';
/** So little that even a busy machine has more to give, or nothing would be throttled. */
const scarce = { requests: { cpu: '20m', memory: '8Mi' }, limits: { cpu: '20m' } };
const small = { requests: { cpu: '5m', memory: '8Mi' } };
const thinned = all(
  somePod((pod) => pod.metadata.name === 'web-0' && conditionOf(pod, 'Ready') === 'True'),
  said('Unhealthy', 2),
);

export const saturationFaults: readonly PodFault[] = [
  {
    name: 'the pod that is left is throttled',
    objects: pair(busy, scarce),
    unexplained: [OUT, OVERWHELMED],
    state: thinned,
  },
  {
    name: 'the pod that is left stands at its memory limit',
    objects: pair(fills, { ...small, limits: { memory: '64Mi' } }),
    unexplained: [OUT, OVERWHELMED],
    state: thinned,
  },
  {
    name: 'the pod that is left is full, says so, and tells its callers',
    objects: [...pair('true', small, true, full(1)), callers(5)],
    unexplained: [OUT, OVERWHELMED],
    state: all(thinned, logged(/too many clients/, 6, 'client')),
  },
  {
    name: 'the pod that is left takes all that call it',
    objects: [...pair('true', small, true, full(5)), callers(2)],
    unexplained: [OUT],
    near: ['pod/saturated'],
    state: all(thinned, logged(/ 200 /, 6, 'client')),
  },
  {
    name: 'all pods are in, and one is throttled all the while',
    objects: pair(busy, scarce, false),
    near: ['pod/saturated'],
    state: ready,
  },
  {
    name: 'one pod is out, and the other takes it lightly',
    objects: pair('true', { ...small, limits: { cpu: '500m', memory: '64Mi' } }),
    unexplained: [OUT],
    near: ['pod/saturated'],
    state: thinned,
  },
];
