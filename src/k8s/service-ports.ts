/** How a Service port finds the port of a pod, by the rules of the EndpointSlice controller (`podutil.FindPort`). */

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  /** A number, or the name of a container port. Absent: the same as `port`. */
  readonly targetPort?: number | string;
  readonly protocol: Protocol;
}

export interface ContainerPort {
  readonly container: string;
  readonly name?: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Reads a protocol; unset is TCP, as the API server defaults it. */
export function parseProtocol(value: unknown): Protocol {
  return value === 'UDP' || value === 'SCTP' ? value : 'TCP';
}

/** Reads a targetPort as served or as kept in text: digits are a number; `''`, 0 and absent are unset. */
export function parseTargetPort(value: unknown): number | string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  if (!/^\d+$/.test(value)) return value;
  const port = Number(value);
  return port > 0 ? port : undefined;
}

/**
 * The port of one pod that a Service port leads to, or undefined when the pod declares no port of that name and
 * protocol. A number is taken as it is, declared or not; a name is looked up among the ports of the pod's containers and
 * sidecars (init containers with restartPolicy Always), in their order, and the protocol must agree. Callers leave the
 * ports of other init containers out.
 */
export function resolvePort(service: ServicePort, declared: readonly ContainerPort[]): number | undefined {
  const target = service.targetPort ?? service.port;
  if (typeof target === 'number') return target;
  return declared.find((port) => port.name === target && port.protocol === service.protocol)?.port;
}

/** `http (80 → web/TCP)`, for people. */
export function describePort(port: ServicePort): string {
  const target = port.targetPort ?? port.port;
  const way = target === port.port ? String(port.port) : `${port.port} → ${target}`;
  return `${port.name === undefined ? '' : `${port.name} `}${way}/${port.protocol}`;
}
