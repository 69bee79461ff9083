/** Lines in which programs of many languages say that something they depend on fails: what, where, and in which way. */
import type { LogRow } from './object-rows.ts';

export type DependencyWay =
  | 'refused'
  | 'locked'
  | 'timeout'
  | 'dns'
  | 'credentials'
  | 'database'
  | 'tls'
  | 'reset'
  | 'unreachable'
  | 'rejected'
  | 'waiting';

export interface DependencyFailure<Line extends Said = LogRow> {
  readonly way: DependencyWay;
  /** `10.96.0.7:5432`, `db.shop`; undefined where the line names none. */
  readonly target: string | undefined;
  readonly line: Line;
}

/** A line of a log, or what else a program of the pod says. */
interface Said {
  readonly text: string;
}

/**
 * A session that waits for another's lock: PostgreSQL (log_lock_waits, lock_timeout, NOWAIT), MySQL error 1205, SQL Server
 * error 1222, Oracle ORA-00054 and ORA-30006. Said by the database or handed on by its client: it was reached.
 */
export const LOCKED =
  /still waiting for \w*Lock on |canceling statement due to lock timeout|could not obtain lock on |Lock wait timeout exceeded|Lock request time out period exceeded|ORA-00054|ORA-30006|waiting for (?:a |table |table metadata |metadata )?lock/i;

/** The order matters: the reason nearest to the cause wins, and a name that does not resolve is no time-out of its host. */
const WAYS: ReadonlyArray<readonly [DependencyWay, RegExp]> = [
  // Go: it is the DNS server that refuses or does not answer, not the host that was looked up.
  ['dns', /\blookup \S+ on \S+:53: /],
  [
    'credentials',
    /password authentication failed|Access denied for user|NOAUTH|WRONGPASS|ACCESS_REFUSED|Authentication failed|SASL authentication|authentication failed|no pg_hba\.conf entry|Login failed for user|invalid username-password pair|AuthenticationException|role "[^"]*" does not exist/i,
  ],
  [
    'database',
    /database "[^"]*" does not exist|Unknown database '|relation "[^"]*" does not exist|UNKNOWN_TOPIC_OR_PART|NOT_FOUND - no (?:queue|exchange|vhost)|no such vhost/i,
  ],
  [
    'tls',
    /x509: |certificate verify failed|SSLHandshakeException|PKIX path building failed|CERT_HAS_EXPIRED|SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|tls: (?:failed|handshake|first record)|wrong version number|self.signed certificate/i,
  ],
  [
    'dns',
    /no such host|\bENOTFOUND\b|\bEAI_AGAIN\b|UnknownHostException|Name or service not known|Temporary failure in name resolution|could not translate host name|getaddrinfo|nodename nor servname|server misbehaving|NameResolutionError|bad address|can't resolve|failed to lookup address/i,
  ],
  ['refused', /connection (?:to \S+ )?refused|ECONNREFUSED|actively refused|errno 111\b|os error 111\b/i],
  // How a plain connect tool says it, as its whole answer.
  ['refused', /(?:^|[\s:])REFUSED\s*$/],
  ['unreachable', /no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable|NoRouteToHostException/i],
  ['locked', LOCKED],
  [
    'timeout',
    /i\/o timeout|ETIMEDOUT|connect(?:ion)? timed out|ConnectTimeout|connect timeout|SocketTimeoutException|dial tcp[^:]*:\d+: .*timeout|context deadline exceeded|timeout expired|Operation timed out|read timed out|(?:connect\w*|dial|pool|query|lock)(?:[^.]|\.(?=\S)){0,100}time[sd]?[ -]?out|^TIMEOUT$/i,
  ],
  [
    'reset',
    /connection reset by peer|ECONNRESET|broken pipe|\bEPIPE\b|socket hang up|server closed the connection unexpectedly/i,
  ],
  [
    'rejected',
    /too many connections|too many clients|remaining connection slots|max_client_conn|MISCONF|READONLY You can't write|LOADING Redis|CLUSTERDOWN|NOT_LEADER|LEADER_NOT_AVAILABLE|server selection timed? ?out/i,
  ],
];

const TARGETS = [
  /dial (?:tcp|udp) (?:lookup )?\[?([a-z0-9][\w.-]*|[0-9a-f:]+)\]?:(\d{2,5})/i,
  /lookup ([a-z0-9][\w.-]*?)\.?(?: on |:)()/i,
  /ECONN\w+ (?:::ffff:)?([\w.-]+):(\d{2,5})/,
  /(?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)()/,
  /UnknownHostException: ([\w.-]+)()/,
  /could not translate host name "([^"]+)"()/,
  /(?:server|connection to server) at "([^"]+)"(?: \([^)]*\))?, port (\d+)/,
  /host=['"]?([\w.-]+)['"]?,? (?:port=['"]?(\d+))?/,
  /Connection to ([\w.-]+):(\d{2,5}) refused/i,
  /[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@"']*@)?([a-z0-9][\w.-]*):?(\d{2,5})?/i,
  /(?:^|[^\w./@:-])([a-z0-9][\w-]*(?:\.[\w-]+)*)[:/](\d{2,5})\b/i,
  /(?:host|address|lookup|resolve)\s+['"`]?([a-z0-9][\w.-]*\.[\w.-]+|[a-z][\w-]{2,})['"`:]?()/i,
];

/** Its own listener failing, a client of its own that went away, a probe, a line of usage (`-w SEC  Connect timeout`): none is one. */
const NOT_ONE =
  /address already in use|accept tcp|listen tcp|TLS handshake error from|http: Server closed|client disconnected|context canceled|^\s*--?[a-z][\w-]*[ ,=\t]/i;

/** Reads one line; undefined when it tells of no failing dependency. */
export function failureIn<Line extends Said>(line: Line): DependencyFailure<Line> | undefined {
  const text = line.text.slice(0, 2000);
  if (NOT_ONE.test(text)) return undefined;
  const way = WAYS.find(([, pattern]) => pattern.test(text))?.[0];
  if (way === undefined) return undefined;
  return { way, target: targetOf(text), line };
}

/** The failures that lines tell, in their order. */
export function failuresIn(lines: readonly LogRow[]): DependencyFailure[] {
  return lines.flatMap((line) => failureIn(line) ?? []);
}

/** `waiting for db:5432`, as init containers say that look whether a dependency is there. */
const WAITING = /\bwaiting (?:for|on) (?:the |service )?["'`]?([a-z0-9][a-z0-9.-]*)(?::(\d{2,5}))?/i;

/** A line of a container that does nothing but wait, read as a failure of what it waits for. */
export function waitIn(line: LogRow): DependencyFailure | undefined {
  const [, host, port] = WAITING.exec(line.text.slice(0, 2000)) ?? [];
  if (host === undefined) return undefined;
  const name = host.replace(/\.+$/, '');
  return { way: 'waiting', target: port === undefined ? name : `${name}:${port}`, line };
}

function targetOf(text: string): string | undefined {
  for (const pattern of TARGETS) {
    const [, host, port] = pattern.exec(text) ?? [];
    if (host === undefined || /^\d{4}-|^\d+$|^\d{1,2}$/.test(host)) continue;
    return `${host.replace(/\.$/, '')}${port === undefined || port === '' ? '' : `:${port}`}`;
  }
  return undefined;
}
