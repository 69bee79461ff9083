/** What a recorded incident is: a story played on the real cluster, and the verdict that must come out of its capture. */
import { waitForRollout } from '../breaking/rollouts.ts';
import { field, type Kube, type KubeObject } from '../kube.ts';

/** Something done or seen while an incident was played, for its story and for what is expected of the timeline. */
export interface Note {
  readonly at: Date;
  readonly text: string;
}

export interface Played {
  /** Finding keys: the one root, and what it explains, from root to symptom. */
  readonly root: string;
  readonly chain: readonly string[];
  /** What may follow from it besides, the longer it lasts. */
  readonly mayShow?: readonly string[];
  /** When the fault began, as the one who caused it knows. */
  readonly since: Date;
}

export interface Incident {
  /** The folder in samples/. */
  readonly name: string;
  /** The first heading of the story. */
  readonly title: string;
  /** What happened, in a paragraph, for people. */
  readonly about: string;
  /** Breaks the cluster for real inside `namespace`, which exists and is empty, and returns when it shows. */
  play(kube: Kube, namespace: string, note: (text: string) => Note): Promise<Played>;
}

/** A Deployment of agnhost pods: `labels` are the pods', `name` is what the Deployment selects by. */
export function deployment(options: {
  name: string;
  namespace: string;
  replicas: number;
  labels: Readonly<Record<string, string>>;
  container: Readonly<Record<string, unknown>>;
  /** Merged into the Deployment's spec. */
  spec?: Readonly<Record<string, unknown>>;
}): KubeObject {
  const selected = { 'app.kubernetes.io/name': options.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: options.name, namespace: options.namespace, labels: selected },
    spec: {
      ...options.spec,
      replicas: options.replicas,
      selector: { matchLabels: selected },
      template: {
        metadata: { labels: { ...selected, ...options.labels } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            { name: 'app', image: 'lab/agnhost:1', imagePullPolicy: 'Never', ...options.container },
          ],
        },
      },
    },
  };
}

/** An HTTP server on 8080 whose readiness probe passes a second after its start. */
export const webServer = {
  args: ['netexec', '--http-port=8080', '--udp-port=-1'],
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/hostname', port: 'http' }, initialDelaySeconds: 1, periodSeconds: 2 },
} as const;

/** A client that connects to `address` every two seconds and logs each failure as applications do. */
export function caller(address: string): Readonly<Record<string, unknown>> {
  return {
    env: [{ name: 'PAYMENT_ADDR', value: address }],
    command: [
      '/bin/sh',
      '-c',
      'while true; do out=$(agnhost connect "$PAYMENT_ADDR" --timeout=1s 2>&1) && echo "INFO paid" ' +
        '|| echo "ERROR POST http://$PAYMENT_ADDR/pay failed: $out"; sleep 2; done',
    ],
  };
}

/** How many lines of the log of the first running pod of `app` hold `text`. */
export async function logged(kube: Kube, namespace: string, app: string, text: string): Promise<number> {
  const [pod] = await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${app}` });
  if (pod === undefined || field(pod, 'status.phase') !== 'Running') return 0;
  return (await kube.logs(namespace, pod.metadata.name)).split(text).length - 1;
}

/** Waits until every replica of a Deployment is of its newest template and available. */
export async function rolledOut(kube: Kube, namespace: string, name: string): Promise<void> {
  await waitForRollout(kube, namespace, name);
}
