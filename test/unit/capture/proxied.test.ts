/** What one GET through the API server's proxy says about the port behind it, in the words of the server and of programs. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../capture/client.ts';
import { getProxied } from '../../../capture/proxied.ts';
import { type Answer, type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { fakeClient } from '../../support/fake-capture.ts';

let server: FakeApiServer | undefined;
let connection: Connection | undefined;
afterEach(async () => {
  connection?.close();
  await server?.close();
});

const PATH = '/api/v1/namespaces/shop/pods/web:8080/proxy/ready';

async function asked(answer: Answer) {
  server = await startFakeApiServer({ [PATH]: answer });
  const client = await fakeClient(server.url);
  connection = client.connection;
  return await getProxied(client.api, PATH, new AbortController().signal);
}

/** As `k8s.io/apimachinery` writes a Status. */
const ofServer =
  (code: number, message: string, kind?: string): Answer =>
  (_request, response) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    const details = kind === undefined ? {} : { details: { kind } };
    response.end(
      JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...details }),
    );
  };

const ofProgram =
  (code: number, body: string, type = 'text/plain'): Answer =>
  (_request, response) => {
    response.writeHead(code, { 'content-type': type });
    response.end(body);
  };

describe('what the proxy met on its way', () => {
  const trying = 'error trying to reach service: ';
  it.each([
    [503, `${trying}dial tcp 10.244.1.7:8080: connect: connection refused`, 'refused'],
    [503, `${trying}dial tcp 10.244.1.7:8080: i/o timeout`, 'timeout'],
    [503, `${trying}context deadline exceeded`, 'timeout'],
    [503, `${trying}http: server gave HTTP response to HTTPS client`, 'tls-mismatch'],
    [503, `${trying}tls: first record does not look like a TLS handshake`, 'tls-mismatch'],
    [503, `${trying}remote error: tls: handshake failure`, 'tls-mismatch'],
    [503, `${trying}dial tcp 10.244.1.7:8080: connect: no route to host`, 'unreachable'],
    [503, `${trying}read tcp 10.1.1.1:4->10.244.1.7:8080: read: connection reset by peer`, 'reset'],
    [503, `${trying}EOF`, 'reset'],
    [503, `${trying}something new`, 'error'],
    [503, 'no endpoints available for service "http:web:80"', 'unreachable'],
  ])('%i %s: %s', async (code, message, outcome) => {
    const result = await asked(ofServer(code, message));
    expect(result).toMatchObject({ outcome, text: message });
    expect(result).not.toHaveProperty('status');
  });
});

describe('what the program answered', () => {
  it.each([
    [200, 'ok', 'ok'],
    [302, '', 'ok'],
    [404, 'not found', 'http-error'],
    [503, 'starting', 'http-error'],
    [400, 'Client sent an HTTP request to an HTTPS server.', 'tls-mismatch'],
    [400, '<h1>400 Bad Request</h1> The plain HTTP request was sent to HTTPS port', 'tls-mismatch'],
  ])('%i "%s": %s', async (code, body, outcome) => {
    expect(await asked(ofProgram(code, body))).toMatchObject({ outcome, status: code });
  });

  it('is its own even where it looks like the server’s', async () => {
    const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: 'my own words', code: 500 });
    expect(await asked(ofProgram(500, body, 'application/json'))).toMatchObject({
      outcome: 'http-error',
      status: 500,
    });
  });
});

describe('what says nothing of the port is thrown', () => {
  it.each([
    [
      403,
      'pods "web:8080" is forbidden: User "jane" cannot get resource "pods/proxy" in API group ""',
      undefined,
      'forbidden',
    ],
    [404, 'pods "web" not found', 'pods', 'gone'],
    [401, 'Unauthorized', undefined, 'unauthorized'],
  ])('%i %s', async (code, message, kind, reason) => {
    await expect(asked(ofServer(code, message, kind))).rejects.toMatchObject({ reason });
  });
});
