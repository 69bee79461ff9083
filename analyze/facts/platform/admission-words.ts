/** The API server's words for why it took no object: who refused, and in what words. */

/** Who refused, as the message says. */
export interface Refuser {
  readonly by:
    | 'quota'
    | 'limit-range'
    | 'pod-security'
    | 'security-context'
    | 'namespace'
    | 'webhook'
    | 'webhook-denial'
    | 'policy'
    | 'service-account'
    | 'priority-class'
    | 'runtime-class'
    | 'other';
  /** Empty where no message names it: a LimitRange, somebody else. */
  readonly name: string;
  readonly why: string;
}

/** What each says, and which group of the pattern is its name and which the reason. */
const WORDS: ReadonlyArray<readonly [Refuser['by'], RegExp, name: number, why: number]> = [
  // plugin/pkg/admission/resourcequota/controller.go
  ['quota', /(?:exceeded|failed) quota: ([^\s,:]+)[,:] (.*)/s, 1, 2],
  ['quota', /status unknown for quota: ([^\s,]+), (.*)/s, 1, 2],
  ['quota', /()(insufficient quota to (?:consume|match these scopes): .*)/s, 1, 2],
  // apiserver/pkg/util/webhook/error.go, and admission/plugin/webhook/errors/statuserror.go
  ['webhook', /failed calling webhook "([^"]+)"[:;] (.*)/s, 1, 2],
  ['webhook-denial', /admission webhook "([^"]+)" denied the request:? ?(.*)/s, 1, 2],
  // apiserver/pkg/admission/plugin/policy/validating/dispatcher.go and generic/policy_dispatcher.go
  [
    'policy',
    /(?:ValidatingAdmissionPolicy|policy) ['"]([^'"]+)['"](?: with binding '[^']*')? denied request: (.*)/s,
    1,
    2,
  ],
  // k8s.io/pod-security-admission
  ['pod-security', /violates PodSecurity "([^"]+)": (.*)/s, 1, 2],
  // OpenShift: apiserver-library-go/pkg/securitycontextconstraints. It names every constraint that it tried.
  ['security-context', /()unable to validate against any security context constraint: (.*)/s, 1, 2],
  // plugin/pkg/admission/namespace/lifecycle
  ['namespace', /(unable to create new content in namespace (\S+) because it is being terminated)/, 2, 1],
  // plugin/pkg/admission/serviceaccount, /priority, /runtimeclass
  ['service-account', /error looking up service account [^/\s]+\/([^:\s]+): (.*)/s, 1, 2],
  ['priority-class', /(no PriorityClass with name (\S+) was found)/, 2, 1],
  ['runtime-class', /(RuntimeClass "([^"]+)" not found)/, 2, 1],
  // plugin/pkg/admission/limitranger/admission.go
  [
    'limit-range',
    /()((?:(?:minimum|maximum) \S+ usage per \w+ is |\S+ max limit to request ratio per \w+ is )[^\]]*)/s,
    1,
    2,
  ],
];

/** Reads who refused out of what a controller was told. */
export function refuserOf(message: string): Refuser {
  for (const [by, pattern, name, why] of WORDS) {
    const match = pattern.exec(message);
    if (match) return { by, name: match[name] ?? '', why: match[why] ?? '' };
  }
  return { by: 'other', name: '', why: message };
}

/** Where a webhook was called: `Post "https://NAME.NAMESPACE.svc:443/path?timeout=10s": …`; undefined when it is not said. */
export function calledService(
  why: string,
): { readonly name: string; readonly namespace: string; readonly port: number } | undefined {
  const match = /"https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?::(\d+))?[/?"]/.exec(why);
  if (match === null) return undefined;
  const [, name = '', namespace = '', port] = match;
  return { name, namespace, port: port === undefined ? 443 : Number(port) };
}
