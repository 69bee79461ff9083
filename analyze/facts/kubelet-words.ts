/** What the kubelet's Unhealthy Events say, taken apart (pkg/kubelet/prober and pkg/probe write them). */

export type ProbeKind = 'readiness' | 'liveness' | 'startup';

/**
 * How a probe failed. `timeout`: nothing came within timeoutSeconds; `refused`: nobody listens on the pod's address;
 * `status`: an HTTP status that is none of 200–399; `tls`: one side speaks TLS and the other does not; `port-name`: the
 * probe names a port that the container does not declare; `command`: a command that ended with another code than 0.
 */
export type FailureWay =
  | 'timeout'
  | 'refused'
  | 'status'
  | 'tls'
  | 'reset'
  | 'unreachable'
  | 'port-name'
  | 'grpc'
  | 'exec-missing'
  | 'command';

export interface ProbeFailure {
  readonly kind: ProbeKind;
  readonly way: FailureWay;
  /** What the kubelet dialled, where the message says. */
  readonly host?: string;
  readonly port?: number;
  readonly status?: number;
  readonly text: string;
}

const HEAD =
  /^(Readiness|Liveness|Startup) probe (?:failed|errored(?: and resulted in \w+ state)?|warning): ?/;

/** The order matters: a time-out while dialling is a time-out, whatever else the line holds. */
const WAYS: ReadonlyArray<readonly [FailureWay, RegExp]> = [
  [
    'tls',
    /server gave HTTP response to HTTPS client|malformed HTTP response|first record does not look like a TLS handshake|remote error: tls|tls: (?:unsupported|oversized|protocol|handshake)|HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i,
  ],
  ['port-name', /strconv\.Atoi: parsing|couldn't find port: |port "[^"]*" not found/],
  ['exec-missing', /executable file not found|no such file or directory: unknown|OCI runtime exec failed/],
  ['refused', /connect(?:ion)?: connection refused|connection refused/],
  [
    'timeout',
    /Client\.Timeout exceeded|context deadline exceeded|i\/o timeout|timed out|did not complete within|DeadlineExceeded|request canceled/,
  ],
  ['status', /HTTP probe failed with statuscode: \d+/],
  ['reset', /connection reset by peer|: EOF$|unexpected EOF|broken pipe/],
  ['unreachable', /no route to host|network is unreachable|no such host/],
  [
    'grpc',
    /does not implement the grpc health protocol|health rpc failed|service unhealthy \(responded with/,
  ],
];

/** Parses the message of an Event with reason Unhealthy; undefined for anything else. */
export function parseUnhealthy(message: string | null): ProbeFailure | undefined {
  const text = message ?? '';
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const said = text.slice(head[0].length);
  const way = WAYS.find(([, pattern]) => pattern.test(said))?.[0] ?? 'command';
  const status = /statuscode: (\d+)/.exec(said)?.[1];
  const dialled = /(?:dial tcp |https?:\/\/|service ")\[?([0-9a-fA-F:.]+?|[a-z0-9.-]+)\]?:(\d+)/.exec(said);
  const kind = (head[1] ?? '').toLowerCase();
  return {
    kind: kind === 'liveness' ? 'liveness' : kind === 'startup' ? 'startup' : 'readiness',
    way,
    ...(dialled?.[1] === undefined ? {} : { host: dialled[1], port: Number(dialled[2]) }),
    ...(status === undefined ? {} : { status: Number(status) }),
    text: said,
  };
}
