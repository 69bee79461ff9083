/** Access logs of Envoy, in its default text format, in Istio's, and as JSON; and what sidecars say of their own start. */
import { parseText } from '../read.ts';
import { fields, text as textOf } from '../../ingest/read.ts';
import type { LogRow } from '../object-rows.ts';

/** The containers that meshes inject. */
export const SIDECARS: ReadonlySet<string> = new Set(['istio-proxy', 'linkerd-proxy']);

/**
 * What the proxies of meshes and their agents listen on (https://istio.io/latest/docs/ops/deployment/application-requirements/,
 * https://linkerd.io/2/features/cni/): never the program's port.
 */
export const SIDECAR_PORTS: ReadonlySet<number> = new Set([
  15_000, 15_001, 15_004, 15_006, 15_008, 15_020, 15_021, 15_053, 15_090, 4140, 4143, 4190, 4191,
]);

/** One request or connection as a proxy logged it; what a format does not have is undefined. */
export interface Access {
  /** Response flags; none where it passed. */
  readonly flags: readonly string[];
  /** 0 where no answer was begun. */
  readonly code: number | undefined;
  /** `response_code_details`. */
  readonly details: string | undefined;
  /** `connection_termination_details`. */
  readonly ended: string | undefined;
  /** `upstream_transport_failure_reason`. */
  readonly failure: string | undefined;
  /** `x-request-id`: the same at the client's proxy and at the server's. */
  readonly requestId: string | undefined;
  readonly agent: string | undefined;
  readonly authority: string | undefined;
  /** Address and port that it was sent to. */
  readonly upstream: string | undefined;
  /** `outbound|80||web.shop.svc.cluster.local`, `inbound|8080||`. */
  readonly cluster: string | undefined;
  /** Address and port that it was sent from; the server's proxy knows it as who asked. */
  readonly upstreamLocal: string | undefined;
  /** Address and port that was asked: of an outbound connection, where it was meant to go. */
  readonly asked: string | undefined;
  /** Who asked, address and port. */
  readonly downstream: string | undefined;
  /** The name in the TLS handshake. */
  readonly serverName: string | undefined;
  readonly route: string | undefined;
  readonly line: LogRow;
}

/**
 * The flags of what could not be passed on
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags). Not DC and DR,
 * with which the client itself went away, nor what a program answered, which has none.
 */
export const FLAGS: Readonly<Record<string, string>> = {
  UH: 'no healthy upstream',
  UF: 'the connection to the upstream failed',
  NR: 'no route for the request',
  NC: 'no such cluster',
  UC: 'the upstream ended the connection',
  UR: 'the upstream reset the request',
  UT: 'the upstream did not answer in time',
  URX: 'retries used up',
  UO: 'too many connections or requests (circuit breaker)',
  UPE: 'the upstream broke the protocol',
};

/** `[start] "METHOD path HTTP/1.1" code flags …`; of what is no HTTP the request reads `- - -`. */
const TEXT = /^\[[^\]]+\] "[^"]*" (?<code>\d{1,3}) (?<flags>-|[A-Z]+[A-Z,]*) (?<rest>.*)$/;

/** Reads one line of an access log; undefined for any other. */
export function accessOf(line: LogRow): Access | undefined {
  const text = line.text.slice(0, 4000).trim();
  if (text.startsWith('{')) return jsonAccess(line, text);
  const { code, flags, rest } = TEXT.exec(text)?.groups ?? {};
  if (code === undefined || flags === undefined || rest === undefined) return undefined;
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([whole, quoted, bare]) => ({
    value: known(quoted ?? bare),
    quoted: whole.startsWith('"'),
  }));
  const places = words[2]?.quoted === true ? ISTIO : ENVOY;
  const at = (name: keyof typeof ISTIO): string | undefined => words[places[name] ?? -1]?.value;
  return { flags: flagsOf(flags), code: Number(code), ...told(at), line };
}

/** Places behind the flags. Istio since 1.9 has three more before the counts of bytes (`EnvoyTextLogFormat`, pilot/pkg/model/telemetry_logging.go). */
const ISTIO = {
  details: 0,
  ended: 1,
  failure: 2,
  agent: 8,
  requestId: 9,
  authority: 10,
  upstream: 11,
  cluster: 12,
  upstreamLocal: 13,
  asked: 14,
  downstream: 15,
  serverName: 16,
  route: 17,
} as const;
const ENVOY: Partial<Record<keyof typeof ISTIO, number>> = {
  agent: 5,
  requestId: 6,
  authority: 7,
  upstream: 8,
};

/** Names of the same in Istio's JSON (`EnvoyJSONLogFormatIstio`). */
const JSON_NAMES: Readonly<Record<keyof typeof ISTIO, string>> = {
  details: 'response_code_details',
  ended: 'connection_termination_details',
  failure: 'upstream_transport_failure_reason',
  agent: 'user_agent',
  requestId: 'request_id',
  authority: 'authority',
  upstream: 'upstream_host',
  cluster: 'upstream_cluster',
  upstreamLocal: 'upstream_local_address',
  asked: 'downstream_local_address',
  downstream: 'downstream_remote_address',
  serverName: 'requested_server_name',
  route: 'route_name',
};

function told(at: (name: keyof typeof ISTIO) => string | undefined): Omit<Access, 'flags' | 'code' | 'line'> {
  return {
    details: at('details'),
    ended: at('ended'),
    failure: at('failure'),
    agent: at('agent'),
    requestId: at('requestId'),
    authority: at('authority'),
    upstream: at('upstream'),
    cluster: at('cluster'),
    upstreamLocal: at('upstreamLocal'),
    asked: at('asked'),
    downstream: at('downstream'),
    serverName: at('serverName'),
    route: at('route'),
  };
}

function jsonAccess(line: LogRow, text: string): Access | undefined {
  if (!text.includes('"response_flags"')) return undefined;
  const read = fields(parseText(text));
  const flags = textOf(read['response_flags']);
  if (flags === null) return undefined;
  const code = Number(read['response_code']);
  const at = (name: keyof typeof ISTIO): string | undefined =>
    known(textOf(read[JSON_NAMES[name]]) ?? undefined);
  return { flags: flagsOf(flags), code: Number.isInteger(code) ? code : undefined, ...told(at), line };
}

/** `-` stands for what there is none of. */
function known(value: string | undefined): string | undefined {
  return value === undefined || value === '-' || value === '' ? undefined : value;
}

function flagsOf(said: string): string[] {
  return said.split(',').filter((flag) => flag !== '-' && flag !== '');
}

/** The flag that says why it failed; undefined of what passed, or whose client went away. URX only adds that it was retried. */
export function failedWith({ flags }: Access): string | undefined {
  const telling = flags.filter((flag) => flag in FLAGS);
  return telling.find((flag) => flag !== 'URX') ?? telling[0];
}

/** It was answered. One whose client went away (DC, no code) tells nothing either way. */
export function isPassed(access: Access): boolean {
  return failedWith(access) === undefined && (access.code ?? 0) > 0 && !isTurnedAway(access);
}

/** The proxy itself turned it away by a rule, for which there is no flag. */
export function isTurnedAway(access: Access): boolean {
  return rbacOf(access) !== undefined || isShutIn(access);
}

/**
 * What Envoy's RBAC filter says of whom it denies (`responseDetail`, source/extensions/filters/common/rbac/utility.cc): of a
 * request in the details of its 403, of a connection that it closes in those of its end.
 */
const RBAC = /^rbac_access_denied_matched_policy\[(.*)\]$/;

/** The policy that denied it as the proxy knows it; `none` where there are ALLOW policies, and none matched. */
export function rbacOf({ details, ended }: Access): string | undefined {
  return RBAC.exec(details ?? '')?.[1] ?? RBAC.exec(ended ?? '')?.[1];
}

/**
 * It was to leave for what the proxy does not know, under `outboundTrafficPolicy: REGISTRY_ONLY`: HTTP is answered with 502 by
 * the route `block_all`, other connections lead to the cluster `BlackHoleCluster` (pilot/pkg/networking/core/route and cluster.go).
 */
export function isShutIn({ route, details, cluster, asked }: Access): boolean {
  if (route === 'block_all') return details === 'direct_response';
  // What comes in by the proxy's own port is a loop that it cuts.
  return cluster === 'BlackHoleCluster' && asked !== undefined && !/:150(?:01|06)$/.test(asked);
}

/**
 * A connection that met no filter chain: where mutual TLS is STRICT, those of a port are for TLS alone, and plain text is
 * turned away before any request is read (`filter_chain_not_found`, envoy/stream_info/stream_info.h).
 */
export function isPlainText({ details, flags }: Access): boolean {
  return details === 'filter_chain_not_found' && flags.includes('NR');
}

/**
 * The mesh’s own rules are at fault, not what it sends to: there is no route, the route leads to a cluster that is not there
 * (`route_not_found`, `cluster_not_found`), or it speaks TLS to what does not.
 */
export function isOwnFault(access: Access): boolean {
  const flag = failedWith(access);
  if (flag === 'NR') return !isPlainText(access);
  return flag === 'NC' || (flag === 'UF' && isTls(access));
}

/** BoringSSL's words; the spaces are underlines (`TLS_error:|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end`). */
export function isTls({ failure, details }: Access): boolean {
  return [failure, details].some((said) => said !== undefined && /TLS_error|SSL_routines/.test(said));
}

/** The Service of an outbound cluster (`outbound|80|v1|web.shop.svc.cluster.local`), or of the authority that was asked for. */
export function serviceOf({ cluster, authority }: Access): string | undefined {
  const host = cluster?.startsWith('outbound|') === true ? cluster.split('|')[3] : authority;
  return host?.replace(/:\d+$/, '');
}

/** What goes the same way: its own cluster, or, where none was found or all goes by one, what was asked for. */
export function wayOf({ cluster, serverName, authority, upstream, asked }: Access): string {
  const any = cluster === 'PassthroughCluster' || cluster === 'BlackHoleCluster';
  return (any ? undefined : cluster) ?? authority ?? serverName ?? upstream ?? asked ?? '';
}

/**
 * That a sidecar waits for its control plane: pilot-agent's readiness and Envoy's own stream to it (pilot/cmd/pilot-agent/status/
 * ready/probe.go; grpc_stream.h), Linkerd's certificate (linkerd_app: Waiting for identity to be initialized).
 */
const WAITS =
  /Envoy proxy is NOT ready: config (?:not|received)|gRPC config stream to \S+ closed|Waiting for identity to be initialized|Failed to (?:obtain|certify) identity/;

export function waitsForControlPlane({ text }: LogRow): boolean {
  return WAITS.test(text.slice(0, 2000));
}

/** That it has begun to take connections: pilot-agent, and Envoy at level info. */
const BEGAN = /Envoy proxy is ready|all dependencies initialized\. starting workers/;

export function beganToServe({ text }: LogRow): boolean {
  return BEGAN.test(text.slice(0, 2000));
}
