/** The programs that may be found in an image, and what each prints: to read files, and to connect without a byte sent. */
import type { ExecOutcome } from '../exec.ts';
import type { ProbeResult } from '../../src/bundle/format.ts';

export interface ReadWay {
  readonly id: string;
  command(files: readonly string[]): readonly string[];
}

/** Builtins of any POSIX shell only; `echo` would eat backslashes, `printf` is none in some. */
const SH_READ = 'for f do while IFS= read -r l; do printf "%s\\n" "$l"; done <"$f"; done 2>/dev/null';
const PYTHON_READ =
  'import sys\nfor f in sys.argv[1:]:\n try: sys.stdout.write(open(f).read())\n except OSError: pass';
const NODE_READ =
  'for(const f of process.argv.slice(1))try{process.stdout.write(require("fs").readFileSync(f))}catch{}';

/** Cheapest first. */
export const READ_WAYS: readonly ReadWay[] = [
  { id: 'cat', command: (files) => ['cat', ...files] },
  { id: 'sh', command: (files) => ['sh', '-c', SH_READ, 'sh', ...files] },
  { id: 'busybox', command: (files) => ['busybox', 'cat', ...files] },
  { id: 'python3', command: (files) => ['python3', '-c', PYTHON_READ, ...files] },
  { id: 'node', command: (files) => ['node', '-e', NODE_READ, ...files] },
];

export interface ConnectWay {
  readonly id: string;
  command(host: string, port: number, seconds: number): readonly string[];
  /** Undefined: this program cannot do it (no such option, none of its helpers), try another way. */
  read(outcome: Extract<ExecOutcome, { kind: 'exited' }>): Connected | undefined;
}

export interface Connected {
  readonly outcome: ProbeResult['outcome'];
  /** Where the name led to, when the program says. */
  readonly address?: string | undefined;
  readonly text?: string | undefined;
}

const BASH = 'exec 3<>"/dev/tcp/$0/$1"';
const PYTHON = `import socket,sys
h,p,s=sys.argv[1],int(sys.argv[2]),float(sys.argv[3])
try: a=socket.getaddrinfo(h,p,0,socket.SOCK_STREAM)[0]
except OSError as e: sys.exit("DNS "+str(e))
try:
 c=socket.socket(a[0],a[1]);c.settimeout(s);c.connect(a[4]);print("address",a[4][0])
except socket.timeout: sys.exit("TIMEOUT address "+a[4][0])
except OSError as e: sys.exit(str(e)+" address "+a[4][0])`;
const NODE = `const [h,p,s]=process.argv.slice(1),end=(t,c)=>{console.log(t);process.exitCode=c};
require("dns").lookup(h,(e,a)=>{if(e)return end("DNS "+e.code,1);
const c=require("net").connect(+p,a),t=setTimeout(()=>c.destroy(Error("TIMEOUT")),s*1000);
c.on("connect",()=>{clearTimeout(t);c.destroy();end("address "+a,0)});
c.on("error",e=>{clearTimeout(t);end(e.message+" address "+a,1)})})`;

const seconds = (value: number): string => String(value);

/** Light ones first: starting an interpreter in a container that is short of memory may cost it its life. */
export const CONNECT_WAYS: readonly ConnectWay[] = [
  {
    id: 'nc -z',
    command: (host, port, limit) => ['nc', '-z', '-v', '-w', seconds(limit), host, String(port)],
    read: byWords,
  },
  {
    // BusyBox without -z: it connects and runs `true`, which reads and writes nothing.
    id: 'nc -e true',
    command: (host, port, limit) => ['nc', '-w', seconds(limit), host, String(port), '-e', 'true'],
    read: byWords,
  },
  {
    id: 'busybox nc -e true',
    command: (host, port, limit) => ['busybox', 'nc', '-w', seconds(limit), host, String(port), '-e', 'true'],
    read: byWords,
  },
  {
    id: 'bash /dev/tcp',
    command: (host, port, limit) => ['timeout', seconds(limit), 'bash', '-c', BASH, host, String(port)],
    read: (outcome) =>
      outcome.code === 124 || outcome.code === 143
        ? { outcome: 'timeout' }
        : outcome.code === 125 || outcome.code === 126 || outcome.code === 127
          ? undefined
          : byWords(outcome),
  },
  {
    id: 'agnhost connect',
    command: (host, port, limit) => ['agnhost', 'connect', `--timeout=${limit}s`, bracketed(host, port)],
    read: byWords,
  },
  {
    // As telnet, curl sends nothing of its own; it goes on until its time is over, connected or not.
    id: 'curl telnet://',
    command: (host, port, limit) => [
      'curl',
      '-sSv',
      '--connect-timeout',
      seconds(limit),
      '-m',
      seconds(limit + 0.5),
      '-w',
      '\n%{time_connect} address %{remote_ip}',
      `telnet://${bracketed(host, port)}`,
    ],
    read: curlOutcome,
  },
  {
    id: 'python3',
    command: (host, port, limit) => ['python3', '-c', PYTHON, host, String(port), seconds(limit)],
    read: byWords,
  },
  {
    id: 'node',
    command: (host, port, limit) => ['node', '-e', NODE, host, String(port), seconds(limit)],
    read: byWords,
  },
];

function bracketed(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What libc, BusyBox, the netcats, bash, agnhost, Python and Node call each way to fail. The first that fits counts. */
const WORDS: ReadonlyArray<readonly [RegExp, ProbeResult['outcome'] | undefined]> = [
  [/invalid option|unrecognized option|unknown option|illegal option|^usage:|applet not found/im, undefined],
  [
    /bad address|could not resolve|name or service not known|temporary failure in name resolution|name does not resolve|nodename nor servname|no address associated|unknown host|host lookup failed|non-recoverable failure|getaddrinfo|gethostbyname|^DNS\b|no such host|ENOTFOUND|EAI_AGAIN/im,
    'dns-error',
  ],
  [/refused/i, 'refused'],
  [/reset by peer|ECONNRESET/i, 'reset'],
  [/no route to host|unreachable|EHOSTUNREACH|ENETUNREACH|host is down/i, 'unreachable'],
  [/timed? ?-?out|ETIMEDOUT|operation now in progress/i, 'timeout'],
];

/** How it failed by its own words: `error` for words that are not known, undefined when the program cannot do it at all. */
export function outcomeOfWords(said: string): ProbeResult['outcome'] | undefined {
  const known = WORDS.find(([words]) => words.test(said));
  return known === undefined ? 'error' : known[1];
}

/** Success by the exit code, a failure by its words. */
function byWords({
  code,
  stdout,
  stderr,
}: {
  code: number;
  stdout: string;
  stderr: string;
}): Connected | undefined {
  const said = `${stderr}\n${stdout}`.trim();
  const address = /\baddress ([0-9a-f.:]+)$|\(((?:\d+\.){3}\d+|[0-9a-f:]*:[0-9a-f:]+)\)/im
    .exec(said)
    ?.slice(1)
    .find((one) => one !== undefined);
  const text = said.split('\n').slice(-3).join(' ').slice(0, 300);
  if (code === 0) return { outcome: 'ok', ...(address === undefined ? {} : { address }) };
  const outcome = outcomeOfWords(said);
  if (outcome === undefined) return undefined;
  if (outcome === 'error') return { outcome, text: text === '' ? `exit code ${code}` : text };
  return { outcome, text, ...(address === undefined ? {} : { address }) };
}

/** curl(1), EXIT CODES: 6 could not resolve, 7 could not connect, 28 time-out; connected when time_connect is no zero. */
function curlOutcome(outcome: { code: number; stdout: string; stderr: string }): Connected | undefined {
  const [, took = '0', address] = /\n([0-9.]+) address ([0-9a-f.:]*)$/i.exec(outcome.stdout) ?? [];
  if (Number(took) > 0) return { outcome: 'ok', ...(address ? { address } : {}) };
  // 1 and 2: built without telnet, or an option that it does not know.
  if (outcome.code === 1 || outcome.code === 2) return undefined;
  if (outcome.code === 6) return { outcome: 'dns-error', text: lastLine(outcome.stderr) };
  if (outcome.code === 28) return { outcome: 'timeout', text: lastLine(outcome.stderr) };
  return byWords({ ...outcome, stdout: '' });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
