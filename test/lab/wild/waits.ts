/** Incidents of the wild in which pods wait: for a Job, for each other, for a place; and what looks like that and is well. */
import { webServer } from '../incidents/incident.ts';
import { hasCondition, type Kube, type KubeObject } from '../kube.ts';
import {
  asStatefulSet,
  environment,
  server,
  service,
  type Container,
  type WildFault,
  withSpec,
} from './making.ts';

const IMAGE = { image: 'lab/agnhost:1', imagePullPolicy: 'Never' } as const;

function shell(script: string): Container {
  return { command: ['/bin/sh', '-c', script] };
}

/** A server that an init container called `wait` holds back. */
function heldBack(name: string, script: string, env: Readonly<Record<string, string>> = {}): KubeObject[] {
  const wait = { name: 'wait', ...IMAGE, ...environment(env), ...shell(script) };
  return [withSpec(server(name, ''), { initContainers: [wait] }), service(name, '', {})].map(bare);
}

/** A server, or what is told instead, and its Service. */
function app(name: string, container: Container = webServer, more: Container = {}): KubeObject[] {
  return [withSpec(server(name, '', container), more), service(name, '', {})].map(bare);
}

/** Without the namespace, which `apply` adds. */
function bare(object: KubeObject): KubeObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** With more of a Deployment's own spec. */
function rolling([made, ...rest]: KubeObject[], spec: Container): KubeObject[] {
  return made === undefined ? [] : [{ ...made, spec: { ...(made['spec'] as object), ...spec } }, ...rest];
}

/** Makes the objects, waits until the Deployment `name` is available, and changes the template of its pods. */
async function changed(kube: Kube, namespace: string, name: string, objects: KubeObject[]): Promise<void> {
  await kube.apply(objects, { namespace });
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace };
  await kube.waitFor(ref, (one) => hasCondition(one, 'Available'), { timeout: 120_000 });
  await kube.patch(ref, { spec: { template: { metadata: { annotations: { revision: 'next' } } } } });
}

const SURGE = { replicas: 1, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } as const;

interface Told extends Omit<WildFault, 'make'> {
  readonly objects: () => KubeObject[];
}

const TOLD: readonly Told[] = [
  {
    name: 'an init container that waits for a Job that has failed',
    roots: ['pod/job-failed:Job/NS/migrate'],
    joined: [['service/no-endpoints:Service/NS/api', 'pod/job-failed:Job/NS/migrate']],
    objects: () => [
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'migrate' },
        spec: {
          backoffLimit: 0,
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [
                {
                  name: 'app',
                  ...IMAGE,
                  ...shell('echo "ERROR: column \\"email\\" already exists"; exit 1'),
                },
              ],
            },
          },
        },
      },
      ...heldBack('api', 'while true; do echo "Waiting for job migrate..."; sleep 2; done'),
    ],
  },
  {
    name: 'two Services whose pods wait for each other',
    roots: ['pod/circular-wait:Deployment/NS/billing'],
    joined: [
      ['service/no-endpoints:Service/NS/orders', 'pod/circular-wait:Deployment/NS/billing'],
      ['pod/dependency-unreachable:Deployment/NS/orders', 'pod/circular-wait:Deployment/NS/billing'],
    ],
    objects: () =>
      [
        ['orders', 'billing'],
        ['billing', 'orders'],
      ].flatMap(([name = '', other = '']) =>
        heldBack(
          name,
          `until agnhost connect ${other}:80 --timeout=1s; do echo "waiting for ${other}:80"; sleep 2; done`,
        ),
      ),
  },
  {
    name: 'a StatefulSet that is Ready only once it has found a pod that is made after it',
    roots: ['pod/circular-wait:StatefulSet/NS/db'],
    joined: [['service/no-endpoints:Service/NS/db', 'pod/circular-wait:StatefulSet/NS/db']],
    objects: () => {
      const member = {
        ...shell(
          'while true; do nslookup db-1.db >/dev/null 2>&1 || echo "WARN lookup db-1.db on 10.96.0.10:53: no such host"; sleep 3; done',
        ),
        readinessProbe: { exec: { command: ['test', '-f', '/quorum'] }, periodSeconds: 3 },
      };
      const made = asStatefulSet(server('db', '', member), 'db');
      return [
        bare({ ...made, spec: { ...(made['spec'] as object), replicas: 2 } }),
        bare(service('db', '', { clusterIP: 'None' })),
      ];
    },
  },
  {
    name: 'a readiness command that asks a database and says nothing, whose Service has a slip',
    roots: ['service/selector-mismatch:Service/NS/db'],
    joined: [
      ['pod/dependency-unreachable:Deployment/NS/api', 'service/no-endpoints:Service/NS/db'],
      ['service/no-endpoints:Service/NS/api', 'pod/dependency-unreachable:Deployment/NS/api'],
    ],
    objects: () => [
      ...app('db').slice(0, 1),
      bare(service('db', '', { selector: { app: 'dB' } })),
      ...app('api', {
        ...webServer,
        ...environment({ DB_HOST: 'db' }),
        readinessProbe: {
          exec: { command: ['/bin/sh', '-c', 'nc -w 1 $DB_HOST 80 </dev/null >/dev/null 2>&1'] },
          periodSeconds: 3,
        },
      }),
    ],
  },
  {
    name: 'a subPath of a key that the ConfigMap does not have',
    roots: ['pod/config-missing:Deployment/NS/api'],
    joined: [['pod/crash-loop:Deployment/NS/api', 'pod/config-missing:Deployment/NS/api']],
    objects: () => [
      bare({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { 'app.yml': 'x' } }),
      ...app(
        'api',
        {
          ...shell('cat /etc/app.yaml || exit 1'),
          volumeMounts: [{ name: 'conf', mountPath: '/etc/app.yaml', subPath: 'app.yaml' }],
        },
        { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] },
      ),
    ],
  },
  {
    name: 'a program that hangs some time after its start is none that listens on localhost',
    roots: [],
    objects: () =>
      app('api', {
        ...shell('agnhost netexec --http-port=8080 --udp-port=-1 & p=$!; sleep 15; kill -STOP $p; wait $p'),
        ports: webServer.ports,
        readinessProbe: webServer.readinessProbe,
      }),
  },
];

export const WILD_WAITS: readonly WildFault[] = [
  ...TOLD.map(({ objects, ...told }): WildFault => ({
    ...told,
    async make(kube, namespace) {
      await kube.apply(objects(), { namespace });
    },
  })),
  {
    name: 'a rollout that wants one pod more than its quota allows',
    roots: ['platform/quota:ResourceQuota/NS/pods'],
    joined: [['pod/not-created:Deployment/NS/api', 'platform/quota:ResourceQuota/NS/pods']],
    warns: true,
    async make(kube, namespace) {
      const quota = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'pods' },
        spec: { hard: { pods: '1' } },
      };
      await changed(kube, namespace, 'api', [quota, ...rolling(app('api'), SURGE)]);
    },
  },
  {
    name: 'a rollout whose pods keep their distance from those of before',
    roots: ['pod/unschedulable:Deployment/NS/api'],
    warns: true,
    async make(kube, namespace) {
      const apart = {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/os', labelSelector: { matchLabels: { app: 'api' } } },
          ],
        },
      };
      await changed(kube, namespace, 'api', rolling(app('api', webServer, { affinity: apart }), SURGE));
    },
  },
];
