/** What incidents of the wild are made of: servers, what complains beside them, Services. */
import { deployment, webServer } from '../incidents/incident.ts';
import type { Kube, KubeObject } from '../kube.ts';

export interface WildFault {
  readonly name: string;
  /** Keys of the roots, NS for the namespace; none for what is healthy or harmless. */
  readonly roots: readonly string[];
  /** Pairs of consequence and cause that must be joined, NS for the namespace. */
  readonly joined?: ReadonlyArray<readonly [string, string]>;
  /** What is served all the same: no finding of it may be critical. */
  readonly warns?: boolean;
  make(kube: Kube, namespace: string): Promise<void>;
  /** Lets go of what would keep the namespace from ending. */
  release?(kube: Kube, namespace: string): Promise<void>;
}

export type Container = Readonly<Record<string, unknown>>;

export function server(
  name: string,
  namespace: string,
  container: Container = webServer,
  labels: Readonly<Record<string, string>> = { app: name },
): KubeObject {
  return deployment({ name, namespace, replicas: 1, labels, container });
}

export function environment(env: Readonly<Record<string, string>>): Container {
  return { env: Object.entries(env).map(([name, value]) => ({ name, value })) };
}

/** As a StatefulSet, whose pods have names under this Service. */
export function asStatefulSet(made: KubeObject, serviceName: string): KubeObject {
  return { ...made, kind: 'StatefulSet', spec: { ...(made['spec'] as object), serviceName } };
}

/** Says this line again and again while `test` fails. */
export function complains(test: string, line: string, env: Readonly<Record<string, string>>): Container {
  return {
    ...environment(env),
    command: [
      '/bin/sh',
      '-c',
      `while true; do ${test} </dev/null >/dev/null 2>&1 || echo "${line}"; sleep 4; done`,
    ],
  };
}

export function service(
  name: string,
  namespace: string,
  spec: Readonly<Record<string, unknown>>,
): KubeObject {
  const ports = [{ port: 80, targetPort: 8080 }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports, ...spec },
  };
}

/** With more of the pod's spec than a server has. */
export function withSpec(made: KubeObject, more: Readonly<Record<string, unknown>>): KubeObject {
  const spec = made['spec'] as { template: { metadata: unknown; spec: Record<string, unknown> } };
  const template = { ...spec.template, spec: { ...spec.template.spec, ...more } };
  return { ...made, spec: { ...spec, template } };
}
