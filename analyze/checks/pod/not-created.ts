/** A workload that has fewer pods than it wants because they cannot be made. */
import { MINUTE } from '../../../src/core/time.ts';
import { oneLine, plural } from '../../../src/core/text.ts';
import { integer } from '../../ingest/read.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { dig } from '../../facts/read.ts';
import { unseenOwner, type Refusal } from '../../facts/platform/refusals.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'pod/not-created',
  layer: 'pod',
  title: 'Workload whose pods are never made',
  role: 'symptom',
  needs: ['list:pods', 'list:apps/deployments', 'list:apps/replicasets'],
  uses: [...WORKLOADS, 'list:events'],
  explain: {
    rule:
      'A controller makes pods until spec.replicas are there. Found when it lacks some and the API server refuses them ' +
      '(Event FailedCreate, condition ReplicaFailure), or when no controller has acted on a Deployment for a minute ' +
      '(status.observedGeneration is behind metadata.generation): a consequence, to be explained.',
    notConfusedWith: [
      'pods that are made and do not start or are not Ready: pod/not-ready',
      'a rollout in its first minute',
      'a refusal after which the pods were made',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment',
      'https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/',
    ],
  },
  explains: ['service/no-endpoints'],
  aboutMissingPods: true,
  run(facts) {
    const refused = facts.refusals;
    const known = new Set(refused.map(({ workload }) => workload.id));
    return [
      ...refused.map((refusal): Judged => ({ outcome: 'fail', finding: refusedOf(facts, refusal) })),
      ...facts.workloads.all
        .filter(({ kind, id, terminating }) => kind === 'Deployment' && !known.has(id) && !terminating)
        .map((deployment) => judge(facts, deployment)),
    ];
  },
};
export default check;

/** Whether the Deployment controller has left the newest spec alone for longer than it ever takes. */
function judge(facts: Facts, deployment: WorkloadFact): Judged {
  const wanted = deployment.replicas ?? 1;
  const ready = deployment.readyReplicas ?? 0;
  const pass: Judged = {
    outcome: 'pass',
    object: deployment.ref,
    because: 'its controller makes what it wants',
  };
  if (wanted === 0 || ready >= wanted) return pass;
  const body = facts.body(deployment);
  const generation = integer(dig(body, 'metadata', 'generation')) ?? 0;
  const observed = integer(dig(body, 'status', 'observedGeneration')) ?? 0;
  // Without one at all it comes from no real API server, or was never seen by a controller.
  if (generation <= observed) return pass;
  const writes = facts.writes(deployment).filter(({ subresource }) => subresource === undefined);
  const changed = Math.max(deployment.createdAt ?? 0, ...writes.map(({ at }) => at));
  if (changed === 0 || facts.clock.endedAt - changed < MINUTE) return pass;
  const { namespace, name, ref } = deployment;
  return {
    outcome: 'fail',
    finding: {
      severity: 'critical',
      confidence: 'certain',
      object: ref,
      summary: `Deployment ${namespace}/${name} wants ${plural(wanted, 'pod')} and no controller has acted on it`,
      detail: `Its spec is at generation ${generation}, and the Deployment controller has last seen ${observed === 0 ? 'none' : observed}.`,
      evidence: [
        fieldEvidence(facts, deployment, 'status.observedGeneration', observed),
        fieldEvidence(facts, deployment, 'metadata.generation', generation),
      ],
      since: sinceBetween(
        changed,
        facts.clock.endedAt,
        'managedFields: the spec was last written at the earlier time',
      ),
      involves: [],
      remedy: {
        summary: 'See whether the controller manager runs and leads.',
        confirm: [kubectl('kube-system', 'get', 'lease', 'kube-controller-manager', '-o', 'yaml')],
        mend: [],
      },
    },
  };
}

function refusedOf(facts: Facts, refusal: Refusal): CheckFinding {
  const { maker, workload, missing, message, event, firstAt, path, unseen } = refusal;
  const { namespace, name } = workload;
  return {
    severity: 'critical',
    confidence: unseen === undefined ? 'certain' : 'likely',
    object: workload.ref,
    summary: `${plural(missing, 'pod')} of ${workload.ref.kind} ${namespace}/${name} cannot be made`,
    detail: `The API server refuses them: ${oneLine(message).slice(0, 500)}${unseenOwner(refusal)}`,
    evidence: [
      event === undefined ? fieldEvidence(facts, maker, path, message) : eventEvidence(facts, event),
    ],
    since:
      firstAt === undefined
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, firstAt, 'the first refusal that is known'),
    involves: [maker.ref],
    remedy: {
      summary: 'Mend what refuses the pods; this is a consequence.',
      confirm: [kubectl(namespace, 'describe', maker.kind.toLowerCase(), maker.name)],
      mend: [],
    },
  };
}
