/** Pods that are not Ready for a reason of their own, and those that need not be. */
import { deployed, get, netexec, ports, quick, service, shell, type PodFault } from './fault.ts';

const served = { ...netexec, ...ports(8080) };

export const readinessFaults: readonly PodFault[] = [
  {
    name: 'a readiness gate that nobody sets',
    objects: [
      service(8080),
      deployed(served, {
        spec: { readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/k8s-web' }] },
      }),
    ],
    unexplained: ['pod/not-ready:Deployment/NS/web'],
    says: /readiness gate/,
  },
  {
    name: 'a sidecar that is not ready',
    objects: [
      service(8080),
      deployed(served, {
        sidecars: [
          {
            name: 'agent',
            ...shell('sleep 3600'),
            readinessProbe: { exec: { command: ['cat', '/tmp/up'] }, ...quick },
          },
        ],
      }),
    ],
    unexplained: ['pod/not-ready:Deployment/NS/web'],
  },
  {
    name: 'a Job that is done',
    near: ['pod/not-ready', 'pod/job-failed'],
    objects: [
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'migrate' },
        spec: {
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              restartPolicy: 'Never',
              containers: [
                { name: 'app', image: 'lab/busybox:1', imagePullPolicy: 'Never', command: ['true'] },
              ],
            },
          },
        },
      },
      service(8080),
      deployed(served),
    ],
  },
  {
    name: 'a pod that ends in a rollout',
    near: ['pod/not-ready'],
    objects: [
      service(8080),
      deployed(
        {
          ...shell('trap "" TERM; httpd -p 8080 -h /etc; while true; do sleep 1; done'),
          ...ports(8080),
          readinessProbe: get('/hostname', 8080),
        },
        { spec: { terminationGracePeriodSeconds: 120 } },
      ),
    ],
    async last(kube, namespace) {
      const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' };
      const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
      await kube.patch(web, { spec: { template: { metadata: { annotations } } } }, 'strategic');
    },
  },
];
