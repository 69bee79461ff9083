/**
 * Before anything is taken: does the server answer, who are we to it, and what will be missing. The reviews are POSTs
 * that store nothing (authentication.k8s.io and authorization.k8s.io `self…reviews`; they need no right of their own).
 */
import { z } from 'zod';
import { UserError } from '../src/core/errors.ts';
import { type ApiFailure, codeOf, failureOf } from './failure.ts';
import type { ApiClient } from './http.ts';
import { DNS_NAMESPACE } from './kinds.ts';
import { askedRights, type Level, type Right, type Verb } from './rights.ts';

export interface Preflight {
  /** `gitVersion`, when the server said. */
  readonly version: string | undefined;
  /** Undefined when the server did not say. */
  readonly user: string | undefined;
  readonly groups: readonly string[];
  /** What this user may not read, in words. */
  readonly missing: readonly string[];
  /** What this user may read in the kubeconfig's own namespace and not in the whole cluster, in words. */
  readonly onlyHere: readonly string[];
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
    /** The kubeconfig's own; asked about where the whole cluster is denied. */
    readonly homeNamespace?: string | undefined;
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
  const asked = askedRights(levelsOf(options));
  const answers = asked.map((right) => answerOn(api, signal, right, options));
  // All are settled before any of them may throw.
  const settled = await Promise.allSettled([version, user, ...answers]);
  const [first, second] = settled;
  if (first?.status === 'rejected') throwUnusable(first.reason, options.server);
  if (second?.status === 'rejected') throwUnusable(second.reason, options.server);
  const info = (await user.catch(() => undefined))?.status?.userInfo;
  const given = await Promise.all(answers.map((answer) => answer.catch(() => 'given' as const)));
  const words = (answer: Answer, flagged: boolean): string[] => [
    ...new Set(
      asked
        .filter(({ level }, index) => given[index] === answer && FLAGGED.includes(level) === flagged)
        .map((right) => right.words),
    ),
  ];
  return {
    version: await version.catch(() => undefined),
    user: info?.username ?? undefined,
    groups: info?.groups ?? [],
    missing: words('denied', false),
    onlyHere: words('only-here', false),
    denied: [...words('denied', true), ...words('only-here', true)],
  };
}

/** Levels that a flag allows; all others are tried unless they are denied. */
const FLAGGED: readonly Level[] = ['exec', 'debug-pod'];

function levelsOf(options: { allowExec?: boolean | undefined; debugImage?: string | undefined }): Level[] {
  return [
    'read',
    'port-forward',
    'kubelet',
    ...(options.allowExec === true ? (['exec'] as const) : []),
    ...(options.debugImage === undefined ? [] : (['debug-pod'] as const)),
  ];
}

type Answer = 'given' | 'denied' | 'only-here';

/** Whether a right is given where the capture needs it; unknown counts as given. */
async function answerOn(
  api: ApiClient,
  signal: AbortSignal,
  right: Right,
  scope: { readonly namespaces?: readonly string[] | undefined; readonly homeNamespace?: string | undefined },
): Promise<Answer> {
  const wanted = scope.namespaces?.[0];
  // Who looks at the whole cluster is asked about the whole cluster, kube-system included.
  if (right.scope === 'dns' && wanted === undefined) return 'given';
  const namespace = right.scope === 'cluster' ? undefined : right.scope === 'dns' ? DNS_NAMESPACE : wanted;
  if (!(await isDenied(api, signal, right, namespace))) return 'given';
  if (right.scope !== 'namespace' || wanted !== undefined || scope.homeNamespace === undefined)
    return 'denied';
  return (await isDenied(api, signal, right, scope.homeNamespace)) ? 'denied' : 'only-here';
}

/** True when any part of a right is denied there. */
async function isDenied(
  api: ApiClient,
  signal: AbortSignal,
  right: Right,
  namespace: string | undefined,
): Promise<boolean> {
  const questions = right.on.flatMap((on) => right.verbs.map((verb) => ({ on, verb })));
  const denied = await Promise.all(
    questions.map(({ on, verb }) => mayNot(api, signal, attributesOf(right, on, verb, namespace))),
  );
  return denied.includes(true);
}

function attributesOf(right: Right, on: string, verb: Verb, namespace: string | undefined): unknown {
  if (right.group === undefined) return { nonResourceAttributes: { path: on, verb } };
  const [resource, subresource = ''] = on.split('/');
  return {
    resourceAttributes: {
      verb,
      group: right.group,
      resource,
      subresource,
      ...(namespace === undefined ? {} : { namespace }),
    },
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
async function mayNot(api: ApiClient, signal: AbortSignal, attributes: unknown): Promise<boolean> {
  const answer = await review(
    api,
    signal,
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    'SelfSubjectAccessReview',
    'authorization.k8s.io/v1',
    attributes,
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
