/** What the kubelet's Unhealthy Events say, taken apart (pkg/kubelet/prober and pkg/probe write them). */

export type ProbeKind = 'readiness' | 'liveness' | 'startup';

/**
 * How a probe failed. `timeout`: nothing came within timeoutSeconds; `refused`: nobody listens on the pod's address;
 * `status`: an HTTP status that is none of 200–399; `tls`: one side speaks TLS and the other does not; `port-name`: the
 * probe names a port that the container does not declare; `command`: a command that ended with another code than 0;
 * `exec-missing`: the command, or one that its shell calls, is not in the container; `http2` and `protocol`: an HTTP probe
 * was answered in HTTP/2, in something else; `grpc-dial`: no gRPC connection came about, for whatever reason (the kubelet
 * dials until time is up and says no more).
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
  | 'grpc-dial'
  | 'http2'
  | 'protocol'
  | 'exec-missing'
  | 'command';

export interface ProbeFailure {
  readonly kind: ProbeKind;
  readonly way: FailureWay;
  /** What the kubelet dialled, where the message says. */
  readonly host?: string;
  readonly port?: number;
  readonly status?: number;
  /** The kubelet could not even ask: it throws such a result away (pkg/kubelet/prober/worker.go), and nothing comes of it. */
  readonly errored: boolean;
  readonly text: string;
}

/** The recorder writes the first part when it counts Events together whose texts differ (client-go, events_cache.go). */
const HEAD =
  /^(?:\(combined from similar events\): )?(Readiness|Liveness|Startup) probe (failed|errored(?: and resulted in \w+ state)?|warning): ?/;

/** The order matters: a time-out while dialling is a time-out, whatever else the line holds. */
const WAYS: ReadonlyArray<readonly [FailureWay, RegExp]> = [
  // A SETTINGS frame (RFC 9113, 6.5): three bytes of length, type 4. A TLS record begins with 0x14 to 0x17 and version 3.
  ['http2', /malformed HTTP response "\\x00\\x00(?:\\x[0-9a-f]{2}|\\[a-z]|[^\\])\\x04/],
  [
    'tls',
    /server gave HTTP response to HTTPS client|malformed HTTP response "\\x1[4-7]\\x03|first record does not look like a TLS handshake|remote error: tls|tls: (?:unsupported|oversized|protocol|handshake)|HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/i,
  ],
  ['protocol', /malformed HTTP (?:response|version|status code) "/],
  ['port-name', /strconv\.Atoi: parsing|couldn't find port: |port "[^"]*" not found/],
  [
    'exec-missing',
    /executable file (?:[`'"][^`'"]+[`'"] )?not found|no such file or directory: unknown|OCI runtime exec failed/,
  ],
  // What a shell says of a command that is not there (exit code 127): busybox and dash, bash.
  ['exec-missing', /^(?:\S*\/)?(?:a|ba|da|k|z)?sh: (?:(?:line )?\d+: )?\S+: (?:command )?not found\s*$/m],
  ['grpc-dial', /^timeout: failed to connect service "/],
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
    /does not implement the grpc health protocol|health rpc (?:probe )?failed|service unhealthy \(responded with/,
  ],
];

/** The kubelet's own words for a command that outlived timeoutSeconds (cri-client, remote_runtime.go; before 1.31 without a head). */
const EXEC_TIMEOUT = /^(?:command timed out: )?(?:command )?".*" timed out\b/s;

/**
 * How an exec probe failed. A command that ended by itself has its output for a message (pkg/probe/exec): what that says of
 * refusals and time-outs is the command's own trouble with something else, not the kubelet's with the command.
 */
export function execWay({ way, errored, text }: ProbeFailure): FailureWay {
  if (way === 'exec-missing') return way;
  if (EXEC_TIMEOUT.test(text) || (errored && way === 'timeout')) return 'timeout';
  return 'command';
}

/** Parses the message of an Event with reason Unhealthy; undefined for anything else. */
export function parseUnhealthy(message: string | null): ProbeFailure | undefined {
  const text = message ?? '';
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const said = text.slice(head[0].length);
  const way = WAYS.find(([, pattern]) => pattern.test(said))?.[0] ?? 'command';
  const status = /statuscode: (\d+)/.exec(said)?.[1];
  const [, six, four, port] =
    /(?:dial tcp |https?:\/\/|service ")(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]+)):(\d+)/.exec(said) ?? [];
  const host = six ?? four;
  const kind = (head[1] ?? '').toLowerCase();
  return {
    kind: kind === 'liveness' ? 'liveness' : kind === 'startup' ? 'startup' : 'readiness',
    way,
    ...(host === undefined ? {} : { host, port: Number(port) }),
    ...(status === undefined ? {} : { status: Number(status) }),
    errored: (head[2] ?? '').startsWith('errored'),
    text: said,
  };
}
