// One HTTPS request to an API server with what a kubeconfig holds; nothing about Kubernetes objects.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { parse } from 'yaml';
import { LabError } from './lab-error.ts';

export interface Connection {
  server: string;
  agent: https.Agent;
  headers: Record<string, string>;
  /** Namespace of the kubeconfig's context. */
  namespace: string;
}

export interface Response {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface RequestOptions {
  body?: string | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
  /** Milliseconds for the whole request, body included; 30 s unless told. */
  timeout?: number | undefined;
}

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  users: {
    name: string;
    user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string };
  }[];
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  'current-context': string;
}

/** Reads a kubeconfig with embedded certificates or a token, as the lab writes them. */
export function connectionOf(kubeconfig: string): Connection {
  const config: Kubeconfig = parse(readFileSync(kubeconfig, 'utf8'));
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (context === undefined || cluster === undefined || user === undefined)
    throw new LabError(`${kubeconfig} has no usable current context`);
  const decode = (text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.from(text, 'base64');
  return {
    server: cluster.server,
    agent: new https.Agent({
      keepAlive: true,
      keepAliveMsecs: 5000,
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    }),
    headers: user.token === undefined ? {} : { authorization: `Bearer ${user.token}` },
    namespace: context.namespace ?? 'default',
  };
}

/**
 * Sends one request and reads the whole answer. Every status is an answer, none throws.
 *
 * @throws LabError when no whole answer comes: refused, cut, or not in time.
 */
export async function request(
  connection: Connection,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const timeout = options.timeout ?? 30_000;
  const headers: Record<string, string> = {
    ...connection.headers,
    accept: options.accept ?? 'application/json',
  };
  if (options.body !== undefined) {
    headers['content-type'] = options.contentType ?? 'application/json';
    headers['content-length'] = String(Buffer.byteLength(options.body));
  }
  const failed = (error: Error): LabError =>
    new LabError(`${method} ${path}: ${error.message || error.name}`, undefined, error);
  return await new Promise((resolve, reject) => {
    // The signal covers connecting, headers and body alike.
    const signal = AbortSignal.timeout(timeout);
    const sent = https.request(
      `${connection.server}${path}`,
      { method, headers, agent: connection.agent, signal },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => reject(failed(error)));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', (error) => reject(failed(error)));
    sent.end(options.body);
  });
}
