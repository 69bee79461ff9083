/** What Linkerd's proxy says of whom it turns away and of what it cannot reach. */
import type { LogRow } from '../object-rows.ts';

/**
 * Linkerd's proxy, of a client that spoke no TLS to a port that demands it: `Connection denied … tls=None(NoClientHello)
 * client=10.2.76.70:52118` (linkerd_app_inbound::policy::tcp, …::policy::http).
 */
const DENIED = /(?:Connection|Request) denied .*\btls=None\(\w+\).* client(?:\.ip)?=\[?([\d.]+|[0-9a-f:]+)/;

/** The address of the client that was denied for want of TLS. */
export function deniedIn(line: LogRow): string | undefined {
  return isOwnPort(line) ? undefined : DENIED.exec(line.text.slice(0, 2000))?.[1];
}

/** `daemon:admin{listen.addr=0.0.0.0:4191}`: who asks the proxy for its own metrics, not its program. */
function isOwnPort({ text }: LogRow): boolean {
  return /\bdaemon:admin\b/.test(text);
}

export interface Unauthorized {
  /** Of the policy.linkerd.io Server, or of the default policy. */
  readonly server: string;
  /** `server`; `default` where no Server selects the port. */
  readonly kind: string;
  /** As its certificate has it: `web.shop.serviceaccount.identity.linkerd.cluster.local`. */
  readonly identity: string | undefined;
  readonly from: string;
  readonly line: LogRow;
}

/**
 * Linkerd's proxy, of a client that it knows and no policy authorizes (linkerd/app/inbound/src/policy/{http,tcp}.rs; before
 * 2.12 `server=NAME` alone): `Request denied server.group=… server.kind=server server.name=web … client.tls=Some(Established {
 * client_id: Some(ClientId(Name("…"))) …}) client.ip=10.2.76.70`.
 */
const UNAUTHORIZED =
  /(?:Connection|Request) denied (?:server\.group=\S* server\.kind=(\S*) server\.name=(\S+)|server=(\S+)).*?\btls=Some\((.*)\) client(?:\.ip)?=\[?([\d.]+|[0-9a-f:]+)/;

export function unauthorizedIn(line: LogRow): Unauthorized | undefined {
  if (isOwnPort(line)) return undefined;
  const [whole, kind, name, older, tls = '', from = ''] = UNAUTHORIZED.exec(line.text.slice(0, 2000)) ?? [];
  if (whole === undefined) return undefined;
  const server = name ?? older ?? '';
  return {
    server,
    kind: kind ?? (server.startsWith('default:') ? 'default' : 'server'),
    identity: /client_id: Some\(ClientId\((?:Name\()?"?([^")\s]+)/.exec(tls)?.[1],
    from,
    line,
  };
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
