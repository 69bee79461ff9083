/** The probes a pod declares, with Kubernetes' defaults filled in (core/v1 Probe). */
import { fields, integer, items, text, texts, type Fields } from '../../ingest/read.ts';
import type { ProbeKind } from './kubelet-words.ts';
import type { PodFact } from '../pods.ts';

export interface SpecProbe {
  readonly container: string;
  readonly kind: ProbeKind;
  readonly type: 'http' | 'tcp' | 'grpc' | 'exec';
  /** Resolved; undefined where a name finds no port, and for `exec`. */
  readonly port: number | undefined;
  readonly portName: string | undefined;
  readonly path: string;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly host: string | undefined;
  readonly command: readonly string[];
  /** Of a gRPC probe: the service whose health it asks for; empty for the server's own. */
  readonly service: string;
  /** Seconds. */
  readonly initialDelay: number;
  readonly timeout: number;
  readonly period: number;
  readonly failures: number;
  /** `spec.containers[app].readinessProbe`. */
  readonly at: string;
}

const KINDS = [
  ['readinessProbe', 'readiness'],
  ['livenessProbe', 'liveness'],
  ['startupProbe', 'startup'],
] as const;

/** Whether the kubelet's probes reach this port of a pod that is Ready: they all are over TCP, but `exec`, which has no port. */
export function isProbedWell({ ready }: Pick<PodFact, 'ready'>, body: Fields, port: number): boolean {
  return ready === 'True' && specProbes(body).some((probe) => probe.port === port);
}

/** Of all containers and sidecars of a Pod, or of a pod template's holder (`spec.template`). */
export function specProbes(pod: Fields): SpecProbe[] {
  const spec = fields(pod['spec']);
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    items(spec[list]).flatMap((container) =>
      KINDS.flatMap(([field, kind]) => {
        const probe = container[field];
        return probe === undefined || probe === null
          ? []
          : [
              probeOf(
                fields(probe),
                container,
                kind,
                `spec.${list}[${text(container['name']) ?? ''}].${field}`,
              ),
            ];
      }),
    ),
  );
}

function probeOf(probe: Fields, container: Fields, kind: ProbeKind, at: string): SpecProbe {
  const type =
    (['httpGet', 'tcpSocket', 'grpc', 'exec'] as const).find((one) => probe[one] !== undefined) ?? 'exec';
  const handler = fields(probe[type]);
  const named = text(handler['port']);
  const declared = items(container['ports']).find(({ name }) => name === named && named !== null);
  return {
    container: text(container['name']) ?? '',
    kind,
    type: type === 'httpGet' ? 'http' : type === 'tcpSocket' ? 'tcp' : type,
    port: integer(handler['port']) ?? integer(declared?.['containerPort']) ?? undefined,
    portName: named ?? undefined,
    path: text(handler['path']) ?? '/',
    scheme: handler['scheme'] === 'HTTPS' ? 'HTTPS' : 'HTTP',
    host: text(handler['host']) ?? undefined,
    command: texts(handler['command']),
    service: text(handler['service']) ?? '',
    initialDelay: integer(probe['initialDelaySeconds']) ?? 0,
    timeout: integer(probe['timeoutSeconds']) ?? 1,
    period: integer(probe['periodSeconds']) ?? 10,
    failures: integer(probe['failureThreshold']) ?? 3,
    at,
  };
}
