/** What is left behind a Service and cannot keep up; and what merely works hard. */
import { get, patient, ports, quick, service, shell, type Container, type PodFault } from './fault.ts';
import type { KubeObject } from '../kube.ts';
import { conditionOf, ready, somePod, all, said } from './states.ts';

const OUT = 'pod/not-ready:StatefulSet/NS/web';
const OVERWHELMED = 'pod/saturated:StatefulSet/NS/web';

/** Two servers, of which the second is never ready where `out`; the first also runs this. */
function pair(work: string, resources: object, out = true): KubeObject[] {
  const app: Container = {
    name: 'app',
    image: 'lab/busybox:1',
    imagePullPolicy: 'Never',
    ...shell(`case $HOSTNAME in *-0) (${work}) & ;; esac; exec httpd -f -p 8080 -h /etc`),
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
