/** What selectors take in besides what is meant, and what has ended. */
import { field, type KubeObject } from '../kube.ts';
import {
  agnhost,
  calling,
  client,
  env,
  endpointsReady,
  netexec,
  PATIENCE,
  ports,
  server,
  serving,
  shell,
  type ServiceFault,
} from './fault.ts';

const BROAD = 'service/selector-too-broad:Service/NS/web';
const shared = { part: 'shop' };
const broad = serving({ selector: shared });
const idle = { ...agnhost, ...shell('echo "INFO working"; sleep 3600') };

/** A pod that its owner runs to an end, with the labels of `web`. */
function job(name: string, script: string, labels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'app', ...agnhost, ...shell(script) }],
        },
      },
    },
  };
}

export const selection: readonly ServiceFault[] = [
  {
    name: 'an unrelated workload that does not serve the port',
    inside: true,
    objects: () => [
      broad,
      server({}, { labels: shared }),
      server({ ...idle, readinessProbe: undefined, args: undefined }, { name: 'agent', labels: shared }),
    ],
    roots: [BROAD],
    says: /takes in 1 pod of Deployment agent/,
  },
  {
    name: 'the worker pods of a Job',
    inside: true,
    objects: () => [broad, server({}, { labels: shared }), job('import', 'sleep 3600', shared)],
    async last(kube, namespace) {
      await endpointsReady(kube, namespace, 'web', 2);
    },
    roots: [BROAD],
    says: /takes in 1 pod of Job import/,
  },
  {
    name: 'blue and green, which both serve',
    inside: true,
    objects: () => [broad, server({}, { labels: shared }), server({}, { name: 'green', labels: shared })],
  },
  {
    name: 'the pods of a Job that is done',
    objects: () => [broad, server({}, { labels: shared }), job('import', 'echo done', shared)],
    async last(kube, namespace) {
      await kube.waitFor(
        { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'import' },
        (one) => field(one, 'status.succeeded') === 1,
        PATIENCE,
      );
    },
  },
  {
    name: 'the pods of a Job that is done, which a client goes on asking',
    objects: () => [serving(), job('web', 'sleep 5', { app: 'web' })],
    async last(kube, namespace) {
      await kube.waitFor(
        { apiVersion: 'batch/v1', kind: 'Job', namespace, name: 'web' },
        (one) => field(one, 'status.succeeded') === 1,
        PATIENCE,
      );
      await kube.apply([client({ ...calling('web:80'), ...env({ WEB_URL: 'http://web:80' }) })], {
        namespace,
      });
    },
    said: { cart: /TIMEOUT|REFUSED/ },
    roots: ['service/selector-mismatch:Service/NS/web#ended'],
    explains: ['pod/dependency-unreachable:Deployment/NS/cart'],
    says: /a Job that is done makes no other/,
  },
  {
    name: 'a bare pod that has ended',
    objects: () => [
      serving(),
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'app', ...netexec, ...ports(8080) }],
        },
      },
    ],
    async last(kube, namespace) {
      await endpointsReady(kube, namespace, 'web', 1);
      // It answers, or it is gone before it has.
      await kube.proxy(namespace, 'web', 8080, '/exit?code=0');
      await kube.waitFor(
        { kind: 'Pod', namespace, name: 'web' },
        (one) => field(one, 'status.phase') === 'Succeeded',
        PATIENCE,
      );
      await endpointsReady(kube, namespace, 'web', 0);
    },
    roots: ['service/selector-mismatch:Service/NS/web#ended'],
    explains: ['service/no-endpoints:Service/NS/web'],
    says: /web: Completed, exit code 0/,
  },
];
