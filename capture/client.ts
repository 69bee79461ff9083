/** From a chosen kubeconfig context to connection settings. The only home of the Kubernetes client library. */
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { UserError, messageOf } from '../src/core/errors.ts';
import { runExecPlugin, type Credential } from './exec-plugin.ts';
import type { ChosenContext, UserEntry } from './kubeconfig.ts';
import { proxyFor } from './proxy.ts';

/** What a request needs beside its own method, path and headers. */
export interface RequestSettings {
  /** CA, client certificate, key, server name and the like. */
  readonly tls: RequestOptions;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly agent: Agent;
}

export interface Connection {
  readonly context: ChosenContext;
  /** Base of every path, without a trailing slash; it may have a path of its own. */
  readonly server: URL;
  /** Fresh settings for one request: tokens and plugin credentials are renewed here. */
  settings(): Promise<RequestSettings>;
  /** Closes the connections that wait for use: what lies between may have forgotten them. */
  dropIdle(): void;
  close(): void;
}

/** Renewed this long before it runs out. */
const EARLY_MS = 5_000;

/**
 * Prepares the connection; sends nothing yet. `signal` ends the waiting for a credential plugin.
 * @throws UserError when certificates, token files or the credential plugin cannot be used.
 */
export async function openConnection(context: ChosenContext, signal?: AbortSignal): Promise<Connection> {
  const server = new URL(context.cluster.server);
  const proxy = context.cluster['proxy-url'] || proxyFor(server, process.env);
  const config = libraryConfig(context, proxy);
  const ownAgent =
    server.protocol === 'http:'
      ? new PlainAgent({ keepAlive: true, scheduling: 'lifo' })
      : new TlsAgent({ keepAlive: true, scheduling: 'lifo' });
  const closed = new AbortController();
  const ended = signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
  const credential = credentialSource(context.user, ended);
  const settings = async (): Promise<RequestSettings> => {
    const options: RequestOptions = { headers: {} };
    await applied(config, options, context);
    const plugin = await credential();
    const { headers, agent, auth, ...tls } = options;
    const token = plugin?.token ?? tokenFrom(context.user);
    return {
      tls: {
        ...tls,
        ...(plugin?.cert === undefined ? {} : { cert: plugin.cert }),
        ...(plugin?.key === undefined ? {} : { key: plugin.key }),
      },
      headers: { ...cleaned(headers), ...basic(auth), ...bearer(token), ...impersonation(context.user) },
      agent: proxy === undefined || typeof agent !== 'object' ? ownAgent : agent,
    };
  };
  // Whatever cannot work is said before anything is captured.
  await settings();
  const close = (): void => {
    ownAgent.destroy();
    // A plugin that is still asked for a fresh token would keep the process waiting.
    closed.abort();
  };
  const dropIdle = (): void => {
    for (const socket of Object.values(ownAgent.freeSockets).flat()) socket?.destroy();
  };
  return { context, server, settings, dropIdle, close };
}

/** The library reads the merged context only, so that none of its own rules on files and names apply. */
function libraryConfig(context: ChosenContext, proxy: string | undefined): KubeConfig {
  const { cluster, user } = context;
  const { exec: _exec, tokenFile: _tokenFile, ...known } = user;
  const plain = cluster.server.startsWith('http:');
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      'current-context': 'capture',
      contexts: [{ name: 'capture', context: { cluster: 'cluster', user: 'user' } }],
      clusters: [
        {
          name: 'cluster',
          cluster: {
            ...cluster,
            ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
            // The library refuses plain HTTP otherwise, which `kubectl proxy` speaks.
            ...(plain ? { 'insecure-skip-tls-verify': true } : {}),
          },
        },
      ],
      users: [{ name: 'user', user: known }],
    }),
  );
  return config;
}

async function applied(config: KubeConfig, options: RequestOptions, context: ChosenContext): Promise<void> {
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new UserError(
      'credentials-unusable',
      `the credentials of "${context.userName}" cannot be used: ${messageOf(error)}`,
      {
        hint: 'check the files that the kubeconfig names, or log in again.',
        cause: error,
      },
    );
  }
}

function credentialSource(user: UserEntry, signal: AbortSignal): () => Promise<Credential | undefined> {
  const { exec } = user;
  if (!exec) return () => Promise.resolve(undefined);
  let running: Promise<Credential> | undefined;
  let expiresAt = Number.POSITIVE_INFINITY;
  return () => {
    if (running === undefined || Date.now() > expiresAt - EARLY_MS) {
      expiresAt = Number.POSITIVE_INFINITY;
      const run = runExecPlugin(exec, { signal });
      running = run;
      run.then(
        (credential) => {
          expiresAt = credential.expiresAt ?? Number.POSITIVE_INFINITY;
        },
        () => {
          if (running === run) running = undefined;
        },
      );
    }
    return running;
  };
}

/** `tokenFile` wins over `token` and is read anew each time, as kubectl does: it is rotated. */
function tokenFrom(user: UserEntry): string | undefined {
  if (!user.tokenFile) return user.token?.trim() || undefined;
  try {
    return readFileSync(user.tokenFile, 'utf8').trim() || undefined;
  } catch (error) {
    throw new UserError(
      'token-unreadable',
      `the token file ${user.tokenFile} cannot be read: ${messageOf(error)}`,
      {
        hint: 'check `tokenFile` in the kubeconfig.',
        cause: error,
      },
    );
  }
}

function cleaned(headers: RequestOptions['headers']): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    // A line feed at a token's end would make Node refuse the header.
    if (typeof value === 'string') clean[name.toLowerCase()] = value.trim();
  }
  return clean;
}

function basic(auth: string | null | undefined): Record<string, string> {
  return auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The library knows `as` alone. Header names as the API server's impersonation filter reads them. */
function impersonation(user: UserEntry): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const groups = user['as-groups'] ?? [];
  const extra = Object.entries(user['as-user-extra'] ?? {});
  if (!user.as && (groups.length > 0 || user['as-uid'] || extra.length > 0)) {
    throw new UserError(
      'impersonation-incomplete',
      'the kubeconfig has as-groups, as-uid or as-user-extra without `as`',
      {
        hint: 'add the user to act as, or remove them.',
      },
    );
  }
  if (user.as) headers['impersonate-user'] = user.as;
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (groups.length > 0) headers['impersonate-group'] = groups;
  for (const [key, values] of extra) headers[`impersonate-extra-${encodeURIComponent(key)}`] = values;
  return headers;
}
