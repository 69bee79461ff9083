/** A Service whose selector takes no pod although pods that look meant are there. */
import { plural } from '../../../src/core/text.ts';
import {
  backingWorkloads,
  DEPENDENTS,
  hadEndpoints,
  justCreated,
  livingPods,
  servesJobs,
  unlisted,
  unseenMaker,
} from '../../facts/services/backing.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { isOfIdleRevision } from '../../facts/services/never-filled.ts';
import { bestCandidate, isFault, isFirm } from '../../facts/services/selector-candidates.ts';
import { endedBehind, endedFinding } from '../../facts/pods/ended-pods.ts';
import { GONE, goneBehind } from '../../facts/services/gone-workloads.ts';
import { selectorFinding } from '../../facts/services/selector-story.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/selector-mismatch',
  layer: 'service',
  title: 'Service selector that matches no pod, beside pods that nearly match',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:apps/deployments', 'list:apps/replicasets'],
  uses: [
    ...WORKLOADS,
    ...DEPENDENTS,
    ...GONE,
    'list:discovery.k8s.io/endpointslices',
    'list:networking.k8s.io/ingresses',
    'probe:connect',
  ],
  explain: {
    rule:
      'A Service sends to the pods of its own namespace whose labels hold every pair of spec.selector, to the letter. The ' +
      'endpoints controller lists them into EndpointSlices; a selector that no pod meets gives empty ones. Found when no ' +
      'pod that is still running meets the selector, no workload of the namespace would make one, and pods are there ' +
      'that miss it by case, a typo, another key, a version suffix or the namespace, or met it until a rollout, or that a ' +
      'workload of the Service’s own name makes; of a workload that wants pods and has none, its template counts. Found too ' +
      'when all that meets it are bare pods that have ended, which nothing makes anew, and it had endpoints or somebody ' +
      'depends on it; and when they are of Jobs that are complete, and a client says in its log that the Service fails it.',
    notConfusedWith: [
      'ExternalName Services, and Services without a selector whose EndpointSlices are kept by hand',
      'a workload scaled to zero: service/scaled-to-zero',
      'a workload that was deleted, beside pods that are like its own by little: service/workload-deleted',
      'pods that were never made (quota, admission): their template does match',
      'Jobs, whose pods are meant to end, where no client is seen to miss them',
      'a Service left over that nothing resembles, and one made within the last half minute',
      'a headless Service that never had an endpoint and that nobody names: advice alone',
      'a Service of another variant whose own pods are gone (blue/green), while a sibling Service takes the pods that remain',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service',
      'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    ],
  },
  explains: ['service/no-endpoints'],
  run: (facts) => facts.services.all.filter(isJudged).map((service) => judge(facts, service)),
};
export default check;

function isJudged(service: ServiceFact): boolean {
  return service.type !== 'ExternalName' && service.selector !== undefined && !service.terminating;
}

/** What may yet make pods that the selector takes, besides what the check needs. */
const MAKERS = ['apps/statefulsets', 'apps/daemonsets', 'batch/jobs', 'batch/cronjobs'];

function judge(facts: Facts, service: ServiceFact): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const living = livingPods(facts, service).length;
  if (living > 0) return pass(`the selector takes ${plural(living, 'living pod')}`);
  const [maker] = backingWorkloads(facts, service);
  if (maker !== undefined) return pass(`${maker.kind} ${maker.name} makes pods that the selector takes`);
  const ended = endedBehind(facts, service);
  if (ended.length === 0 && servesJobs(facts, service))
    return pass('its pods are made by Jobs, and meant to end');
  if (isOfIdleRevision(facts, service)) return pass('it is of a revision that its Rollout holds at none');
  const candidate = bestCandidate(facts, service);
  if (ended.length > 0 && candidate?.departure === undefined)
    return { outcome: 'fail', finding: endedFinding(facts, service, ended) };
  if (candidate === undefined) return pass('no pod of the bundle nearly meets the selector');
  if (!isFault(facts, service, candidate))
    return pass('the pods that nearly meet the selector belong to another variant or Service');
  const gone = isFirm(service, candidate) ? undefined : goneBehind(facts, service);
  if (gone !== undefined && gone.confidence !== 'possible')
    return pass(`${gone.ref.kind} ${gone.ref.name}, which made its pods, was deleted`);
  if (candidate.departure === undefined) {
    if (justCreated(facts, service) && !hadEndpoints(facts, service))
      return pass('the Service was made within the last half minute');
    const unseen = unlisted(facts, service, MAKERS, 'Whether other pods are meant cannot be told');
    if (unseen !== undefined) return unseen;
    const other = unseenMaker(facts, service);
    if (other !== undefined) return other;
  }
  return { outcome: 'fail', finding: selectorFinding(facts, service, candidate) };
}
