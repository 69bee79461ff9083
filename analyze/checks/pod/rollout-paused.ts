/** Deployments that are paused while a Service waits for the pods of their new template. */
import { formatSet, matchesSet } from '../../../src/k8s/labels.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { ownsField } from '../../facts/objects.ts';
import { dig } from '../../facts/read.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'pod/rollout-paused',
  layer: 'pod',
  title: 'Paused Deployment whose new pods a Service waits for',
  role: 'cause',
  needs: ['list:pods', 'list:services', 'list:apps/deployments', 'list:apps/replicasets'],
  uses: [...WORKLOADS].filter(
    (need) => !['list:pods', 'list:apps/deployments', 'list:apps/replicasets'].includes(need),
  ),
  explain: {
    rule:
      'While spec.paused is true a Deployment makes no ReplicaSet for a template that was changed, and goes on with the pods ' +
      'it has. Found when a Service selects labels of the new template that none of the pods there have.',
    notConfusedWith: [
      'a canary on purpose: paused while the Service takes the pods that are there',
      'a Deployment of no replicas: service/scaled-to-zero',
      'pods that were to be made and are refused: pod/not-created',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment',
    ],
  },
  explains: ['service/no-endpoints'],
  aboutMissingPods: true,
  run: (facts) =>
    facts.workloads.all
      .filter(
        (workload) =>
          workload.kind === 'Deployment' &&
          !workload.terminating &&
          dig(facts.body(workload), 'spec', 'paused') === true,
      )
      .map((workload) => judge(facts, workload)),
};
export default check;

function judge(facts: Facts, workload: WorkloadFact): Judged {
  const waiting = facts.services
    .in(workload.namespace)
    .filter(
      (service) =>
        service.type !== 'ExternalName' &&
        !service.terminating &&
        matchesSet(service.selector, workload.templateLabels) &&
        facts.pods.select(service.namespace, service.selector).every(({ ended }) => ended),
    );
  // A ReplicaSet of that template was made before the pause: its pods are missing for another reason.
  const rolled = facts.workloads
    .revisions(workload)
    .some(
      (revision) =>
        (revision.replicas ?? 0) > 0 &&
        waiting.some(({ selector }) => matchesSet(selector, revision.templateLabels)),
    );
  if (waiting.length === 0 || rolled || workload.replicas === 0)
    return {
      outcome: 'pass',
      object: workload.ref,
      because: 'no Service waits for what the pause holds back',
    };
  return { outcome: 'fail', finding: findingOf(facts, workload, waiting) };
}

function findingOf(facts: Facts, workload: WorkloadFact, waiting: readonly ServiceFact[]): CheckFinding {
  const { namespace, name } = workload;
  const names = waiting.map((service) => `Service ${service.name}`).join(', ');
  const written = facts
    .writes(workload)
    .filter((write) => ownsField(write, ['spec', 'paused']))
    .map(({ at }) => at);
  return {
    severity: 'critical',
    confidence: 'certain',
    object: workload.ref,
    summary: `Deployment ${namespace}/${name} is paused: its new template is not rolled out, and ${names} selects the pods it would make`,
    detail: `The pods that run are of an earlier template. Selected are ${waiting
      .map(({ selector }) => formatSet(selector ?? {}))
      .join('; ')}.`,
    evidence: [
      fieldEvidence(facts, workload, 'spec.paused', true),
      fieldEvidence(facts, workload, 'spec.template.metadata.labels', workload.templateLabels),
      ...waiting
        .slice(0, 3)
        .map((service) => fieldEvidence(facts, service, 'spec.selector', service.selector)),
    ],
    since: sinceBetween(
      written.length === 0 ? workload.createdAt : Math.min(...written),
      facts.clock.startedAt,
      'it was paused at the earlier time, as managedFields say, or before',
    ),
    involves: waiting.map(({ ref }) => ref),
    remedy: {
      summary: 'Resume the rollout, or let the Service select the pods that run.',
      confirm: [kubectl(namespace, 'rollout', 'status', `deployment/${name}`)],
      mend: [kubectl(namespace, 'rollout', 'resume', `deployment/${name}`)],
    },
  };
}
