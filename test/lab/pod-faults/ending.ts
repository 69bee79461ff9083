/** What ends before its time: killed for memory or storage, Jobs that fail; and what ends well. */
import {
  deployed,
  get,
  netexec,
  patient,
  ports,
  service,
  shell,
  unready,
  type Container,
  type PodFault,
  type State,
} from './fault.ts';
import { field, text, type KubeObject } from '../kube.ts';
import { all, conditionOf, restarted, somePod } from './states.ts';

const MEMORY = 'pod/oom-killed:Deployment/NS/web';
const STORAGE = 'pod/storage-limit:Deployment/NS/web';

const limitRange: KubeObject = {
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'defaults' },
  spec: { limits: [{ type: 'Container', default: { memory: '20Mi' }, defaultRequest: { memory: '10Mi' } }] },
};

const evicted = somePod(
  (pod) => field(pod, 'status.phase') === 'Failed' && text(pod, 'status.reason') === 'Evicted',
);

function job(name: string, container: Container, spec: object = {}, restartPolicy = 'Never'): KubeObject {
  const app = { name: 'app', image: 'lab/busybox:1', imagePullPolicy: 'Never', ...container };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      ...spec,
      template: { spec: { restartPolicy, terminationGracePeriodSeconds: 1, containers: [app] } },
    },
  };
}

function jobIs(condition: 'Failed' | 'Complete', name = 'migrate'): State {
  return async (kube, namespace) => {
    const found = await kube.find({ apiVersion: 'batch/v1', kind: 'Job', namespace, name });
    return found !== undefined && conditionOf(found, condition) === 'True';
  };
}

export const endingFaults: readonly PodFault[] = [
  {
    name: 'killed for a memory limit that a LimitRange gave it',
    objects: [
      limitRange,
      service(8080),
      deployed({ command: ['tail', '/dev/zero'], ...ports(8080), ...unready }),
    ],
    roots: [MEMORY],
    says: /20Mi, the default of LimitRange defaults/,
    empties: true,
  },
  {
    name: 'killed from outside (137), not for its memory',
    objects: [
      limitRange,
      service(8080),
      deployed({
        ...shell('echo "INFO working"; sleep 1; kill -9 $$; exit 137'),
        ...ports(8080),
        ...unready,
      }),
    ],
    roots: ['pod/crash-loop:Deployment/NS/web'],
    near: ['pod/oom-killed'],
    empties: true,
  },
  {
    name: 'near its memory limit, and well',
    objects: [
      service(8080),
      deployed({
        ...shell('dd if=/dev/zero of=/dev/shm/full bs=1M count=40; exec httpd -f -p 8080 -h /etc'),
        ...ports(8080),
        resources: { requests: { memory: '8Mi' }, limits: { memory: '64Mi' } },
        readinessProbe: get('/hostname', 8080, patient),
      }),
    ],
    near: ['pod/oom-killed', 'pod/saturated'],
  },
  {
    name: 'evicted: more in an emptyDir than its sizeLimit',
    objects: [
      service(8080),
      deployed(
        {
          ...shell('dd if=/dev/zero of=/cache/full bs=1M count=9 2>/dev/null; exec httpd -f -p 8080 -h /etc'),
          ...ports(8080),
          volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
        },
        { spec: { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '2Mi' } }] } },
      ),
    ],
    roots: [STORAGE],
    says: /emptyDir cache .*2Mi/,
    state: evicted,
  },
  {
    name: 'evicted: more written than its ephemeral-storage limit',
    objects: [
      service(8080),
      deployed(
        {
          ...shell('dd if=/dev/zero of=/cache/full bs=1M count=9 2>/dev/null; exec httpd -f -p 8080 -h /etc'),
          ...ports(8080),
          resources: { requests: { 'ephemeral-storage': '1Mi' }, limits: { 'ephemeral-storage': '2Mi' } },
          volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
        },
        { spec: { volumes: [{ name: 'cache', emptyDir: {} }] } },
      ),
    ],
    roots: [STORAGE],
    says: /ephemeral-storage .*2Mi/,
    state: evicted,
  },
  {
    name: 'an emptyDir that stays within its sizeLimit',
    objects: [
      service(8080),
      deployed(
        {
          ...shell('dd if=/dev/zero of=/cache/full bs=1M count=2 2>/dev/null; exec httpd -f -p 8080 -h /etc'),
          ...ports(8080),
          volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
          readinessProbe: get('/hostname', 8080, patient),
        },
        { spec: { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '64Mi' } }] } },
      ),
    ],
    near: ['pod/storage-limit'],
  },
  {
    name: 'a Job that has failed too often',
    objects: [
      job('migrate', shell('echo "ERROR relation orders does not exist"; exit 3'), { backoffLimit: 1 }),
    ],
    advice: ['pod/job-failed:Job/NS/migrate'],
    state: jobIs('Failed'),
  },
  {
    name: 'a Job that took longer than it may',
    objects: [job('migrate', shell('sleep 3600'), { activeDeadlineSeconds: 5 })],
    advice: ['pod/job-failed:Job/NS/migrate'],
    state: jobIs('Failed'),
  },
  {
    name: 'a CronJob whose Job has failed',
    objects: [
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'nightly' },
        spec: {
          schedule: '* * * * *',
          concurrencyPolicy: 'Forbid',
          jobTemplate: { spec: field(job('', shell('exit 1'), { backoffLimit: 0 }), 'spec') },
        },
      },
    ],
    advice: ['pod/job-failed:CronJob/NS/nightly'],
    state: async (kube, namespace) =>
      (await kube.list({ apiVersion: 'batch/v1', kind: 'Job', namespace })).some(
        (one) => conditionOf(one, 'Failed') === 'True',
      ),
  },
  {
    name: 'a Job that failed once and then did its work',
    objects: [
      job(
        'migrate',
        {
          ...shell('if [ -e /state/seen ]; then exit 0; fi; touch /state/seen; exit 1'),
          volumeMounts: [{ name: 'state', mountPath: '/state' }],
        },
        { backoffLimit: 4 },
        'OnFailure',
      ),
    ].map((made) => {
      const spec = made['spec'] as { template: { spec: object } };
      const volumes = [{ name: 'state', emptyDir: {} }];
      return { ...made, spec: { ...spec, template: { spec: { ...spec.template.spec, volumes } } } };
    }),
    near: ['pod/job-failed', 'pod/crash-loop'],
    state: jobIs('Complete'),
  },
  {
    name: 'a flag that the program does not know',
    objects: [
      service(8080),
      deployed({ ...netexec, args: ['netexec', '--listen=8080'], ...ports(8080), ...unready }),
    ],
    roots: ['pod/crash-loop:Deployment/NS/web'],
    says: /arguments that it does not know: .*unknown flag: --listen/,
    empties: true,
    state: all(restarted(2)),
  },
];
