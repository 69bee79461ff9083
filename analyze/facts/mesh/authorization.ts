/** Which AuthorizationPolicy decides, by https://istio.io/latest/docs/reference/config/security/authorization-policy/. */
import { matchesSet, parseLabels } from '../../../src/k8s/labels.ts';
import { items, text, type Fields } from '../../ingest/read.ts';
import type { Facts } from '../facts.ts';
import type { KeptObject } from '../objects.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { ROOT_NAMESPACE } from './mtls.ts';

export const AUTHORIZATION_POLICIES = 'security.istio.io/authorizationpolicies';

/** What denied somebody. */
export interface Decider {
  /** A clause: `AuthorizationPolicy shop/no-front (rule 0) matches them`. */
  readonly words: string;
  /** Where they were captured. */
  readonly policies: readonly KeptObject[];
  /** Nobody is let in, whoever asks. */
  readonly nobody: boolean;
}

/**
 * The names that istiod gives to rules (`policyName`, pilot/pkg/security/authz/builder/builder.go). A CUSTOM action's RBAC
 * filter denies only where its provider is not configured (`getBadCustomDenyRules`).
 */
const NAMED = /^(istio-ext-authz\S*?-)?ns\[(.*?)\]-policy\[(.*?)\]-rule\[(\d*)\]/;

/** By what the proxy of `pod` wrote of who denied. */
export function deciderOf(facts: Facts, pod: PodFact, policy: string): Decider {
  const [whole, custom, namespace, name, rule] = NAMED.exec(policy) ?? [];
  if (policy === 'none') return notAllowed(facts, pod);
  if (whole === undefined)
    return { words: `policy ${policy} of its RBAC filter matches`, policies: [], nobody: false };
  const policies = facts
    .list(AUTHORIZATION_POLICIES)
    .filter(({ ref }) => ref.namespace === namespace && ref.name === name);
  const how =
    custom === undefined
      ? `${rule === '' ? '' : `(rule ${rule}) `}matches`
      : `(action CUSTOM) names a provider that the mesh is not configured with`;
  return {
    words: `AuthorizationPolicy ${namespace}/${name} ${how}`,
    policies,
    nobody: policies.some((one) => isForAll(facts, one)),
  };
}

/** There are ALLOW policies for the workload, and none of them matches. */
function notAllowed(facts: Facts, pod: PodFact): Decider {
  const policies = policiesFor(facts, pod).filter((one) => actionOf(facts, one) === 'ALLOW');
  const names = policies.slice(0, 3).map(({ ref }) => `${ref.namespace}/${ref.name}`);
  const whole = [pod.namespace, ROOT_NAMESPACE].every(
    (one) => facts.coverage(AUTHORIZATION_POLICIES, one).known,
  );
  const nobody = whole && policies.length > 0 && policies.every((one) => rulesOf(facts, one).length === 0);
  const named = `AuthorizationPolicy ${names.join(', ')}${policies.length > names.length ? ', …' : ''}`;
  if (nobody) return { words: `${named} allows nothing: it has no rules`, policies, nobody };
  if (policies.length > 0) return { words: `no rule of ${named} (ALLOW) matches`, policies, nobody };
  const why = whole ? 'and the bundle holds none for it' : 'and the bundle does not hold them';
  return { words: `no ALLOW policy matches; its log names none, ${why}`, policies, nobody };
}

/** Those that let nobody in to a pod, whoever asks: a DENY of everything, or ALLOW policies of which none has a rule. */
export function shutters(facts: Facts, pod: PodFact): Decider | undefined {
  const all = policiesFor(facts, pod);
  const denying = all.find((one) => actionOf(facts, one) === 'DENY' && isForAll(facts, one));
  if (denying !== undefined) {
    const { namespace, name } = denying.ref;
    return {
      words: `AuthorizationPolicy ${namespace}/${name} denies everything`,
      policies: [denying],
      nobody: true,
    };
  }
  const decider = notAllowed(facts, pod);
  return decider.nobody ? decider : undefined;
}

/** Whether a rule of theirs asks for what a token says: whoever has none is denied as is meant. */
export function askForTokens(facts: Facts, policies: readonly KeptObject[]): boolean {
  return policies.some((one) =>
    /request_?principals|request\.auth/i.test(JSON.stringify(rulesOf(facts, one))),
  );
}

/** Those that a pod's proxy enforces: of its namespace or of the whole mesh, that select it or name no workload. */
function policiesFor(facts: Facts, pod: PodFact): readonly KeptObject[] {
  return facts.list(AUTHORIZATION_POLICIES).filter((one) => {
    if (one.ref.namespace !== pod.namespace && one.ref.namespace !== ROOT_NAMESPACE) return false;
    const spec = dig(facts.body(one), 'spec');
    // Those are for a gateway, a waypoint or a Service behind one.
    if (items(dig(spec, 'targetRefs')).length > 0 || dig(spec, 'targetRef') !== undefined) return false;
    const dry = text(dig(facts.body(one), 'metadata', 'annotations', 'istio.io/dry-run'));
    const labels = parseLabels(dig(spec, 'selector', 'matchLabels'));
    return dry !== 'true' && (Object.keys(labels).length === 0 || matchesSet(labels, pod.labels));
  });
}

function actionOf(facts: Facts, policy: KeptObject): string {
  return text(dig(facts.body(policy), 'spec', 'action')) ?? 'ALLOW';
}

function rulesOf(facts: Facts, policy: KeptObject): readonly Fields[] {
  return items(dig(facts.body(policy), 'spec', 'rules'));
}

/** `rules: [{}]` matches every request. */
function isForAll(facts: Facts, policy: KeptObject): boolean {
  return rulesOf(facts, policy).some((rule) => Object.keys(rule).length === 0);
}
