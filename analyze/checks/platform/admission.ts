/** Pods that admission refuses: Pod Security, a webhook that says no, a ServiceAccount that is not there. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { refusals, type Refusal } from '../../facts/refusals.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';

const REFUSERS = new Set(['pod-security', 'webhook-denial', 'service-account']);

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
      'A pod that breaks the Pod Security level its namespace enforces, that an admission webhook denies, or whose ' +
      'ServiceAccount does not exist is never made; the Deployment itself is accepted. Its controller says so in Events ' +
      'FailedCreate and the condition ReplicaFailure. Found when it still lacks pods and was last told so.',
    notConfusedWith: [
      'a webhook that cannot be called: platform/webhook',
      'quotas and LimitRanges: platform/quota',
      'levels that only warn or audit',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
    ],
  },
  explains: ['pod/not-created', 'service/no-endpoints'],
  run: (facts) =>
    refusals(facts)
      .filter(({ refuser }) => REFUSERS.has(refuser.by))
      .map((refusal) => ({ outcome: 'fail', finding: findingOf(facts, refusal) })),
};
export default check;

const SAYS: Partial<Record<Refusal['refuser']['by'], (name: string) => string>> = {
  'pod-security': (name: string) => `breaks the Pod Security level "${name}" of its namespace`,
  'webhook-denial': (name: string) => `is denied by the admission webhook ${name}`,
  'service-account': (name: string) => `names the ServiceAccount ${name}, which does not exist`,
};

function findingOf(facts: Facts, refusal: Refusal): CheckFinding {
  const { maker, workload, refuser, event, message, missing, firstAt } = refusal;
  const { namespace, name } = workload;
  const { by } = refuser;
  return {
    severity: 'critical',
    confidence: 'certain',
    object: workload.ref,
    summary: `${plural(missing, 'pod')} of ${workload.ref.kind} ${namespace}/${name} cannot be made: the pod ${SAYS[by]?.(refuser.name) ?? 'is refused'}`,
    detail: oneLine(message).slice(0, 800),
    evidence: [
      event === undefined
        ? fieldEvidence(facts, maker, 'status.conditions[type=ReplicaFailure].message', message)
        : eventEvidence(facts, event),
      fieldEvidence(facts, maker, 'spec.replicas', maker.replicas),
    ],
    since:
      firstAt === undefined
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, firstAt, 'the first refusal that is known'),
    involves: [maker.ref],
    remedy: {
      summary:
        by === 'service-account'
          ? `Create the ServiceAccount ${refuser.name}, or name one that is there.`
          : 'Change the pod template so that it is accepted, or the rule that refuses it.',
      confirm: [kubectl(namespace, 'describe', maker.kind.toLowerCase(), maker.name)],
      mend: by === 'service-account' ? [kubectl(namespace, 'create', 'serviceaccount', refuser.name)] : [],
    },
  };
}
