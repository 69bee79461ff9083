/** A client that asks a Service again and again, with or without sidecars on both sides; the test is their control plane. */
import { text, type Kube, type KubeObject } from '../kube.ts';
import {
  deployed,
  get,
  netexec,
  patient,
  ports,
  service,
  shell,
  type Container,
  type PodFault,
} from '../pod-faults/fault.ts';
import { until } from '../run.ts';
import { identityOf } from './certificates.ts';
import type { SidecarConfig, Upstream } from './envoy-config.ts';
import { configOf, injected, type Injected } from './sidecar.ts';

export interface MeshFault extends PodFault {
  /** Keys of findings that its first root must explain, by whatever lies between. */
  readonly explains?: readonly string[];
}

export interface Scene extends Omit<MeshFault, 'objects' | 'first'> {
  /** The program behind Service `web`; netexec on 8080 unless told. */
  readonly app?: Container;
  /** The sidecar of `web`; none unless told. */
  readonly inbound?: Omit<NonNullable<SidecarConfig['inbound']>, 'port'>;
  /** What the client's sidecar knows of `web`; no sidecar where it is `false`. */
  readonly outbound?: Partial<Upstream> | false;
  readonly web?: Injected;
  readonly client?: Injected;
  /** Seconds that the client waits for an answer; 1 unless told. */
  readonly waits?: number;
  readonly path?: string;
  /** What the client does, where it is not to ask for that path again and again. */
  readonly asking?: Container;
  /** Where the sidecar of `web` gets all else from: a Service of this name in the namespace, or an address. */
  readonly controlPlane?: 'istiod' | `${number}.${number}.${number}.${number}`;
  /** Beside them. */
  readonly more?: readonly KubeObject[];
  /** The Service's selector, where it is not `app: web`. */
  readonly selector?: Readonly<Record<string, string>>;
}

const PORT = 8080;

/** As Istio rewrites a probe of the program: pilot-agent's port, on which the lab's Envoy answers for it. */
const rewritten = { readinessProbe: get('/app-health/app/readyz', 15_020, patient) };

/** One request for this path of `web`, with its answer on standard output. By nc, which leaves when its input ends. */
const request = (path: string, seconds: number): string =>
  `(printf 'GET %s HTTP/1.1\\r\\nHost: web\\r\\nConnection: close\\r\\n\\r\\n' '${path}'; sleep ${seconds}) | nc $WEB_SERVICE_HOST 80 2>&1`;

/** Asks for this path again and again and says what came of it. busybox's own wget cannot be used in the lab. */
export const asks = (path: string, seconds = 1): Container =>
  shell(
    `while true; do
  out=$( ${request(path, seconds)} | head -n 1 | tr -d '\\r')
  case "$out" in
    *' 200 '*) echo "INFO GET http://web${path} $out" ;;
    *) echo "ERROR GET http://web${path} failed: \${out:-unexpected EOF}" ;;
  esac
  sleep 1
done`,
  );

/** Asks for this path again and again, and leaves after a second, answer or none. */
export const asksAndLeaves = (path: string): Container =>
  shell(`while true; do ${request(path, 1)} > /dev/null; echo "INFO asked for ${path}"; done`);

/** The addresses of the pods of this Deployment, once they have them. */
export async function endpointsOf(kube: Kube, namespace: string, app: string): Promise<string[]> {
  return await until(`addresses of ${app}`, 60_000, async () => {
    const pods = await kube.list({ kind: 'Pod', namespace, labelSelector: `app=${app}` });
    const found = pods.map((pod) => text(pod, 'status.podIP'));
    return found.length > 0 && found.every((ip) => ip !== '')
      ? found.map((ip) => `${ip}:${PORT}`)
      : undefined;
  });
}

/** `web`, a Service before it, and `client`, in one namespace. */
export function scene(made: Scene): MeshFault {
  const { app = { ...netexec, ...ports(PORT) }, inbound, outbound = {}, web = {}, client = {}, waits } = made;
  const {
    more = [],
    selector = { app: 'web' },
    path = '/hostname',
    controlPlane,
    asking = asks(path, waits),
    ...fault
  } = made;
  return {
    ...fault,
    objects: [
      outbound === false
        ? deployed(asking, { ...client, name: 'client' })
        : injected(asking, { ...client, name: 'client' }),
    ],
    async first(kube, namespace) {
      const identity = await identityOf(namespace);
      const behind = service(PORT);
      const istiod =
        controlPlane === undefined
          ? undefined
          : `${controlPlane === 'istiod' ? `istiod.${namespace}.svc` : controlPlane}:15012`;
      const program =
        inbound === undefined
          ? deployed(app, web)
          : injected({ ...rewritten, ...app }, { ...web, ...(istiod === undefined ? {} : { istiod }) });
      const config = {
        namespace,
        ...(inbound === undefined ? {} : { inbound: { ...inbound, port: PORT } }),
        ...(istiod === undefined ? {} : { controlPlane: istiod.replace('.svc:', '.svc.cluster.local:') }),
      };
      await kube.apply(
        [
          // What a pod waits for is older than it.
          ...more,
          { ...behind, spec: { ...(behind['spec'] as object), selector } },
          ...(inbound === undefined ? [] : [configOf('web', config, identity)]),
          program,
        ],
        { namespace },
      );
      if (outbound === false) return;
      const found = await kube.get({ kind: 'Service', name: 'web', namespace });
      const upstream: Upstream = {
        service: 'web',
        port: 80,
        clusterIp: text(found, 'spec.clusterIP'),
        endpoints: outbound.endpoints ?? (await endpointsOf(kube, namespace, 'web')),
        mtls: inbound !== undefined,
        ...outbound,
      };
      await kube.apply([configOf('client', { namespace, outbound: [upstream] }, identity)], { namespace });
    },
  };
}
