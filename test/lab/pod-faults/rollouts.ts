/** Rollouts that are stuck, paused or go to pods that nobody asks whether they are ready; and those that go well. */
import { deployed, get, netexec, patient, ports, service, type Container, type PodFault } from './fault.ts';
import type { KubeObject } from '../kube.ts';
import { until } from '../run.ts';
import { ready } from './states.ts';

/** A server that is changed for the worse once it is Ready: the pods of before go on serving. */
function rollout(name: string, root: string, change: Container, says: RegExp): PodFault {
  const good = { replicas: 1 };
  const server = { ...netexec, ...ports(8080), readinessProbe: get('/hostname', 8080, patient) };
  return {
    name,
    objects: [service(8080)],
    roots: [`${root}:Deployment/NS/web`],
    says,
    severity: 'warning',
    async first(kube, namespace) {
      await kube.apply(deployed(server, good), { namespace });
      await until('the first revision to be ready', 240_000, async () => await ready(kube, namespace));
      await kube.apply(deployed({ ...server, ...change }, good), { namespace });
    },
  };
}

/** With more of the Deployment's spec. */
function withSpec(made: KubeObject, more: object): KubeObject {
  return { ...made, spec: { ...Object(made['spec']), ...more } };
}

/** A Service that takes pods of this revision alone. */
function serviceOf(version: string): KubeObject {
  const made = service(8080);
  return withSpec(made, { selector: { app: 'web', version } });
}

const labelled = (version: string): KubeObject =>
  deployed({ ...netexec, ...ports(8080) }, { labels: { version } });

export const rolloutFaults: readonly PodFault[] = [
  rollout(
    'a rollout that is stuck on its image, while the pods of before serve',
    'pod/image-pull',
    { image: 'lab/absent:2' },
    /lab\/absent:2/,
  ),
  rollout(
    'a rollout that is stuck on a crash, while the pods of before serve',
    'pod/crash-loop',
    { args: ['netexec', '--no-such-flag'] },
    /no-such-flag/,
  ),
  rollout(
    'a rollout that is stuck on its probe, while the pods of before serve',
    'pod/probe-misconfigured',
    { readinessProbe: get('/echo?code=404', 8080) },
    /does not have \(404\)/,
  ),
  {
    name: 'a rollout without a readiness probe',
    objects: [service(8080)],
    advice: ['pod/no-readiness-probe:Deployment/NS/web'],
    async first(kube, namespace) {
      await kube.apply(deployed({ ...netexec, ...ports(8080) }), { namespace });
      await until('the first revision to be ready', 240_000, async () => await ready(kube, namespace));
      const env = [{ name: 'VERSION', value: '2' }];
      await kube.apply(deployed({ ...netexec, ...ports(8080), env }), { namespace });
    },
    state: ready,
  },
  {
    name: 'a rollout that went well, with a readiness probe',
    objects: [service(8080)],
    near: ['pod/no-readiness-probe', 'pod/not-ready', 'pod/crash-loop'],
    async first(kube, namespace) {
      const server = { ...netexec, ...ports(8080), readinessProbe: get('/hostname', 8080, patient) };
      await kube.apply(deployed(server), { namespace });
      await until('the first revision to be ready', 240_000, async () => await ready(kube, namespace));
      await kube.apply(deployed({ ...server, env: [{ name: 'VERSION', value: '2' }] }), { namespace });
    },
    state: ready,
  },
  {
    name: 'a rollout that is paused, while the Service waits for its new label',
    objects: [serviceOf('2')],
    roots: ['pod/rollout-paused:Deployment/NS/web'],
    says: /is paused: its new template is not rolled out/,
    empties: true,
    async first(kube, namespace) {
      await kube.apply(labelled('1'), { namespace });
      await until('the first revision to be ready', 240_000, async () => await ready(kube, namespace));
      await kube.apply(withSpec(labelled('2'), { paused: true }), { namespace });
    },
    state: ready,
  },
  {
    name: 'a Deployment that was made paused',
    objects: [service(8080), withSpec(deployed({ ...netexec, ...ports(8080) }), { paused: true })],
    roots: ['pod/rollout-paused:Deployment/NS/web'],
    empties: true,
    state: async () => await Promise.resolve(true),
  },
  {
    name: 'a rollout that is paused, while the pods of before serve',
    objects: [service(8080)],
    near: ['pod/rollout-paused'],
    async first(kube, namespace) {
      await kube.apply(labelled('1'), { namespace });
      await until('the first revision to be ready', 240_000, async () => await ready(kube, namespace));
      await kube.apply(withSpec(labelled('2'), { paused: true }), { namespace });
    },
    state: ready,
  },
];
