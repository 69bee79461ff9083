/** One address and port of the edge, step by step over one connection: TCP, the TLS handshake, one GET. */
import { connect as tcpConnect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as tlsConnect, type TLSSocket } from 'node:tls';
import type { ProbeResult } from '../../src/bundle/format.ts';
import type { EdgeDetail } from '../../src/bundle/probes.ts';
import { messageOf } from '../../src/core/errors.ts';
import { packageVersion } from '../../src/core/package-info.ts';
import { codeOf } from '../failure.ts';
import type { EdgePort } from '../network/edge-digest.ts';
import { chainOf } from './certificates.ts';

export interface Step {
  readonly outcome: ProbeResult['outcome'];
  readonly ms: number;
  readonly detail: Pick<EdgeDetail, 'step'> & Readonly<Record<string, unknown>>;
}

interface Dial extends EdgePort {
  readonly host: string;
  readonly address: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Each step may take so long. */
const LIMIT_MS = 5000;
const FIRST_LINE_BYTES = 2048;

/**
 * The steps as far as they go: what failed is the last of them. Nothing but the GET's head is ever sent.
 * @throws the signal's reason when the capture ends first.
 */
export async function dial(wanted: Dial): Promise<readonly Step[]> {
  const sockets: Socket[] = [];
  const steps: Step[] = [];
  const step = async <T>(
    name: EdgeDetail['step'],
    work: (limit: AbortSignal) => Promise<{ value: T; step: Omit<Step, 'ms'> }>,
  ): Promise<T | undefined> => {
    const started = performance.now();
    const ms = (): number => Math.round(performance.now() - started);
    try {
      const done = await work(AbortSignal.any([wanted.signal, AbortSignal.timeout(LIMIT_MS)]));
      steps.push({ ...done.step, ms: ms() });
      return done.value;
    } catch (error) {
      // The end of the capture says nothing about the other side.
      wanted.signal.throwIfAborted();
      steps.push({ ...failed(error), ms: ms(), detail: { step: name, text: wordsOf(error) } });
      return undefined;
    }
  };
  try {
    const socket = await step('tcp', (limit) => openTcp(wanted, limit, sockets));
    if (socket === undefined) return steps;
    const secure = wanted.tls
      ? await step('tls', (limit) => openTls(wanted, socket, limit, sockets))
      : socket;
    if (secure === undefined || !wanted.http) return steps;
    await step('http', (limit) => ask(wanted, secure, limit));
    return steps;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

type Done<T> = { value: T; step: Omit<Step, 'ms'> };

async function openTcp(
  { address, port }: Dial,
  limit: AbortSignal,
  sockets: Socket[],
): Promise<Done<Socket>> {
  const socket = tcpConnect({ host: address, port });
  sockets.push(socket);
  await eventOf(socket, 'connect', limit);
  return { value: socket, step: { outcome: 'ok', detail: { step: 'tcp' } } };
}

async function openTls(
  { host }: Dial,
  plain: Socket,
  limit: AbortSignal,
  sockets: Socket[],
): Promise<Done<TLSSocket>> {
  const socket = tlsConnect({
    socket: plain,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // What it shows is evidence whether it is trusted or not; no secret is sent over it.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
  });
  sockets.push(socket);
  await eventOf(socket, 'secureConnect', limit);
  const leaf = socket.getPeerCertificate(false);
  const untrusted: unknown = socket.authorizationError;
  const chain = chainOf(socket);
  const detail = {
    step: 'tls',
    chain: [...chain],
    trusted: socket.authorized,
    nameMatches: chain.length > 0 && checkServerIdentity(host, leaf) === undefined,
    protocol: socket.getProtocol() ?? '',
    ...(socket.authorized
      ? {}
      : { text: untrusted instanceof Error ? untrusted.message : String(untrusted) }),
  } as const;
  return { value: socket, step: { outcome: 'ok', detail } };
}

/** One GET without a body; of the answer the first line alone is kept. */
async function ask(
  { host, path, port, tls }: Dial,
  socket: Socket,
  limit: AbortSignal,
): Promise<Done<undefined>> {
  const usual = port === (tls ? 443 : 80);
  const name = `${isIP(host) === 6 ? `[${host}]` : host}${usual ? '' : `:${port}`}`;
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: ${name}`,
    `User-Agent: inquest/${packageVersion()}`,
    'Accept: */*',
    'Connection: close',
  ];
  const answer = firstBytes(socket, limit);
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const bytes = await answer;
  const status = Number(/^HTTP\/\d(?:\.\d)? (\d{3})/.exec(bytes.toString('latin1'))?.[1]);
  const detail = {
    step: 'http',
    path,
    text: bytes.toString('utf8').split(/\r?\n/)[0]?.slice(0, 200),
  } as const;
  // A TLS record (an alert) in answer to plain text; some say it in words.
  const mismatch =
    (bytes[0] === 0x15 && bytes[1] === 0x03) || /HTTPS? (port|server)/i.test(bytes.toString('latin1'));
  if (!tls && mismatch && (Number.isNaN(status) || status === 400)) {
    return {
      value: undefined,
      step: {
        outcome: 'tls-mismatch',
        detail: {
          step: 'http',
          path,
          text: 'this port speaks TLS',
          ...(Number.isNaN(status) ? {} : { status }),
        },
      },
    };
  }
  if (Number.isNaN(status)) return { value: undefined, step: { outcome: 'error', detail } };
  const outcome = status >= 400 ? 'http-error' : 'ok';
  return { value: undefined, step: { outcome, detail: { ...detail, status } } };
}

/** Until the first line's end, or what came when the other side closed. */
function firstBytes(socket: Socket, limit: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]).subarray(0, FIRST_LINE_BYTES);
      if (bytes.includes(0x0a) || bytes.length >= FIRST_LINE_BYTES || bytes[0] === 0x15) resolve(bytes);
    });
    socket.once('error', reject);
    socket.once('end', () =>
      bytes.length > 0
        ? resolve(bytes)
        : reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' })),
    );
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
}

function eventOf(socket: Socket, event: 'connect' | 'secureConnect', limit: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    // Heard for as long as it lives: an error that nobody hears would end the process.
    socket.on('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
}

const OUTCOMES: Readonly<Record<string, ProbeResult['outcome']>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EPROTO: 'tls-mismatch',
};

function failed(error: unknown): { outcome: ProbeResult['outcome'] } {
  const code = codeOf(error) ?? '';
  if (code.startsWith('ERR_SSL_')) return { outcome: 'tls-mismatch' };
  if (error instanceof Error && error.name === 'TimeoutError') return { outcome: 'timeout' };
  return { outcome: OUTCOMES[code] ?? 'error' };
}

function wordsOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `nothing came for ${LIMIT_MS / 1000} s`;
  return [codeOf(error), messageOf(error)]
    .filter((text) => text !== undefined)
    .join(' ')
    .slice(0, 300);
}
