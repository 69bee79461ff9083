/** Pods that admission refuses: Pod Security, a webhook or policy that says no, a class or ServiceAccount that is not there. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { unseenOwner, type Refusal } from '../../facts/platform/refusals.ts';
import type { CheckFinding, Remedy } from '../../model/finding.ts';
import type { Check } from '../check.ts';

type Refuser = Refusal['refuser']['by'];

/** What is wrong with the pod, as a clause, by who refuses it. */
const SAYS: Partial<Record<Refuser, (name: string) => string>> = {
  'pod-security': (name) => `breaks the Pod Security level "${name}" of its namespace`,
  'security-context': () => 'fits none of the SecurityContextConstraints that its ServiceAccount may use',
  namespace: (name) => `belongs to namespace ${name}, which is being deleted`,
  'webhook-denial': (name) => `is denied by the admission webhook ${name}`,
  policy: (name) => `is denied by the admission policy ${name}`,
  'service-account': (name) => `names the ServiceAccount ${name}, which does not exist`,
  'priority-class': (name) => `names the PriorityClass ${name}, which does not exist`,
  'runtime-class': (name) => `names the RuntimeClass ${name}, which does not exist`,
};

const check: Check = {
  id: 'platform/admission',
  layer: 'platform',
  title: 'Pod template that admission refuses',
  role: 'cause',
  needs: [
    'list:pods',
    'list:apps/replicasets',
    'list:apps/statefulsets',
    'list:apps/daemonsets',
    'list:batch/jobs',
  ],
  uses: [...WORKLOADS, 'list:events'],
  holdsDespite: ['list:apps/statefulsets', 'list:apps/daemonsets', 'list:batch/jobs'],
  explain: {
    rule:
      'A pod that breaks the Pod Security level its namespace enforces, that an admission webhook or policy denies, that fits no SecurityContextConstraints (OpenShift), or whose ' +
      'ServiceAccount, PriorityClass or RuntimeClass does not exist is never made; the Deployment itself is accepted. Its controller says so in Events ' +
      'FailedCreate and the condition ReplicaFailure. Found when it still lacks pods and was last told so.',
    notConfusedWith: [
      'a webhook that cannot be called: platform/webhook',
      'quotas and LimitRanges: platform/quota',
      'levels that only warn or audit',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
      'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
    ],
  },
  explains: ['pod/not-created', 'service/no-endpoints'],
  aboutMissingPods: true,
  run: (facts) =>
    facts.refusals
      .filter(({ refuser }) => SAYS[refuser.by] !== undefined)
      .map((refusal) => ({ outcome: 'fail', finding: findingOf(facts, refusal) })),
};
export default check;

function findingOf(facts: Facts, refusal: Refusal): CheckFinding {
  const { maker, workload, refuser, event, message, missing, firstAt, path, unseen } = refusal;
  const { namespace, name } = workload;
  const { by } = refuser;
  return {
    severity: 'critical',
    confidence: unseen === undefined ? 'certain' : 'likely',
    object: workload.ref,
    summary: `${plural(missing, 'pod')} of ${workload.ref.kind} ${namespace}/${name} cannot be made: the pod ${SAYS[by]?.(refuser.name) ?? 'is refused'}`,
    detail: `${oneLine(message).slice(0, 800)}${unseenOwner(refusal)}`,
    evidence: [
      event === undefined ? fieldEvidence(facts, maker, path, message) : eventEvidence(facts, event),
      fieldEvidence(facts, maker, 'spec.replicas', maker.replicas),
    ],
    since:
      firstAt === undefined
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, firstAt, 'the first refusal that is known'),
    involves: [maker.ref],
    remedy: {
      ...remedyOf(by, refuser.name, namespace),
      confirm: [kubectl(namespace, 'describe', maker.kind.toLowerCase(), maker.name)],
    },
  };
}

function remedyOf(by: Refuser, name: string, namespace: string): Pick<Remedy, 'summary' | 'mend'> {
  if (by === 'service-account')
    return {
      summary: `Create the ServiceAccount ${name}, or name one that is there.`,
      mend: [kubectl(namespace, 'create', 'serviceaccount', name)],
    };
  if (by === 'priority-class' || by === 'runtime-class') {
    const kind = by === 'priority-class' ? 'PriorityClass' : 'RuntimeClass';
    return { summary: `Create the ${kind} ${name}, or name one that is there.`, mend: [] };
  }
  if (by === 'security-context')
    return {
      summary:
        'Change what the pod asks of its node (users, groups, capabilities, volumes, host), or let its ServiceAccount use a constraint that allows it.',
      mend: [],
    };
  if (by === 'namespace')
    return {
      summary: 'Make it in another namespace, or wait until this one is gone and make it anew.',
      mend: [],
    };
  return {
    summary: 'Change the pod template so that it is accepted, or the rule that refuses it.',
    mend: [],
  };
}
