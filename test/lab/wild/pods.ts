/** Incidents of pods as they happen in the wild, and what looks like them and is well. */
import { deployment, webServer } from '../incidents/incident.ts';
import { hasCondition, type KubeObject } from '../kube.ts';
import type { WildFault } from './making.ts';

type Fields = Readonly<Record<string, unknown>>;

const IMAGE = { image: 'lab/agnhost:1', imagePullPolicy: 'Never' } as const;

/** A Service of port 80 and the workload behind it: one container called app, and what else its pods have. */
function app(name: string, container: Fields, podSpec: Fields = {}, kind = 'Deployment'): KubeObject[] {
  const labels = { app: name };
  const made = deployment({ name, namespace: '', replicas: 1, labels, container });
  const { template, ...spec } = made['spec'] as { template: { metadata: object; spec: Fields } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      ...made,
      kind,
      metadata: { name },
      spec: {
        ...spec,
        ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
        template: { ...template, spec: { ...template.spec, ...podSpec } },
      },
    },
  ];
}

function shell(script: string): Fields {
  return { command: ['/bin/sh', '-c', script] };
}

/** Beside the container, for as long as the pod lives (a native sidecar). */
function sidecar(name: string, container: Fields): Fields {
  return { initContainers: [{ name, ...IMAGE, restartPolicy: 'Always', ...container }] };
}

const FORBIDDEN =
  'E1127 01:00:00.000000       1 reflector.go:166] "Unhandled Error" err="failed to list *v1.Pod: pods is forbidden: ' +
  'User \\"system:serviceaccount:shop:default\\" cannot list resource \\"pods\\" in API group \\"\\" at the cluster scope"';

/** What each is made of, the roots that an operator would name, and what follows from them. */
interface Told {
  readonly name: string;
  readonly roots: readonly string[];
  readonly joined?: NonNullable<WildFault['joined']>;
  readonly objects: () => KubeObject[];
}

const TOLD: readonly Told[] = [
  {
    name: 'a database on localhost, which is the pod itself',
    roots: ['pod/dependency-unreachable:Deployment/NS/api'],
    joined: [['pod/crash-loop:Deployment/NS/api', 'pod/dependency-unreachable:Deployment/NS/api']],
    objects: () => [
      ...app('db', webServer),
      ...app('api', {
        ...shell(
          'nc -w 1 $DB_HOST 5432 </dev/null || { echo "Error: connect ECONNREFUSED 127.0.0.1:5432"; exit 1; }',
        ),
        env: [{ name: 'DB_HOST', value: 'localhost' }],
      }),
    ],
  },
  {
    name: 'a sysctl that the kubelet does not allow',
    roots: ['pod/not-started:Deployment/NS/web#rejected'],
    objects: () =>
      app('web', webServer, {
        securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1024' }] },
      }),
  },
  {
    name: 'a scheduler that is not there strands its own pods alone',
    roots: ['platform/control-plane:Deployment/NS/web#scheduler:volcano'],
    joined: [
      ['service/no-endpoints:Service/NS/web', 'platform/control-plane:Deployment/NS/web#scheduler:volcano'],
    ],
    objects: () => app('web', webServer, { schedulerName: 'volcano' }),
  },
  {
    name: 'a sidecar that crashes beside a program that is well',
    roots: ['pod/crash-loop:Deployment/NS/web'],
    joined: [['service/no-endpoints:Service/NS/web', 'pod/crash-loop:Deployment/NS/web']],
    objects: () =>
      app('web', webServer, sidecar('proxy', shell('echo "panic: unknown field listener"; exit 2'))),
  },
  {
    name: 'a controller that may not list pods',
    roots: ['pod/crash-loop:Deployment/NS/operator'],
    objects: () =>
      app('operator', shell(`echo '${FORBIDDEN}'; sleep 1; echo "problem running manager"; exit 1`)),
  },
  {
    name: 'healthy: a pull secret that is not there for an image that is, a budget that allows nothing, an init container that complained',
    roots: [],
    objects: () => [
      ...app('web', webServer, {
        imagePullSecrets: [{ name: 'registry' }],
        initContainers: [{ name: 'wait', ...IMAGE, ...shell('echo "ERROR: retrying"; exit 0') }],
      }),
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'web' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      },
    ],
  },
];

const BACKUP = 'example.com/backup';

/** The pod of a StatefulSet is deleted, and whoever should take its finalizer away does not. */
const HELD: WildFault = {
  name: 'a pod of a StatefulSet that a finalizer holds after its end',
  roots: ['pod/stuck-terminating:StatefulSet/NS/db'],
  joined: [['service/no-endpoints:Service/NS/db', 'pod/stuck-terminating:StatefulSet/NS/db']],
  async make(kube, namespace) {
    await kube.apply(app('db', webServer, {}, 'StatefulSet'), { namespace });
    const ref = { kind: 'Pod', name: 'db-0', namespace };
    await kube.waitFor(ref, (pod) => hasCondition(pod, 'Ready'), { timeout: 120_000 });
    await kube.patch(ref, { metadata: { finalizers: [BACKUP] } });
    await kube.delete(ref);
  },
  async release(kube, namespace) {
    await kube.patch({ kind: 'Pod', name: 'db-0', namespace }, { metadata: { finalizers: null } });
  },
};

export const WILD_PODS: readonly WildFault[] = [
  ...TOLD.map(({ objects, ...told }): WildFault => ({
    ...told,
    async make(kube, namespace) {
      await kube.apply(objects(), { namespace });
    },
  })),
  HELD,
];
