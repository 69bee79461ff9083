/**
 * Which cluster, and as whom: reads and merges kubeconfigs by kubectl's rules, and says clearly what is wrong with them.
 * Plain data; the client library is handed the result.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError, messageOf } from '../src/core/errors.ts';

const text = z.string().nullish();
const execSchema = z.looseObject({
  apiVersion: text,
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: text,
  interactiveMode: text,
  provideClusterInfo: z.boolean().nullish(),
});
export type ExecConfig = z.infer<typeof execSchema>;

const clusterSchema = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': text,
  'proxy-url': text,
});
const userSchema = z.looseObject({
  'client-certificate': text,
  'client-key': text,
  token: text,
  tokenFile: text,
  as: text,
  'as-uid': text,
  'as-groups': z.array(z.string()).nullish(),
  'as-user-extra': z.record(z.string(), z.array(z.string())).nullish(),
  exec: execSchema.nullish(),
  'auth-provider': z.looseObject({ name: text }).nullish(),
});
const contextSchema = z.looseObject({ cluster: text, user: text, namespace: text });
const fileSchema = z.looseObject({
  'current-context': text,
  clusters: z.array(z.object({ name: z.string(), cluster: clusterSchema.nullish() })).nullish(),
  users: z.array(z.object({ name: z.string(), user: userSchema.nullish() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: contextSchema.nullish() })).nullish(),
});

export type ClusterEntry = z.infer<typeof clusterSchema>;
export type UserEntry = z.infer<typeof userSchema>;

/** One context with what it names, every path in it absolute. */
export interface ChosenContext {
  /** `in-cluster` for a pod's own account. */
  readonly contextName: string;
  readonly clusterName: string;
  readonly userName: string;
  readonly cluster: ClusterEntry & { server: string };
  readonly user: UserEntry;
  readonly namespace: string | undefined;
}

export interface KubeconfigOptions {
  /** `--kubeconfig`: this file alone. */
  readonly kubeconfig?: string | undefined;
  /** `--context`. */
  readonly context?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly home?: string;
  /** Where a pod's account lies; only tests say otherwise. */
  readonly serviceAccount?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Picks the context to capture: `--kubeconfig`, else every file of `KUBECONFIG` merged (the first to set a name wins, as
 * with kubectl), else `~/.kube/config`, else the account of the pod this runs in.
 * @throws UserError that says which file or name is wrong, and what there is instead.
 */
export function chooseContext(options: KubeconfigOptions = {}): ChosenContext {
  const env = options.env ?? process.env;
  const files = filesOf(options, env);
  if (files.length === 0) {
    const pod = inCluster(env, options.serviceAccount ?? SERVICE_ACCOUNT);
    if (pod !== undefined && options.context === undefined) return pod;
    throw new UserError('no-kubeconfig', 'there is no kubeconfig, and this is not a pod of a cluster', {
      hint: 'name one with --kubeconfig FILE or the variable KUBECONFIG.',
    });
  }
  return pick(merge(files), options.context, files);
}

function filesOf(options: KubeconfigOptions, env: NodeJS.ProcessEnv): string[] {
  if (options.kubeconfig !== undefined) {
    const file = resolve(options.kubeconfig);
    if (!existsSync(file)) {
      throw new UserError('kubeconfig-missing', `there is no file ${options.kubeconfig}`, {
        hint: 'check --kubeconfig.',
      });
    }
    return [file];
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    const there = listed.map((file) => resolve(file)).filter((file) => existsSync(file));
    if (there.length > 0) return there;
    throw new UserError(
      'kubeconfig-missing',
      `KUBECONFIG names ${listed.join(delimiter)}, which is not there`,
      {
        hint: 'set KUBECONFIG to a file that exists, or unset it.',
      },
    );
  }
  const usual = join(options.home ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

interface Merged {
  current: string | undefined;
  readonly clusters: Map<string, ClusterEntry>;
  readonly users: Map<string, UserEntry>;
  readonly contexts: Map<string, z.infer<typeof contextSchema>>;
}

function merge(files: readonly string[]): Merged {
  const merged: Merged = { current: undefined, clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const file of files) {
    const content = readKubeconfig(file);
    const folder = dirname(file);
    if (merged.current === undefined && content['current-context'])
      merged.current = content['current-context'];
    for (const { name, cluster } of content.clusters ?? []) {
      if (!merged.clusters.has(name))
        merged.clusters.set(name, absolute(cluster ?? {}, CLUSTER_PATHS, folder));
    }
    for (const { name, user } of content.users ?? []) {
      if (merged.users.has(name)) continue;
      const entry = absolute(user ?? {}, USER_PATHS, folder);
      merged.users.set(
        name,
        entry.exec ? { ...entry, exec: withAbsoluteCommand(entry.exec, folder) } : entry,
      );
    }
    for (const { name, context } of content.contexts ?? []) {
      if (!merged.contexts.has(name)) merged.contexts.set(name, context ?? {});
    }
  }
  return merged;
}

const CLUSTER_PATHS = ['certificate-authority'] as const;
const USER_PATHS = ['client-certificate', 'client-key', 'tokenFile'] as const;

/** Paths in a kubeconfig are relative to its own folder. */
function absolute<T extends Record<string, unknown>>(
  entry: T,
  keys: readonly (keyof T)[],
  folder: string,
): T {
  const copy = { ...entry };
  for (const key of keys) {
    const value = copy[key];
    if (typeof value === 'string' && value !== '') Object.assign(copy, { [key]: resolve(folder, value) });
  }
  return copy;
}

/** As client-go: a command with a separator in it is relative to the kubeconfig, a bare name is looked up in PATH. */
function withAbsoluteCommand(exec: ExecConfig, folder: string): ExecConfig {
  const relative = /[/\\]/.test(exec.command) && !isAbsolute(exec.command);
  return relative ? { ...exec, command: resolve(folder, exec.command) } : exec;
}

function readKubeconfig(file: string): z.infer<typeof fileSchema> {
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new UserError('kubeconfig-unreadable', `${file} cannot be read: ${messageOf(error)}`, {
      hint: 'check that it is a kubeconfig in YAML, and that you may read it.',
      cause: error,
    });
  }
  const checked = fileSchema.safeParse(parsed);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new UserError(
    'kubeconfig-invalid',
    `${file} is no usable kubeconfig: ${issue === undefined ? 'wrong shape' : `${issue.path.join('.')}: ${issue.message}`}`,
    { hint: 'compare it with the output of `kubectl config view`.' },
  );
}

function pick(merged: Merged, wanted: string | undefined, files: readonly string[]): ChosenContext {
  const name = wanted ?? merged.current;
  const known = [...merged.contexts.keys()];
  const choice = known.length === 0 ? 'there are no contexts in it' : `there are: ${known.join(', ')}`;
  if (name === undefined) {
    throw new UserError('no-context', `${files.join(', ')} names no current context`, {
      hint: `choose one with --context NAME; ${choice}.`,
    });
  }
  const context = merged.contexts.get(name);
  if (context === undefined) {
    throw new UserError('context-missing', `there is no context "${name}" in ${files.join(', ')}`, {
      hint: `${choice}.`,
    });
  }
  const cluster = merged.clusters.get(context.cluster ?? '');
  if (cluster === undefined || !cluster.server) {
    throw new UserError(
      'cluster-missing',
      `context "${name}" names the cluster "${context.cluster ?? ''}", which has no server address`,
      {
        hint: 'mend the entry under `clusters`, or choose another with --context.',
      },
    );
  }
  const user = merged.users.get(context.user ?? '');
  if (user === undefined && context.user) {
    throw new UserError(
      'user-missing',
      `context "${name}" names the user "${context.user}", which is not there`,
      {
        hint: 'mend the entry under `users`, or choose another with --context.',
      },
    );
  }
  checkServer(cluster.server, context.cluster ?? '');
  return {
    contextName: name,
    clusterName: context.cluster ?? '',
    userName: context.user ?? '',
    cluster: { ...cluster, server: cluster.server.replace(/\/+$/, '') },
    user: user ?? {},
    namespace: context.namespace || undefined,
  };
}

function checkServer(server: string, cluster: string): void {
  if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) return;
  throw new UserError(
    'server-invalid',
    `the server address "${server}" of the cluster "${cluster}" is no URL`,
    {
      hint: 'it has to look like https://host:6443.',
    },
  );
}

function inCluster(env: NodeJS.ProcessEnv, folder: string): ChosenContext | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  const tokenFile = join(folder, 'token');
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const ca = join(folder, 'ca.crt');
  return {
    contextName: 'in-cluster',
    clusterName: 'in-cluster',
    userName: 'in-cluster',
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ...(existsSync(ca) ? { 'certificate-authority': ca } : {}),
    },
    user: { tokenFile },
    namespace: readOrUndefined(join(folder, 'namespace')),
  };
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
