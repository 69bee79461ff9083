// A container that the kernel kills for its memory.
import { items, type Kube, type KubeObject, text } from '../kube.ts';

export interface OomOptions {
  name?: string;
  /** Memory limit as in a pod's spec. */
  limit?: string;
  /** `Always` gives a restart count and a lastState, then a crash loop. */
  restartPolicy?: 'Always' | 'Never';
}

/** Makes a pod that eats memory until it is OOMKilled (exit code 137), and waits until its status says so. */
export async function outOfMemory(
  kube: Kube,
  namespace: string,
  options: OomOptions = {},
): Promise<KubeObject> {
  const { name = 'hungry', limit = '30Mi', restartPolicy = 'Never' } = options;
  await kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'app',
          image: 'lab/busybox:1',
          imagePullPolicy: 'Never',
          command: ['tail', '/dev/zero'],
          resources: { limits: { memory: limit } },
        },
      ],
    },
  });
  return await kube.waitFor({ kind: 'Pod', name, namespace }, wasOomKilled, {
    timeout: 60_000,
    what: `${name} OOMKilled`,
  });
}

/** Whether any container of the pod was OOMKilled, now or the last time. */
export function wasOomKilled(pod: KubeObject): boolean {
  return items(pod, 'status.containerStatuses').some((status) =>
    ['state', 'lastState'].some((state) => text(status, `${state}.terminated.reason`) === 'OOMKilled'),
  );
}
