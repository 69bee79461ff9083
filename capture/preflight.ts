/**
 * Before anything is taken: does the server answer, who are we to it, and what will be missing. The reviews are POSTs
 * that store nothing (authentication.k8s.io and authorization.k8s.io `self…reviews`; they need no right of their own).
 */
import { z } from 'zod';
import { UserError } from '../src/core/errors.ts';
import { type ApiFailure, codeOf, failureOf } from './failure.ts';
import type { ApiClient } from './http.ts';

export interface Preflight {
  /** `gitVersion`, when the server said. */
  readonly version: string | undefined;
  /** Undefined when the server did not say. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
  /** What this user may not read, in words. */
  readonly missing: readonly string[];
  /** What was allowed by a flag and this user may not do, in words. */
  readonly denied: readonly string[];
}

const reviewSchema = z.looseObject({
  status: z
    .looseObject({
      allowed: z.boolean().nullish(),
      userInfo: z
        .looseObject({ username: z.string().nullish(), groups: z.array(z.string()).nullish() })
        .nullish(),
    })
    .nullish(),
});
const versionSchema = z.looseObject({ gitVersion: z.string().nullish() });

interface Right {
  readonly words: string;
  readonly verb: 'list' | 'get' | 'create' | 'patch';
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Asked for the whole cluster even when the scope is a namespace. */
  readonly cluster?: true;
  /** Asked for only when this was allowed. */
  readonly flag?: 'allow-exec' | 'allow-debug-pod';
}

const RIGHTS: readonly Right[] = [
  { words: 'Events', verb: 'list', resource: 'events' },
  { words: 'pods', verb: 'list', resource: 'pods' },
  { words: 'logs', verb: 'get', resource: 'pods', subresource: 'log' },
  { words: 'Services', verb: 'list', resource: 'services' },
  { words: 'EndpointSlices', verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
  { words: 'Deployments', verb: 'list', group: 'apps', resource: 'deployments' },
  { words: 'NetworkPolicies', verb: 'list', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { words: 'ConfigMaps', verb: 'list', resource: 'configmaps' },
  { words: 'names and certificates of Secrets', verb: 'list', resource: 'secrets' },
  { words: 'nodes', verb: 'list', resource: 'nodes', cluster: true },
  { words: 'answers of the kubelets', verb: 'get', resource: 'nodes', subresource: 'proxy', cluster: true },
  {
    words: 'run programs in containers (create pods/exec)',
    verb: 'create',
    resource: 'pods',
    subresource: 'exec',
    flag: 'allow-exec',
  },
  {
    words: 'put in ephemeral containers (patch pods/ephemeralcontainers)',
    verb: 'patch',
    resource: 'pods',
    subresource: 'ephemeralcontainers',
    flag: 'allow-debug-pod',
  },
  { words: 'metrics of CoreDNS', verb: 'get', resource: 'pods', subresource: 'proxy', cluster: true },
];

const LIMIT_MS = 5000;

/**
 * Asks who we are and what we may. A server that is slow is given up quietly: the capture may still get something.
 * @throws UserError when it refuses us or cannot be reached at all.
 */
export async function preflight(
  api: ApiClient,
  options: {
    readonly server: string;
    readonly namespaces?: readonly string[] | undefined;
    readonly allowExec?: boolean | undefined;
    readonly debugImage?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Preflight> {
  const { signal } = options;
  const version = versionOf(api, signal);
  const user = review(
    api,
    signal,
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    'SelfSubjectReview',
    'authentication.k8s.io/v1',
    {},
  );
  const [namespace] = options.namespaces ?? [];
  const asked = RIGHTS.filter(
    ({ flag }) =>
      flag === undefined ||
      (flag === 'allow-exec' ? options.allowExec === true : options.debugImage !== undefined),
  );
  const rights = asked.map((right) => mayNot(api, signal, right, namespace));
  // All are settled before any of them may throw.
  const settled = await Promise.allSettled([version, user, ...rights]);
  const [first, second] = settled;
  if (first?.status === 'rejected') throwUnusable(first.reason, options.server);
  if (second?.status === 'rejected') throwUnusable(second.reason, options.server);
  const info = (await user.catch(() => undefined))?.status?.userInfo;
  const refused = await Promise.all(rights.map((right) => right.catch(() => false)));
  const words = (flagged: boolean): string[] =>
    asked
      .filter(({ flag }, index) => refused[index] === true && (flag !== undefined) === flagged)
      .map((right) => right.words);
  return {
    version: await version.catch(() => undefined),
    user: info?.username ?? undefined,
    groups: info?.groups ?? [],
    missing: words(false),
    denied: words(true),
  };
}

async function versionOf(api: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  const answer = await api.json({ path: '/version', signal, limitMs: LIMIT_MS, idleMs: LIMIT_MS });
  return versionSchema.safeParse(answer).data?.gitVersion ?? undefined;
}

async function review(
  api: ApiClient,
  signal: AbortSignal,
  path: string,
  kind: string,
  apiVersion: string,
  spec: unknown,
): Promise<z.infer<typeof reviewSchema>> {
  const body = { kind, apiVersion, spec };
  const answer = await api.json({ method: 'POST', path, body, signal, limitMs: LIMIT_MS, idleMs: LIMIT_MS });
  return reviewSchema.parse(answer);
}

/** True for what is denied; false when it is allowed or unknown. */
async function mayNot(
  api: ApiClient,
  signal: AbortSignal,
  right: Right,
  namespace: string | undefined,
): Promise<boolean> {
  const { verb, group = '', resource, subresource = '', cluster } = right;
  const resourceAttributes = {
    verb,
    group,
    resource,
    subresource,
    ...(namespace === undefined || cluster ? {} : { namespace }),
  };
  const answer = await review(
    api,
    signal,
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'SelfSubjectAccessReview',
    'authorization.k8s.io/v1',
    { resourceAttributes },
  );
  return answer.status?.allowed === false;
}

/** Only what cannot mend itself while we wait ends a capture before it began. */
function throwUnusable(error: unknown, server: string): void {
  if (error instanceof UserError) throw error;
  const failure: ApiFailure = failureOf(error);
  const hintTls = 'check certificate-authority and tls-server-name in the kubeconfig.';
  if (failure.reason === 'unauthorized') {
    throw new UserError(
      'not-logged-in',
      `the API server at ${server} does not accept these credentials: ${failure.message}`,
      {
        hint: 'log in again, or choose another --context.',
        cause: error,
      },
    );
  }
  const code = codeOf(failure.cause) ?? '';
  if (
    failure.reason === 'unreachable' &&
    /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/.test(code)
  ) {
    throw new UserError(
      'cluster-unreachable',
      `the API server at ${server} cannot be reached: ${failure.message}`,
      {
        hint: 'check the address, VPN and proxy, or choose another --context.',
        cause: error,
      },
    );
  }
  if (/CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    throw new UserError('tls-failed', `no trusted connection to ${server}: ${failure.message}`, {
      hint: hintTls,
      cause: error,
    });
  }
  if (code.startsWith('HPE_')) {
    throw new UserError(
      'not-an-api-server',
      `what answers at ${server} is no API server: ${failure.message}`,
      {
        hint: 'check the address in the kubeconfig.',
        cause: error,
      },
    );
  }
}
