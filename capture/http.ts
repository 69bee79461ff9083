/** Raw requests to the API server: every one ends in time, is counted, and says in the server's words why it failed. */
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { packageVersion } from '../src/core/package-info.ts';
import { type Channels, type ChannelsRequest, openChannels } from './channels.ts';
import type { Connection } from './client.ts';
import { ApiFailure, codeOf, failureOf, reasonOfStatus } from './failure.ts';
import { createPace, type Pace } from './pace.ts';
import { createLatencies, type Latencies, type LatencyTally } from './latency.ts';
import { createSkew, type ClockSkew } from './skew.ts';
import { statusWords } from './status-words.ts';

export interface ApiRequest {
  /** GET unless told. A capture sends nothing else, but for the reviews of preflight.ts, which store nothing. */
  readonly method?: string;
  /** From the server's root, such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Ends the request at once, whatever it waits for. */
  readonly signal: AbortSignal;
  /** Without a byte for so long it is given up: connecting, headers and body alike. 0: never (watches). */
  readonly idleMs?: number;
  /** The same until the first byte, where that is to be shorter. */
  readonly firstMs?: number;
  /** Give it up after so long, however it drips. 0: never. */
  readonly limitMs?: number;
  /** Take any status as an answer: `/readyz` says why with a 500. */
  readonly anyStatus?: boolean;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The bytes, unpacked. Throws ApiFailure when the body does not come whole and in time. */
  readonly body: AsyncIterable<Buffer>;
}

export interface ApiClient {
  /** One request; a status of 400 or more is an ApiFailure unless `anyStatus`. Bounded retries as `RETRIES` says. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** The whole body, at most `maxBytes` (16 MiB unless told). */
  bytes(request: ApiRequest, maxBytes?: number): Promise<Buffer>;
  /** The body as JSON. */
  json(request: ApiRequest): Promise<unknown>;
  /** A WebSocket of a streaming endpoint (exec, port-forward). @throws ApiFailure when it does not open. */
  channels(request: ChannelsRequest): Promise<Channels>;
  /** The same connection with counts of its own, which count here too: whose requests they were. */
  counted(): ApiClient;
  /** Requests sent, and bytes received as they came over the wire. */
  readonly counts: { readonly count: number; readonly bytes: number };
  skew(): ClockSkew | undefined;
  latencies(): Latencies;
}

const IDLE_MS = 10_000;
const LIMIT_MS = 30_000;
/** Only what may pass by waiting is asked again: 429 and answers with Retry-After, and connections cut before an answer. */
const RETRIES = 3;
const LONGEST_WAIT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Nothing came over a connection that was kept: what lies between may have forgotten it, a new one may work. */
const STALE = { code: 'INQUEST_STALE' } as const;

/** A client on one connection. */
export function createApiClient(connection: Connection): ApiClient {
  return clientOn({ connection, skew: createSkew(), latencies: createLatencies(), pace: createPace() }, []);
}

interface Shared {
  readonly connection: Connection;
  readonly skew: ReturnType<typeof createSkew>;
  readonly latencies: LatencyTally;
  readonly pace: Pace;
}

function clientOn(shared: Shared, above: readonly Counts[]): ApiClient {
  const { skew, latencies, pace, connection } = shared;
  const counts: Counts = { count: 0, bytes: 0 };
  const all = [...above, counts];
  const client: ApiClient = {
    counts,
    counted: () => clientOn(shared, all),
    skew: () => skew.value(),
    latencies: () => latencies.value(),
    async request(wanted) {
      for (let attempt = 1; ; attempt += 1) {
        await pace(wanted.signal);
        const outcome = await attemptOnce(shared, wanted, all);
        if (!(outcome instanceof ApiFailure)) return outcome;
        const wait = attempt > RETRIES ? undefined : waitBefore(outcome, attempt, wanted.method ?? 'GET');
        if (wait === undefined) throw outcome;
        await sleep(wait, undefined, { signal: wanted.signal }).catch(() => {
          throw outcome;
        });
      }
    },
    async channels(wanted) {
      await pace(wanted.signal);
      return await openChannels(connection, wanted, all);
    },
    async bytes(wanted, maxBytes = MAX_BYTES) {
      const { body } = await client.request(wanted);
      return await collect(body, maxBytes);
    },
    async json(wanted) {
      const bytes = await client.bytes(wanted);
      try {
        const parsed: unknown = JSON.parse(bytes.toString('utf8'));
        return parsed;
      } catch (error) {
        throw new ApiFailure('invalid', `the answer to ${wanted.path} is no JSON`, { cause: error });
      }
    },
  };
  return client;
}

/** Milliseconds to wait before asking again, or undefined when that would be no use or bad manners. */
function waitBefore(failure: ApiFailure, attempt: number, method: string): number | undefined {
  if (failure.status === 429 || (failure.status !== undefined && failure.retryAfterMs !== undefined)) {
    if (failure.status !== 429 && failure.status < 500) return undefined;
    return Math.min(failure.retryAfterMs ?? 1000 * attempt, LONGEST_WAIT_MS);
  }
  // A kept-alive connection that the server has just closed: nothing was answered, asking again is safe once.
  const code = codeOf(failure.cause);
  const cut =
    failure.status === undefined && (code === 'ECONNRESET' || code === 'EPIPE' || code === STALE.code);
  return cut && attempt === 1 && method === 'GET' ? 100 : undefined;
}

type Counts = { count: number; bytes: number };

async function attemptOnce(
  { connection, skew, latencies }: Shared,
  wanted: ApiRequest,
  counts: readonly Counts[],
): Promise<ApiResponse | ApiFailure> {
  const patience = createPatience(wanted);
  let kept = false;
  let sentAt: number | undefined;
  try {
    const started = Date.now();
    for (const one of counts) one.count += 1;
    const response = await send(connection, wanted, patience.signal, (reused) => {
      kept = reused;
      sentAt = Date.now();
    });
    kept = false;
    skew.sample(response.headers.date, started, Date.now());
    latencies.sample(wanted.path, response.statusCode, sentAt ?? started, Date.now());
    response.on('data', (chunk: Buffer) => {
      for (const one of counts) one.bytes += chunk.length;
    });
    response.pause();
    const body = guarded(unpacked(response), patience, wanted.signal);
    const status = response.statusCode ?? 0;
    if (status >= 400 && wanted.anyStatus !== true) return await refusal(status, response.headers, body);
    return { status, headers: response.headers, body };
  } catch (error) {
    patience.end();
    if (patience.failure() !== undefined && sentAt !== undefined)
      latencies.sample(wanted.path, undefined, sentAt, Date.now());
    const failure = failureOf(patience.failure() ?? wanted.signal.reason ?? error);
    if (!kept || patience.failure() === undefined) return failure;
    connection.dropIdle();
    return new ApiFailure(failure.reason, failure.message, { cause: STALE });
  }
}

async function send(
  connection: Connection,
  wanted: ApiRequest,
  signal: AbortSignal,
  begun: (reused: boolean) => void,
): Promise<IncomingMessage> {
  const settings = await abortable(connection.settings(), signal);
  const { server } = connection;
  const payload = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const options = {
    ...settings.tls,
    agent: settings.agent,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port || (server.protocol === 'http:' ? 80 : 443),
    method: wanted.method ?? 'GET',
    path: server.pathname.replace(/\/$/, '') + wanted.path + queryOf(wanted.query),
    headers: {
      host: server.host,
      accept: wanted.accept ?? 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': `inquest/${packageVersion()}`,
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...wanted.headers,
      ...settings.headers,
    },
    signal,
  };
  return await new Promise((resolve, reject) => {
    const request: ClientRequest = (server.protocol === 'http:' ? plainRequest : tlsRequest)(options);
    request.on('socket', () => begun(request.reusedSocket));
    request.on('response', resolve);
    request.on('error', reject);
    request.end(payload);
  });
}

function queryOf(query: ApiRequest['query']): string {
  const text = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return text === '' ? '' : `?${text}`;
}

function unpacked(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // Its callback takes the error, which the reader of the gunzip stream sees as well.
  return pipeline(response, createGunzip(), () => undefined);
}

interface Patience {
  readonly signal: AbortSignal;
  /** Bytes came, or are not waited for just now. */
  hold(): void;
  /** Waiting for bytes again. */
  wait(): void;
  /** Why it ran out, if it did. */
  failure(): ApiFailure | undefined;
  end(): void;
}

/** Watches over one request: nothing for `idleMs`, or not whole after `limitMs`, and it is given up. */
function createPatience(wanted: ApiRequest): Patience {
  const controller = new AbortController();
  const { idleMs = IDLE_MS, limitMs = LIMIT_MS, firstMs = idleMs } = wanted;
  let failure: ApiFailure | undefined;
  const giveUp = (what: string) => (): void => {
    failure = new ApiFailure('timeout', what);
    controller.abort(failure);
  };
  const start = (ms: number, what: string): NodeJS.Timeout | undefined =>
    ms === 0 ? undefined : setTimeout(giveUp(what), ms);
  const idleWords = (ms: number): string => `no byte came for ${Math.round(ms / 100) / 10} s`;
  const limit = start(limitMs, `not whole after ${limitMs / 1000} s`);
  let idle = start(firstMs, idleWords(firstMs));
  return {
    signal: AbortSignal.any([wanted.signal, controller.signal]),
    hold: () => clearTimeout(idle),
    wait() {
      clearTimeout(idle);
      idle = start(idleMs, idleWords(idleMs));
    },
    failure: () => failure,
    end() {
      clearTimeout(idle);
      clearTimeout(limit);
    },
  };
}

async function* guarded(body: Readable, patience: Patience, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
    for (;;) {
      patience.wait();
      const next = await chunks.next();
      patience.hold();
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw failureOf(patience.failure() ?? signal.reason ?? error);
  } finally {
    patience.end();
    body.destroy();
  }
}

/** An answer of 400 or more, in the words of its `Status` object or, from proxies, of its plain text. */
async function refusal(
  status: number,
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Buffer>,
): Promise<ApiFailure> {
  let text = '';
  try {
    text = (await collect(body, 64 * 1024)).toString('utf8');
  } catch {
    // The status alone says enough.
  }
  const { message, token } = statusWords(text);
  const retryAfter = Number(headers['retry-after']);
  return new ApiFailure(reasonOfStatus(status), message || `HTTP ${status}`, {
    status,
    continueToken: token,
    retryAfterMs: headers['retry-after'] !== undefined && retryAfter >= 0 ? retryAfter * 1000 : undefined,
  });
}

async function collect(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new ApiFailure('too-large', `more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
