/** What a pod declares of its ports: container ports, and the HTTP checks that its own probes make. Pure. */
import { asRecord, type JsonRecord } from '../../src/core/json.ts';
import { parseProtocol, type ContainerPort } from '../../src/k8s/service-ports.ts';
import { listOf, numberOf, textOf } from './read.ts';

/** An `httpGet` of a probe: the one request that the application expects from somebody it does not know. */
export interface HttpCheck {
  readonly container: string;
  readonly port: number;
  readonly path: string;
  readonly scheme: 'http' | 'https';
  /** `readinessProbe`, `livenessProbe` or `startupProbe`. */
  readonly declaredBy: string;
  /** It declares headers, which are not sent: they may be credentials. */
  readonly headers: boolean;
}

export interface Declared {
  readonly ports: readonly ContainerPort[];
  readonly checks: readonly HttpCheck[];
  /** Ports that any probe asks, TCP and gRPC too. */
  readonly probed: readonly number[];
}

const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;

/** Of containers and sidecars; other init containers are gone when a Service sends anything. */
export function declaredBy(spec: JsonRecord): Declared {
  const sidecars = listOf(spec['initContainers']).filter((one) => one['restartPolicy'] === 'Always');
  const containers = [...listOf(spec['containers']), ...sidecars];
  const ports = containers.flatMap((container) => portsOf(container));
  const checks: HttpCheck[] = [];
  const probed = new Set<number>();
  for (const container of containers) {
    for (const declaredAs of PROBES) {
      const probe = asRecord(container[declaredAs]);
      const http = asRecord(probe['httpGet']);
      const check = probe['httpGet'] === undefined ? undefined : checkOf(container, http, declaredAs);
      if (check !== undefined) checks.push(check);
      const asked = [http, asRecord(probe['tcpSocket']), asRecord(probe['grpc'])];
      for (const one of asked) {
        const port = portNumber(one['port'], container);
        if (port !== undefined) probed.add(port);
      }
    }
  }
  return { ports, checks, probed: [...probed] };
}

function portsOf(container: JsonRecord): ContainerPort[] {
  return listOf(container['ports']).flatMap((port) => {
    const number = numberOf(port['containerPort']);
    const name = textOf(port['name']);
    if (number === undefined) return [];
    const protocol = parseProtocol(port['protocol']);
    return [
      { container: textOf(container['name']), port: number, protocol, ...(name === '' ? {} : { name }) },
    ];
  });
}

function checkOf(container: JsonRecord, http: JsonRecord, declared: string): HttpCheck | undefined {
  // A probe that names a host asks somebody else than this pod.
  if (textOf(http['host']) !== '') return undefined;
  const port = portNumber(http['port'], container);
  if (port === undefined) return undefined;
  const path = textOf(http['path']) || '/';
  return {
    container: textOf(container['name']),
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    scheme: textOf(http['scheme']) === 'HTTPS' ? 'https' : 'http',
    declaredBy: declared,
    headers: listOf(http['httpHeaders']).length > 0,
  };
}

/** A probe's port by number, or by name among the ports of its own container. */
function portNumber(port: unknown, container: JsonRecord): number | undefined {
  const number = numberOf(port);
  if (number !== undefined) return number;
  const name = textOf(port);
  if (name === '') return undefined;
  return portsOf(container).find((one) => one.name === name)?.port;
}
