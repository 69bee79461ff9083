/** What a fault of pods is made of, and what must come of it: the same for those that must stay quiet. */
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { Kube, KubeObject } from '../kube.ts';

/** Whether what is wanted is seen in a namespace by now. */
export type State = (kube: Kube, namespace: string) => Promise<boolean>;

/** Keys of findings without their namespace: `pod/wrong-port:Deployment/NS/web`, in which NS stands for it. */
export interface PodFault {
  readonly name: string;
  /** Applied in this order into a namespace of its own. */
  readonly objects: readonly KubeObject[];
  /** All the roots there are to be; none unless told. */
  readonly roots?: readonly string[];
  /** All the symptoms that nothing is to explain. */
  readonly unexplained?: readonly string[];
  /** Advice that must be given. */
  readonly advice?: readonly string[];
  /** What the first of them must say. */
  readonly says?: RegExp;
  /** That the root stops the Service: it must then explain its empty endpoints. */
  readonly empties?: boolean;
  /** Only seen when the capture looks from inside (`--allow-exec`). */
  readonly inside?: boolean;
  /** Rows of the catalogue that it looks like and must not be taken for. */
  readonly near?: readonly string[];
  /** What its first finding must weigh. */
  readonly severity?: Verdict['findings'][number]['severity'];
  /** Done first, in the empty namespace. */
  first?(kube: Kube, namespace: string): Promise<void>;
  /** What must be seen of it before anything is captured; as its roots have it (`states.ts`) unless told. */
  readonly state?: State;
  /** Done last, when everything else stands. */
  last?(kube: Kube, namespace: string): Promise<void>;
  /** Takes back what it did outside of its namespace. */
  undo?(kube: Kube): Promise<void>;
}

export type Container = Readonly<Record<string, unknown>>;

export interface Made {
  readonly name?: string;
  readonly replicas?: number;
  /** Of the pods, beside `app`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the pod template, beside its containers. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Beside the first. */
  readonly sidecars?: readonly Container[];
}

/** A Deployment, `web` unless told, of one pod of busybox. */
export function deployed(container: Container, made: Made = {}): KubeObject {
  const { name = 'web', replicas = 1, labels = {}, spec = {}, sidecars = [] } = made;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, ...labels } },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...spec,
          containers: [
            { name: 'app', ...busybox, ...container },
            ...sidecars.map((one) => ({ ...busybox, ...one })),
          ],
        },
      },
    },
  };
}

const busybox = { image: 'lab/busybox:1', imagePullPolicy: 'Never' };
export const agnhost = { image: 'lab/agnhost:1', imagePullPolicy: 'Never' };

/** A Service of this name over the pods of the Deployment of this name. */
export function service(targetPort: number, name = 'web', port = 80): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port, targetPort }] },
  };
}

/** An agnhost web server on 8080. */
export const netexecArgs = ['netexec', '--http-port=8080', '--udp-port=-1'] as const;
export const netexec: Container = { ...agnhost, args: netexecArgs };

/** Declares these TCP ports. */
export function ports(...numbers: readonly number[]): Container {
  return { ports: numbers.map((containerPort) => ({ containerPort })) };
}

/** Never Ready, not even while it runs for a moment: its probe begins later than it lives. */
export const unready: Container = {
  readinessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 60, periodSeconds: 5 },
};

export function shell(script: string): Container {
  return { command: ['/bin/sh', '-c', script] };
}

/** Quick enough that a test need not wait, and patient enough for a machine that is busy. */
export const quick = { periodSeconds: 3, failureThreshold: 2, timeoutSeconds: 5 } as const;

/** For probes that are to pass, on a machine however busy. */
export const patient = { periodSeconds: 5, failureThreshold: 60, timeoutSeconds: 20 } as const;

export function get(path: string, port: number, more: Readonly<Record<string, unknown>> = {}): Container {
  const { scheme, ...rest } = more;
  return { httpGet: { path, port, ...(scheme === undefined ? {} : { scheme }) }, ...quick, ...rest };
}
