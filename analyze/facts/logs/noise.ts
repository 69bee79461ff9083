/** Lines that hold the words of a failing dependency and tell of none: whose line it is, or what kind of line. */

/** Its own listener, those who call it, and what it gave up itself. */
const OWN =
  /address already in use|EADDRINUSE|\baccept tcp|\blisten (?:tcp|udp)|TLS handshake error from|http: Server closed|client (?:disconnected|prematurely|timed out)|from client\b|context canceled|ClientAbortException|jetty\.io\.EofException|AsyncRequestTimeoutException|rejected connection|Failed authentication with \/|AMQP connection <|while (?:SSL handshaking|reading client [a-z ]+|waiting for request|keepalive), client/i;

/** A line of usage (`-w SEC  Connect timeout`), a warning of an old option. */
const ABOUT = /^\s*--?[a-z][\w-]*[ ,=\t]|\bdeprecat|using a shorter maxLifetime/i;

/** Combined and common log format, and what frameworks print of a request that they answered. */
const ACCESS =
  /"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) [^"]* HTTP\/[\d.]+" \d{3}\b|^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ \d{3}\b/;

/** Frames of a stack and the source lines that Python shows between them. */
const FRAME =
  /^\s*at (?:(?:async |new )?[\w$.<>/`+]+ ?[([]|\S+:\d+:\d+)|^\s*File "[^"]*", line \d|^\s+(?:raise|except|return|await) |^\s*\.\.\. \d+ more|\.go:\d+ \+0x|^[\w./*()-]+\((?:0x|\{0x|\.\.\.)/;

const OVER =
  /\breconnected\b|successfully connected|connection\b.{0,60}(?<!not )(?<!not be )\bre-?established|is available after \d/i;

/**
 * Servers say of their own clients what a client says of its server. PostgreSQL: `[pid] FATAL:  …` (log_line_prefix), or
 * `backend_type` in its JSON; MySQL and MariaDB: `time thread [Note] …`; mongod: the context of a connection, `conn12`;
 * CoreDNS: `plugin/errors: rcode name type: error` (plugin/errors/errors.go).
 */
const SERVERS: readonly RegExp[] = [
  /\[\d+\]:?(?: (?:\[[\d-]+\]|[\w.-]*@[\w.-]*|\S*=\S*):?){0,3} (?:FATAL|ERROR|LOG|WARNING|PANIC|DETAIL|HINT|STATEMENT): {2}/,
  /"backend_type":"/,
  /^\d{4}-\d\d-\d\d[T ]\S+ +\d+ \[(?:Note|Warning|ERROR|System)\] /,
  /"ctx":"conn\d+"/,
  // CoreDNS of a query that it passed on for a client: what ails the servers above it is told by their rates, not by this.
  /\bplugin\/errors: \d+ \S+ [A-Z0-9]+: /,
];

/** … unless it is a client itself: a standby of its primary, a replica of its source. */
const FOLLOWS =
  /could not connect to the primary|could not receive data from WAL|connecting to (?:master|source)/;

/** Go's net.OpError: `read tcp LOCAL->REMOTE`. */
const ARROW = /\b(?:read|write) (?:tcp|udp)[46]? \S*:(\d+)->\S+:(\d+)/;
/** Linux gives a client a port from here up (ip_local_port_range). */
export const EPHEMERAL = 32_768;

/** What belongs to the line before it: frames, what is set in, causes, the ends of printed objects, nothing at all. */
const BELONGS =
  /^\s|^$|^Caused by: |^Suppressed: |^Traceback \(most|^During handling of|^The above exception|^[)\]}]+[,;]?$/;

/** Whether a line is a place in a program and no more. */
export function isFrame({ text }: { readonly text: string }): boolean {
  return FRAME.test(text.slice(0, 4000));
}

/** Whether a line says nothing by itself: errors are printed over many lines. */
export function isContinued(line: { readonly text: string }): boolean {
  return BELONGS.test(line.text) || isFrame(line);
}

/** Whether a line (without colours, its quotes plain) tells of no dependency, whatever its words. */
export function isNoise(text: string): boolean {
  if ([OWN, ABOUT, ACCESS, FRAME, OVER].some((pattern) => pattern.test(text))) return true;
  if (SERVERS.some((pattern) => pattern.test(text)) && !FOLLOWS.test(text)) return true;
  const [, local, remote] = ARROW.exec(text) ?? [];
  return local !== undefined && Number(local) < EPHEMERAL && Number(remote) >= EPHEMERAL;
}
