/** An API server in this process that misbehaves on demand: scripted answers by path, everything else a 404 Status. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** How one request is answered; `count` is how often this path was asked before. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface FakeApiServer {
  readonly url: string;
  /** To listen to upgrades. */
  readonly server: Server;
  /** Path with query of every request, in order. */
  readonly requests: readonly string[];
  /** Headers of the newest request. */
  lastHeaders(): IncomingMessage['headers'];
  /** Answers this path (without query) from now on. */
  on(path: string, answer: Answer): void;
  close(): Promise<void>;
}

/** Starts on a free port of 127.0.0.1. */
export async function startFakeApiServer(
  answers: Readonly<Record<string, Answer>> = {},
): Promise<FakeApiServer> {
  const known = new Map(Object.entries(answers));
  const counts = new Map<string, number>();
  const requests: string[] = [];
  let headers: IncomingMessage['headers'] = {};
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const [path = ''] = url.split('?');
    requests.push(url);
    headers = request.headers;
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    (known.get(path) ?? status(404, 'the server could not find the requested resource'))(
      request,
      response,
      count,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    requests,
    lastHeaders: () => headers,
    on: (path, answer) => known.set(path, answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A JSON document, packed when the client takes gzip. */
export function json(body: unknown, code = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (request, response) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const packed = (request.headers['accept-encoding'] ?? '').includes('gzip');
    response.writeHead(code, {
      'content-type': 'application/json',
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
      ...headers,
    });
    response.end(packed ? gzipSync(bytes) : bytes);
  };
}

/** A Kubernetes `Status`. */
export function status(
  code: number,
  message: string,
  extra: { headers?: Record<string, string>; metadata?: unknown } = {},
): Answer {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: extra.metadata ?? {},
    status: 'Failure',
    message,
    code,
  };
  return json(body, code, extra.headers);
}

/** Text as it is, without packing. */
export function text(body: string, code = 200): Answer {
  return (_request, response) => {
    response.writeHead(code, { 'content-type': 'text/plain' });
    response.end(body);
  };
}

/** Takes the request and never answers. */
export const hang: Answer = () => undefined;

/** Sends these bytes and then nothing, with the connection open. */
export function hangAfter(body: string): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(body);
  };
}

/** Sends these bytes and cuts the connection. */
export function cutAfter(body: string): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(body, () => response.destroy());
  };
}

/** Sends a byte now and then, for ever. */
export function drip(body: string, everyMs: number): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let index = 0;
    const timer = setInterval(() => response.write(body[index++ % body.length]), everyMs);
    response.on('close', () => clearInterval(timer));
  };
}

/** One answer after another; the last one for ever. */
export function inTurn(...answers: readonly Answer[]): Answer {
  return (request, response, count) => (answers[count] ?? answers.at(-1))?.(request, response, count);
}

/** A list in the pages that `limit` asks for, with tokens that are offsets. */
export function pagedList(
  kind: string,
  items: readonly unknown[],
  options: { metadataLast?: boolean } = {},
): Answer {
  return (request, response, count) => {
    const query = new URL(request.url ?? '', 'http://fake').searchParams;
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit') ?? items.length);
    const metadata = { resourceVersion: '77', ...(to < items.length ? { continue: String(to) } : {}) };
    const page = items.slice(from, to);
    const body =
      options.metadataLast === true
        ? { apiVersion: 'v1', items: page, kind, metadata }
        : { kind, apiVersion: 'v1', metadata, items: page };
    json(body)(request, response, count);
  };
}
