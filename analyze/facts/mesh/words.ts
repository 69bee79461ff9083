/** Access logs of Envoy, in its default text format, in Istio's, and as JSON; and what Linkerd's proxy says of the same. */
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
  /** `upstream_transport_failure_reason`. */
  readonly failure: string | undefined;
  readonly authority: string | undefined;
  /** Address and port that it was sent to. */
  readonly upstream: string | undefined;
  /** `outbound|80||web.shop.svc.cluster.local`, `inbound|8080||`. */
  readonly cluster: string | undefined;
  /** Who asked, address and port. */
  readonly downstream: string | undefined;
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
  const own = { flags: flagsOf(flags), code: Number(code), line };
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([whole, quoted, bare]) => ({
    value: known(quoted ?? bare),
    quoted: whole.startsWith('"'),
  }));
  const at = (index: number): string | undefined => words[index]?.value;
  // Istio since 1.9 has three more before the counts of bytes (`EnvoyTextLogFormat`, pilot/pkg/model/telemetry_logging.go).
  if (words[2]?.quoted === true) {
    const [details, failure, authority, upstream, cluster, downstream] = [0, 2, 10, 11, 12, 15].map(at);
    return { ...own, details, failure, authority, upstream, cluster, downstream };
  }
  const [authority, upstream] = [7, 8].map(at);
  return {
    ...own,
    details: undefined,
    failure: undefined,
    authority,
    upstream,
    cluster: undefined,
    downstream: undefined,
  };
}

function jsonAccess(line: LogRow, text: string): Access | undefined {
  if (!text.includes('"response_flags"')) return undefined;
  const read = fields(parseText(text));
  const flags = textOf(read['response_flags']);
  if (flags === null) return undefined;
  const code = Number(read['response_code']);
  const of = (name: string): string | undefined => known(textOf(read[name]) ?? undefined);
  return {
    flags: flagsOf(flags),
    code: Number.isInteger(code) ? code : undefined,
    details: of('response_code_details'),
    failure: of('upstream_transport_failure_reason'),
    authority: of('authority'),
    upstream: of('upstream_host'),
    cluster: of('upstream_cluster'),
    downstream: of('downstream_remote_address'),
    line,
  };
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
  return failedWith(access) === undefined && (access.code ?? 0) > 0;
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

/** What goes the same way: its own cluster, or, where none was found, what was asked for. */
export function wayOf({ cluster, authority, upstream }: Access): string {
  return cluster ?? authority ?? upstream ?? '';
}

/**
 * Linkerd's proxy, of a client that spoke no TLS to a port that demands it: `Connection denied … tls=None(NoClientHello)
 * client=10.2.76.70:52118` (linkerd_app_inbound::policy::tcp, …::policy::http).
 */
const DENIED = /(?:Connection|Request) denied .*\btls=None\(\w+\).* client(?:\.ip)?=\[?([\d.]+|[0-9a-f:]+)/;

/** The address of the client that was denied for want of TLS. */
export function deniedIn({ text }: LogRow): string | undefined {
  return DENIED.exec(text.slice(0, 2000))?.[1];
}

/** `outbound:proxy{…}:service{ns=shop name=web port=80}:endpoint{addr=…}: linkerd_reconnect: Failed to connect error=…`. */
const RECONNECT = /outbound:.*\bservice\{ns=(\S+) name=(\S+) port=\d+\}.*Failed to connect error=(.*)$/;

export interface NotConnected {
  readonly namespace: string;
  readonly service: string;
  readonly said: string;
  readonly line: LogRow;
}

/** What Linkerd's proxy could not connect to. */
export function notConnectedIn(line: LogRow): NotConnected | undefined {
  const [, namespace, service, said] = RECONNECT.exec(line.text.slice(0, 2000)) ?? [];
  if (namespace === undefined || service === undefined || said === undefined) return undefined;
  return { namespace, service, said: said.split(' error.sources=')[0] ?? said, line };
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
