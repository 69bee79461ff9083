/**
 * What the probes of this version write into `probes/<id>.ndjson`, and how `from` and `to` name places: the one thing
 * that capture and analysis must agree on. Readers are tolerant: any field may be missing, unknown ones are kept.
 */
import { z } from 'zod';

/**
 * Names of places.
 *
 * `from`: `capture` (the capturing machine), `apiserver` (its proxy), `pod/<ns>/<pod>` (inside the pod's network
 * namespace), `node/<node>` (its kubelet).
 *
 * `to`: `pod/<ns>/<pod>:<port>`, `service/<ns>/<name>:<port>`, `dns/<name>@<ns>/<pod>` or `dns/<name>@<address>`,
 * `edge/<host>@<address>:<port>`.
 */
export const PROBES = [
  'pod-http',
  'service-http',
  'port-forward',
  'dns',
  'edge',
  'sockets',
  'resolver',
  'connect',
] as const;
export type ProbeId = (typeof PROBES)[number];

/** Why a port got no byte: always there when the outcome is `not-probed`. */
const reason = z.string().optional();
/** What was said, shortened and redacted: the dialer's error, the first line of a body. */
const text = z.string().optional();
/** By what means a program was run in a container: `cat`, `sh`, `agnhost`, `debug-pod`, … */
const way = z.string().optional();

/** GET through the API server's pod proxy (`pod-http`) or service proxy (`service-http`), where a probe declares it. */
export const httpDetailSchema = z.looseObject({
  container: z.string().optional(),
  port: z.number().int(),
  portName: z.string().optional(),
  path: z.string().optional(),
  scheme: z.enum(['http', 'https']).optional(),
  /** `readinessProbe`, `livenessProbe`, `startupProbe`, or what of the edge declares a health check. */
  declaredBy: z.string().optional(),
  status: z.number().int().optional(),
  text,
  reason,
});
export type HttpDetail = z.infer<typeof httpDetailSchema>;

/** A connect by port-forward: the kubelet dials localhost inside the pod's network namespace. Only `refused` counts. */
export const portForwardDetailSchema = z.looseObject({
  port: z.number().int(),
  /** Localhost is the node's then. */
  hostNetwork: z.boolean().optional(),
  text,
  reason,
});
export type PortForwardDetail = z.infer<typeof portForwardDetailSchema>;

export const dnsDetailSchema = z.looseObject({
  /** The replica that was asked, through a port-forward; or the address, from inside a pod. */
  server: z.looseObject({
    namespace: z.string().optional(),
    pod: z.string().optional(),
    node: z.string().optional(),
    address: z.string().optional(),
  }),
  question: z.looseObject({ name: z.string(), type: z.string() }),
  purpose: z.enum(['kubernetes', 'service', 'absent', 'outside', 'edge-host']).optional(),
  rcode: z.string().optional(),
  answers: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        type: z.string(),
        data: z.string(),
        /** Absent where the program that asked does not tell it. */
        ttl: z.number().optional(),
      }),
    )
    .optional(),
  /** What the API says at that time, as addresses or, for ExternalName, names. */
  truth: z.array(z.string()).optional(),
  agrees: z.boolean().optional(),
  /** Where a program asked from inside a pod: in which container, by what means, and over what; TCP where absent. */
  container: z.string().optional(),
  way,
  transport: z.enum(['tcp', 'udp']).optional(),
  text,
  reason,
});
export type DnsDetail = z.infer<typeof dnsDetailSchema>;

/** One certificate of a chain as the server showed it, the leaf first. Times are RFC 3339. */
export const certificateSchema = z.looseObject({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  notBefore: z.string(),
  notAfter: z.string(),
  fingerprint256: z.string(),
});

/** From the capturing machine to an edge host; one result a step. */
export const edgeDetailSchema = z.looseObject({
  step: z.enum(['dns', 'tcp', 'tls', 'http']),
  host: z.string(),
  address: z.string().optional(),
  port: z.number().int().optional(),
  /** The object whose status published the address, or `public-dns`. */
  publishedBy: z.string().optional(),
  addresses: z.array(z.string()).optional(),
  chain: z.array(certificateSchema).optional(),
  /** Whether the chain leads to a root this machine trusts; no root cause rests on it. */
  trusted: z.boolean().optional(),
  /** Whether the leaf is valid for the name asked for. */
  nameMatches: z.boolean().optional(),
  protocol: z.string().optional(),
  path: z.string().optional(),
  status: z.number().int().optional(),
  text,
  reason,
});
export type EdgeDetail = z.infer<typeof edgeDetailSchema>;

/** What really listens in a pod's network namespace, from `/proc/net/{tcp,tcp6,udp,udp6}`. */
export const socketsDetailSchema = z.looseObject({
  container: z.string(),
  way,
  hostNetwork: z.boolean().optional(),
  listening: z
    .array(
      z.looseObject({
        protocol: z.enum(['tcp', 'udp']),
        family: z.union([z.literal(4), z.literal(6)]),
        address: z.string(),
        port: z.number().int(),
        /** Of TCP: connections that wait to be accepted by the program; none before this was recorded. */
        waiting: z.number().int().optional(),
        /** Who waits, `address:port`, sorted, at most 20. */
        waitingFrom: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  /** `net.ipv6.bindv6only` of that namespace: a listener on `::` takes no IPv4 then, unless it says so itself. */
  bindv6only: z.boolean().optional(),
  text,
  reason,
});
export type SocketsDetail = z.infer<typeof socketsDetailSchema>;

/** A container's `/etc/resolv.conf` and `/etc/hosts`. */
export const resolverDetailSchema = z.looseObject({
  container: z.string(),
  way,
  nameservers: z.array(z.string()).optional(),
  search: z.array(z.string()).optional(),
  options: z.array(z.string()).optional(),
  hosts: z.string().optional(),
  text,
  reason,
});
export type ResolverDetail = z.infer<typeof resolverDetailSchema>;

/** A TCP connect from inside a client pod: the only proof about ClusterIP, kube-proxy and policies. */
export const connectDetailSchema = z.looseObject({
  container: z.string(),
  way,
  /** The name or address that was dialled, and the one it resolved to where that is known. */
  host: z.string(),
  address: z.string().optional(),
  port: z.number().int(),
  text,
  reason,
});
export type ConnectDetail = z.infer<typeof connectDetailSchema>;
