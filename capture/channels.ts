/**
 * One WebSocket of the API server's streaming endpoints (exec, port-forward): opened in time, refused in the server's
 * words, and gone whatever happens. Its messages begin with the number of their channel (`v4.channel.k8s.io`).
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { messageOf } from '../src/core/errors.ts';
import { packageVersion } from '../src/core/package-info.ts';
import type { Connection } from './client.ts';
import { ApiFailure, codeOf, failureOf, reasonOfStatus } from './failure.ts';
import { statusWords } from './status-words.ts';

export interface ChannelsRequest {
  /** From the server's root, such as `/api/v1/namespaces/shop/pods/web/exec`. */
  readonly path: string;
  /** A key may come more than once: `command` does. */
  readonly query: ReadonlyArray<readonly [key: string, value: string]>;
  /** In order of preference; the server picks one. */
  readonly protocols: readonly string[];
  /** Ends it at once, opened or not. */
  readonly signal: AbortSignal;
  /** How long opening may take. */
  readonly openMs?: number;
  /** A message that came: its channel, its bytes. It may come before the promise of `openChannels` has resolved. */
  readonly onMessage: (channel: number, data: Buffer) => void;
  /** Told once after opening, when the other side or the network ended it; not for our own `end`. */
  readonly onClose: (failure: ApiFailure | undefined) => void;
}

export interface Channels {
  /** The one the server picked. */
  readonly protocol: string;
  send(channel: number, data: Buffer): void;
  /** Tears the connection down; nothing is told any more. */
  end(): void;
}

const OPEN_MS = 5000;
/** The kubelet sends pieces of at most 32 KiB. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const REFUSAL_BYTES = 64 * 1024;
/** A close that says all is well: normal, or without a code. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/**
 * Opens one. Each of `counts` is told of the request and of every byte that comes.
 * @throws ApiFailure when it is refused or does not open in time.
 */
export async function openChannels(
  connection: Connection,
  request: ChannelsRequest,
  counts: ReadonlyArray<{ count: number; bytes: number }>,
): Promise<Channels> {
  const { signal, openMs = OPEN_MS } = request;
  const settings = await inTime(connection.settings(), signal, openMs);
  const once = async (fresh: boolean): Promise<Channels | Unopened> => {
    const line: Line = { kept: false, answered: false };
    for (const one of counts) one.count += 1;
    const socket = new WebSocket(urlOf(connection.server, request), request.protocols, {
      ...settings.tls,
      // Without an agent it gets a connection of its own. A proxy's agent keeps none.
      ...(fresh ? {} : { agent: settings.agent }),
      headers: { 'user-agent': `inquest/${packageVersion()}`, ...mutable(settings.headers) },
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      finishRequest: (sent) => watchLine(sent, line),
    });
    const channels = listening(socket, request, counts);
    try {
      await inTime(channels.opened, signal, openMs);
      return channels;
    } catch (error) {
      channels.end();
      return { failure: failureOf(error), line };
    }
  };
  const first = await once(false);
  if (!('failure' in first)) return first;
  if (signal.aborted || !isStale(first)) throw first.failure;
  connection.dropIdle();
  const second = await once(true);
  if ('failure' in second) throw second.failure;
  return second;
}

/** What happened on the connection before anything was answered. */
interface Line {
  /** It had served another request before. */
  kept: boolean;
  /** A byte of an answer came. */
  answered: boolean;
}

interface Unopened {
  readonly failure: ApiFailure;
  readonly line: Line;
}

/** Sends the request and looks at the connection that it is given. */
function watchLine(sent: ClientRequest, line: Line): void {
  sent.on('socket', (socket) => {
    line.kept = sent.reusedSocket;
    socket.once('data', () => {
      line.answered = true;
    });
  });
  sent.end();
}

/**
 * Whether a connection that was kept turned out to be cut, or forgotten by what lies between, before a byte was answered:
 * then the server has not begun, and asking once more is safe. A fresh connection that is cut is an answer.
 */
function isStale({ failure, line }: Unopened): boolean {
  if (!line.kept || line.answered || failure.status !== undefined) return false;
  const code = codeOf(failure.cause);
  return code === 'ECONNRESET' || code === 'EPIPE' || failure.reason === 'timeout';
}

/** Listens from the first moment: the first message may come in one packet with the answer that opens it. */
function listening(
  socket: WebSocket,
  request: ChannelsRequest,
  counts: ReadonlyArray<{ bytes: number }>,
): Channels & { readonly opened: Promise<void> } {
  let state: 'opening' | 'refused' | 'open' | 'ended' = 'opening';
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  // Nobody waits for it any more once the time is over.
  opened.catch(() => undefined);
  const end = (): void => {
    state = 'ended';
    request.signal.removeEventListener('abort', stop);
    socket.terminate();
  };
  const close = (failure: ApiFailure | undefined): void => {
    if (state === 'opening') reject(failure ?? new ApiFailure('unreachable', 'closed before it opened'));
    if (state !== 'open') return;
    end();
    request.onClose(failure);
  };
  const stop = (): void => close(failureOf(request.signal.reason));
  request.signal.addEventListener('abort', stop, { once: true });
  socket.on('open', () => {
    if (state === 'opening') state = 'open';
    resolve();
  });
  socket.on('unexpected-response', (_request, response) => {
    // What the connection does after an answer has come, while its words are read, says nothing.
    if (state === 'opening') state = 'refused';
    void refusalOf(response).then(reject);
  });
  socket.on('message', (data) => {
    for (const one of counts) one.bytes += data.length;
    const [channel] = data;
    if (state === 'open' && channel !== undefined) request.onMessage(channel, data.subarray(1));
  });
  socket.on('error', (error) => close(failureOf(error)));
  socket.on('close', (code, reason) => {
    const words = `the connection was closed with ${code} ${reason.toString('utf8')}`.trim();
    close(ORDERLY.has(code) ? undefined : new ApiFailure('unreachable', words));
  });
  return {
    opened,
    get protocol() {
      return socket.protocol;
    },
    send(channel, data) {
      if (state === 'open') socket.send(Buffer.concat([Buffer.from([channel]), data]));
    },
    end,
  };
}

function urlOf(server: URL, { path, query }: ChannelsRequest): URL {
  const url = new URL(server);
  url.protocol = server.protocol === 'http:' ? 'ws:' : 'wss:';
  url.pathname = server.pathname.replace(/\/$/, '') + path;
  url.search = query.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
  return url;
}

function mutable(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

/** The failure that an answer other than 101 stands for. */
async function refusalOf(response: IncomingMessage): Promise<ApiFailure> {
  const status = response.statusCode ?? 0;
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > REFUSAL_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  }
  const { message } = statusWords(text);
  return new ApiFailure(reasonOfStatus(status), message || `HTTP ${status}`, { status });
}

/** The work, or a failure when the signal or the time comes first. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal, ms: number): Promise<T> {
  if (signal.aborted) throw failureOf(signal.reason);
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new ApiFailure('timeout', `no connection within ${ms / 1000} s`)),
    ms,
  );
  const either = AbortSignal.any([signal, late.signal]);
  try {
    return await new Promise<T>((resolve, reject) => {
      either.addEventListener('abort', () => reject(either.reason), { once: true });
      work.then(resolve, reject);
    });
  } catch (error) {
    throw error instanceof ApiFailure ? error : failureOf(error instanceof Error ? error : messageOf(error));
  } finally {
    clearTimeout(timer);
  }
}
