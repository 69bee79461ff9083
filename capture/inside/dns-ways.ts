/**
 * The programs of an image that can ask a DNS server, and how each says what came. Where a program only carries bytes
 * (a shell, a netcat), the question is made here and the answer decoded here; the others' words are read.
 */
import { randomInt } from 'node:crypto';
import { decode, type Packet, streamEncode } from 'dns-packet';
import type { Question } from '../dns-server.ts';
import type { ExecOutcome } from '../exec.ts';
import { type DnsReply, replyOf } from '../network/dns-reply.ts';
import { type Asked, digSaid, lastWords, nslookupSaid } from './dns-words.ts';
import { outcomeOfWords } from './ways.ts';

export interface DnsWay {
  readonly id: string;
  readonly transport: 'tcp' | 'udp';
  command(server: string, port: number, question: Question, seconds: number): readonly string[];
  /** Undefined: this program cannot do it, or another one that it needs is not there: try another way. */
  read(outcome: Extract<ExecOutcome, { kind: 'exited' }>, question: Question): Asked | undefined;
}

const RECURSION_DESIRED = 0x0100;

/** Over TCP, with its length before it (RFC 1035, 4.2.2). */
function message({ name, type }: Question): Buffer {
  const id = randomInt(1, 0xffff);
  return Buffer.from(
    streamEncode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ name, type }] }),
  );
}

/** As `printf %b` wants bytes (POSIX, printf): a backslash, a nought and three octal digits. */
const octal = (bytes: Buffer): string =>
  [...bytes].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');

/** Asks for as many bytes as the length says, and so does not wait for the server to close. */
const BASH = `exec 3<>"/dev/tcp/$1/$2"
printf %b "$0" >&3
set -- $(dd bs=1 count=2 <&3 2>/dev/null | od -An -v -tu1)
[ -n "$2" ] || { echo "closed without an answer" >&2; exit 1; }
dd bs=1 count=$(($1*256+$2)) <&3 2>/dev/null | od -An -v -tx1`;
/**
 * At the end of the question the server sees the end of the connection, answers, and closes it. BusyBox bounds only the
 * connect by -w, and not every image has `timeout`: so the shell ends what does not end.
 */
const NETCAT = (flags: string): string => `exec 4>&2
printf %b "$0" | { exec 3<&0; nc ${flags} -w "$3" "$1" "$2" <&3 2>&4 & n=$!
{ sleep "$3"; kill $n; } 3<&- 4>&- >/dev/null 2>&1 & k=$!
wait $n; kill $k; } 2>/dev/null | { dd bs=1 count=2 >/dev/null 2>&1; od -An -v -tx1; }`;
const PYTHON = `import socket,sys,time
m,h,p,s=bytes.fromhex(sys.argv[1]),sys.argv[2],int(sys.argv[3]),float(sys.argv[4])
try:
 t=time.time();c=socket.create_connection((h,p),s);c.settimeout(s);c.sendall(m);b=b""
 while len(b)<2 or len(b)<2+b[0]*256+b[1]:
  d=c.recv(4096)
  if not d: sys.exit("closed without an answer")
  b+=d
 print(b[2:].hex(),"ms",round((time.time()-t)*1000,1))
except socket.timeout: sys.exit("TIMEOUT")
except OSError as e: sys.exit(str(e))`;
const NODE = `const [m,h,p,s]=process.argv.slice(1),t=performance.now();let b=Buffer.alloc(0),done=false;
const end=(w,c)=>{if(done)return;done=true;clearTimeout(l);k.destroy();console.log(w);process.exitCode=c};
const k=require("net").connect(+p,h,()=>k.write(Buffer.from(m,"hex"))),l=setTimeout(()=>end("TIMEOUT",1),s*1000);
k.on("error",e=>end(e.message,1));k.on("end",()=>end("closed without an answer",1));
k.on("data",d=>{b=Buffer.concat([b,d]);if(b.length>1&&b.length>=2+b.readUInt16BE(0))
end(b.subarray(2).toString("hex")+" ms "+(performance.now()-t).toFixed(1),0)})`;

/** Those that say most and cost least first; interpreters last, as for connects. */
export const DNS_WAYS: readonly DnsWay[] = [
  {
    id: 'dig',
    transport: 'udp',
    command: (server, port, { name, type }, seconds) => [
      'dig',
      `@${server}`,
      '-p',
      String(port),
      '-t',
      type,
      `+time=${seconds}`,
      '+tries=1',
      `${name}.`,
    ],
    read: ({ code, stdout, stderr }) => digSaid(`${stdout}\n${stderr}`, code),
  },
  {
    id: 'bash /dev/tcp',
    transport: 'tcp',
    command: (server, port, question, seconds) => [
      'timeout',
      String(seconds),
      'bash',
      '-c',
      BASH,
      octal(message(question)),
      server,
      String(port),
    ],
    read: (outcome, question) =>
      outcome.code === 124 || outcome.code === 143
        ? { outcome: 'timeout', text: 'no answer' }
        : outcome.code >= 125 && outcome.code <= 127
          ? undefined
          : bytesSaid(outcome, question),
  },
  // Most are silent about a failure without -v; BusyBox may know no -v and always tells.
  ...(['-v', ''] as const).map((flag): DnsWay => ({
    id: flag === '' ? 'nc' : `nc ${flag}`,
    transport: 'tcp',
    command: (server, port, question, seconds) => [
      'sh',
      '-c',
      NETCAT(flag),
      octal(message(question)),
      server,
      String(port),
      String(seconds),
    ],
    read: bytesSaid,
  })),
  {
    id: 'nslookup',
    transport: 'udp',
    command: (server, port, { name, type }, seconds) => [
      'nslookup',
      `-type=${type.toLowerCase()}`,
      `-timeout=${seconds}`,
      '-retry=1',
      `-port=${port}`,
      `${name}.`,
      server,
    ],
    read: ({ stdout, stderr }, question) => nslookupSaid(`${stdout}\n${stderr}`, question),
  },
  {
    id: 'python3',
    transport: 'tcp',
    command: (server, port, question, seconds) => [
      'python3',
      '-c',
      PYTHON,
      message(question).toString('hex'),
      server,
      String(port),
      String(seconds),
    ],
    read: bytesSaid,
  },
  {
    id: 'node',
    transport: 'tcp',
    command: (server, port, question, seconds) => [
      'node',
      '-e',
      NODE,
      message(question).toString('hex'),
      server,
      String(port),
      String(seconds),
    ],
    read: bytesSaid,
  },
];

const MISSING = /not found|applet not found|no such file|permission denied|not executable/i;

/** A message without its length, in hexadecimal digits; a failure in words otherwise. */
function bytesSaid(
  { code, stdout, stderr }: { code: number; stdout: string; stderr: string },
  question: Question,
): Asked | undefined {
  const [, hex = '', ms] = /^([0-9a-f\s]+?)(?: ms ([\d.]+))?\s*$/.exec(stdout) ?? [];
  const bytes = Buffer.from(hex.replace(/\s/g, ''), 'hex');
  if (bytes.length > 0) {
    const reply = replyTo(bytes, question);
    if (reply === undefined) return { outcome: 'error', text: 'the answer is no DNS message' };
    return { reply, ...(ms === undefined ? {} : { ms: Number(ms) }) };
  }
  const said = `${stderr}\n${stdout}`.trim();
  const words = outcomeOfWords(said);
  if (words === undefined || (words === 'error' && MISSING.test(said))) return undefined;
  if (words !== 'error') return { outcome: words, text: lastWords(said) };
  // The connection stood, and nothing came within the time.
  if (code === 0 && !/closed without/.test(said)) return { outcome: 'timeout', text: 'no answer' };
  return { outcome: 'error', text: lastWords(said) || `exit code ${code}` };
}

function replyTo(bytes: Buffer, { name }: Question): DnsReply | undefined {
  let packet: Packet;
  try {
    packet = decode(bytes);
  } catch {
    return undefined;
  }
  const asked = packet.questions?.[0]?.name;
  // Bytes of anything else than this question's answer are no answer.
  if (asked !== undefined && asked.toLowerCase() !== name.toLowerCase()) return undefined;
  return replyOf(packet);
}
