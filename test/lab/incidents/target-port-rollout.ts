/** Incident 2: a rollout moves the program from port 3000 to 8080, the Service goes on sending to 3000: half of it fails. */
import { readyEndpoints } from '../breaking/rollouts.ts';
import type { Kube, KubeObject } from '../kube.ts';
import { until } from '../run.ts';
import { deployment, logged, rolledOut, type Incident, type Note, type Played } from './incident.ts';

const NAME = 'frontend';
const OLD = 3000;
const NEW = 8080;

export const targetPortRollout: Incident = {
  name: 'target-port-rollout',
  title: 'The rollout that moved the port under its Service',
  about:
    'The frontend takes the port it listens on from `PORT`. Its new version sets 8080 and declares and probes 8080 too; ' +
    'the Service still sends to 3000. While the rollout is under way old pods listen on 3000 and new ones on 8080: all ' +
    'are Ready, all are listed as endpoints, and the proxy in front answers 502 at random.',
  play,
};

async function play(kube: Kube, namespace: string, note: (text: string) => Note): Promise<Played> {
  await kube.apply([frontend(namespace, OLD), service(namespace)]);
  await rolledOut(kube, namespace, NAME);
  await until(
    'three ready endpoints',
    60_000,
    async () => (await readyEndpoints(kube, namespace, NAME)) === 3,
  );
  note(`Deployment ${NAME} has three pods that listen on ${OLD}, where Service ${NAME} sends.`);
  await kube.apply(edge(namespace));
  await rolledOut(kube, namespace, 'edge');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  if ((await logged(kube, namespace, 'edge', 'ERROR')) > 0) throw new Error('edge failed before the rollout');
  note('edge asks the Service twice a second and logs what fails: nothing does.');

  const rollout = note(
    `A new version is applied: PORT goes from ${OLD} to ${NEW}; it waits eight minutes between its steps.`,
  );
  await kube.apply(frontend(namespace, NEW));
  await until('two old and two new pods, all ready', 60_000, async () => {
    const [before, after] = await Promise.all([ready(kube, namespace, OLD), ready(kube, namespace, NEW)]);
    return before === 2 && after === 2 && (await readyEndpoints(kube, namespace, NAME)) === 4;
  });
  note(
    `The rollout is half-way: two pods listen on ${OLD}, two on ${NEW}. All four are Ready and endpoints of the Service.`,
  );
  await until(
    'edge to fail ten times',
    120_000,
    async () => (await logged(kube, namespace, 'edge', 'ERROR')) >= 10,
  );
  note('edge has logged ten requests that failed, among others that went well.');

  const root = `service/target-port:Service/${namespace}/${NAME}`;
  return {
    root,
    chain: [root, `pod/dependency-unreachable:Deployment/${namespace}/edge`],
    since: rollout.at,
  };
}

async function ready(kube: Kube, namespace: string, port: number): Promise<number> {
  const pods = await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${NAME},port=p${port}` });
  return pods.filter((pod) => isReady(pod)).length;
}

function isReady({ status, metadata }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as {
    conditions?: ReadonlyArray<{ type: string; status: string }>;
  };
  const going = 'deletionTimestamp' in metadata && metadata['deletionTimestamp'] !== undefined;
  return !going && conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

function frontend(namespace: string, port: number): KubeObject {
  return deployment({
    name: NAME,
    namespace,
    replicas: 3,
    labels: { app: NAME, port: `p${port}` },
    spec: {
      minReadySeconds: port === OLD ? 0 : 500,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    },
    container: {
      env: [{ name: 'PORT', value: String(port) }],
      args: ['netexec', '--http-port=$(PORT)', '--udp-port=-1'],
      ports: [{ containerPort: port }],
      readinessProbe: { httpGet: { path: '/hostname', port }, periodSeconds: 2 },
    },
  });
}

function service(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace },
    spec: { selector: { app: NAME }, ports: [{ name: 'http', port: 80, targetPort: OLD }] },
  };
}

/** A proxy that logs failures alone, as nginx does at its usual level. */
function edge(namespace: string): KubeObject {
  return deployment({
    name: 'edge',
    namespace,
    replicas: 1,
    labels: { app: 'edge' },
    container: {
      env: [{ name: 'UPSTREAM', value: `${NAME}.${namespace}.svc.cluster.local:80` }],
      command: [
        '/bin/sh',
        '-c',
        'echo "INFO proxy of http://$UPSTREAM/ started"; while true; do out=$(agnhost connect "$UPSTREAM" --timeout=2s 2>&1) ' +
          '|| echo "ERROR GET / 502: connect to upstream http://$UPSTREAM/ failed: $out"; sleep 0.5; done',
      ],
    },
  });
}
