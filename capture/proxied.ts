/** One GET through the API server's pod or service proxy, and what its answer says about the port behind it. */
import { asRecord, parseJson } from '../src/core/json.ts';
import type { ProbeResult } from '../src/bundle/format.ts';
import { ApiFailure, failureOf } from './failure.ts';
import type { ApiClient } from './http.ts';

export interface Proxied {
  readonly outcome: ProbeResult['outcome'];
  readonly ms: number;
  /** The status of the application; absent when it gave none. */
  readonly status?: number;
  readonly text?: string;
}

/** Longer than any probe's usual time-out, so that a slow answer is told from none. */
const LIMIT_MS = 8000;
const MAX_BODY = 4096;
const MAX_TEXT = 200;

/**
 * Asks `path` (from the server's root).
 * @throws ApiFailure when the API server itself refuses (403 on pods/proxy, no such pod), which says nothing of the port.
 */
export async function getProxied(api: ApiClient, path: string, signal: AbortSignal): Promise<Proxied> {
  const began = performance.now();
  const took = (): number => Math.round(performance.now() - began);
  try {
    const response = await api.request({
      path,
      accept: '*/*',
      signal,
      idleMs: LIMIT_MS,
      limitMs: LIMIT_MS,
      anyStatus: true,
    });
    const ms = took();
    const body = await beginning(response.body);
    const own = serverWords(response.headers['content-type'], body);
    if (own !== undefined) return ofServer(response.status, own, ms);
    return ofApplication(response.status, body, ms);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.reason !== 'timeout' || signal.aborted || failure.status !== undefined) throw failure;
    return { outcome: 'timeout', ms: took(), text: `no answer within ${LIMIT_MS / 1000} s` };
  }
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += chunk.toString('utf8');
    if (text.length > MAX_BODY) break;
  }
  return text;
}

interface ServerWords {
  readonly message: string;
  readonly reason: string;
  /** The kind that the Status is about: `pods`, `services`. */
  readonly about: string;
}

/** A `Status` of the API server itself, as opposed to an answer that it passed on. */
function serverWords(contentType: string | undefined, body: string): ServerWords | undefined {
  if (contentType?.includes('json') !== true || !body.includes('"Status"')) return undefined;
  const status = asRecord(parseJson(body));
  if (status['kind'] !== 'Status' || status['apiVersion'] !== 'v1') return undefined;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    message: text(status['message']),
    reason: text(status['reason']),
    about: text(asRecord(status['details'])['kind']),
  };
}

/** How `util/proxy/transport.go` and the service registry word what they met on the way to the port. */
const ON_THE_WAY = /^(error trying to reach service: |no endpoints available for service)/;
const OUTCOMES: ReadonlyArray<readonly [RegExp, ProbeResult['outcome']]> = [
  [/connection refused/, 'refused'],
  [
    /server gave HTTP response to HTTPS client|first record does not look like a TLS|malformed HTTP/,
    'tls-mismatch',
  ],
  [/remote error: tls|tls: |x509: /, 'tls-mismatch'],
  [/i\/o timeout|context deadline exceeded|timeout awaiting|Client\.Timeout/, 'timeout'],
  [/no route to host|network is unreachable|host is down|no endpoints available/, 'unreachable'],
  [/connection reset|broken pipe|EOF|server closed/, 'reset'],
];

function ofServer(status: number, { message, reason, about }: ServerWords, ms: number): Proxied {
  if (ON_THE_WAY.test(message)) {
    const outcome = OUTCOMES.find(([words]) => words.test(message))?.[1] ?? 'error';
    return { outcome, ms, text: message.slice(0, MAX_TEXT) };
  }
  if (status === 403 && /\b(pods|services)\/proxy\b/.test(message))
    throw new ApiFailure('forbidden', message, { status });
  if (status === 404 && (about === 'pods' || about === 'services'))
    throw new ApiFailure('gone', message, { status });
  if (status === 401 || reason === 'TooManyRequests')
    throw new ApiFailure(status === 401 ? 'unauthorized' : 'unavailable', message, { status });
  return { outcome: 'http-error', ms, status, text: message.slice(0, MAX_TEXT) };
}

/** Go's and nginx's words for a plain request on a TLS port: both answer with a 400. */
const PLAIN_ON_TLS =
  /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL/i;

function ofApplication(status: number, body: string, ms: number): Proxied {
  const text = body.trim().split('\n')[0]?.slice(0, MAX_TEXT) ?? '';
  const told = text === '' ? {} : { text };
  if (status === 400 && PLAIN_ON_TLS.test(body)) return { outcome: 'tls-mismatch', ms, status, ...told };
  return { outcome: status >= 400 ? 'http-error' : 'ok', ms, status, ...told };
}
