/** A Service that has no pods because the workload that made them was deleted. */
import { formatSet } from '../../../src/k8s/labels.ts';
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
import { clientsOf } from '../../facts/services/clients.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { GoneWorkload } from '../../facts/services/gone.ts';
import { GONE, goneBehind } from '../../facts/services/gone-workloads.ts';
import { bestCandidate, isBereft, isFault, isFirm } from '../../facts/services/selector-candidates.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { CheckFinding, Since } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/workload-deleted',
  layer: 'service',
  title: 'Service whose pods went with the workload that made them',
  role: 'cause',
  needs: [
    'list:services',
    'list:pods',
    'list:discovery.k8s.io/endpointslices',
    'list:apps/deployments',
    'list:apps/replicasets',
  ],
  uses: [
    ...WORKLOADS.filter((one) => one !== 'list:apps/deployments' && one !== 'list:apps/replicasets'),
    ...DEPENDENTS.filter((one) => one !== 'list:pods'),
    ...GONE,
    'list:networking.k8s.io/ingresses',
    'probe:connect',
  ],
  explain: {
    rule:
      'Pods go with the Deployment, StatefulSet or DaemonSet that made them: the garbage collector deletes what it owned, and ' +
      'nothing makes other pods. Found when a Service that somebody depends on, or that had endpoints, takes no living pod, no ' +
      'workload would make one, and something tells of the one that is gone: a watch saw it go, it is being deleted, pods or ' +
      'ReplicaSets that the selector takes name an owner that is not there; or, of one called like the Service or what its ' +
      'selector wants, Events of its scaling or of the end of its pods, an autoscaler that finds it no more, claims that are ' +
      'left of its pods. Where only the time at which pods ended fits, it is said to be possible.',
    notConfusedWith: [
      'pods that nearly match the selector, such as those of a workload made anew under another name: service/selector-mismatch',
      'a workload scaled to zero, or within a rollout: it is there',
      'a Service made before its workload, of which nothing tells that there ever was one',
      'a namespace that is being deleted, and what Jobs made',
      'a Service left behind that nobody depends on: a warning',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/garbagecollector/garbagecollector.go',
    ],
  },
  explains: ['service/no-endpoints'],
  run: (facts) =>
    facts.services.all
      .filter(
        ({ type, selector, terminating }) =>
          type !== 'ExternalName' && selector !== undefined && !terminating,
      )
      .map((service) => judge(facts, service)),
};
export default check;

/** What may yet make pods that the selector takes, besides what the check needs. */
const OTHERS = ['apps/statefulsets', 'apps/daemonsets'];

function judge(facts: Facts, service: ServiceFact): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  if (livingPods(facts, service).length > 0) return pass('the selector takes living pods');
  const [maker] = backingWorkloads(facts, service);
  if (maker !== undefined) return pass(`${maker.kind} ${maker.name} is there`);
  if (servesJobs(facts, service)) return pass('its pods are made by Jobs');
  if (justCreated(facts, service) && !hadEndpoints(facts, service))
    return pass('the Service was made within the last half minute');
  const candidate = bestCandidate(facts, service);
  const fault = candidate !== undefined && isFault(facts, service, candidate) ? candidate : undefined;
  if (fault !== undefined && isFirm(service, fault)) return pass('pods that look meant miss the selector');
  if (fault === undefined && !isBereft(facts, service, candidate)) return pass('nobody is known to miss it');
  const unseen = unlisted(facts, service, OTHERS, WHAT) ?? unseenMaker(facts, service);
  if (unseen !== undefined) return unseen;
  const gone = goneBehind(facts, service);
  if (gone !== undefined && (fault === undefined || gone.confidence !== 'possible'))
    return { outcome: 'fail', finding: findingOf(facts, service, gone) };
  if (fault !== undefined) return pass('pods that look meant miss the selector');
  return (
    unlisted(facts, service, ['events'], WHAT) ??
    pass('nothing tells that there ever was a workload of its pods')
  );
}

const WHAT = 'Whether what made its pods was deleted cannot be told';

function findingOf(facts: Facts, service: ServiceFact, gone: GoneWorkload): CheckFinding {
  const { namespace, name, selector = {} } = service;
  const { ref, confidence, leaving, since } = gone;
  const who = `${ref.kind} ${ref.name}`;
  const made = confidence === 'possible' ? 'which may have made them' : 'which made them';
  const isMissed = clientsOf(facts, service).length > 0;
  return {
    severity: confidence === 'possible' || !isMissed ? 'warning' : 'critical',
    confidence,
    object: service.ref,
    summary: `Service ${namespace}/${name} has no pods: ${who}, ${made}, ${leaving ? `is being deleted since ${since.from}` : `was deleted${when(since)}`}`,
    detail: `No pod meets the selector ${formatSet(selector)} and no workload would make one. ${gone.told}`,
    evidence: [fieldEvidence(facts, service, 'spec.selector', selector), ...gone.evidence],
    since,
    involves: [ref, ...gone.involves],
    remedy: {
      summary: `Apply ${who} again from where it is kept (a repository, a chart); if it was meant to go, delete the Service and what asks for it too.`,
      confirm: [
        kubectl(namespace, 'get', ref.kind.toLowerCase(), ref.name),
        kubectl(namespace, 'get', 'pods', '-l', formatSet(selector)),
      ],
      mend: [],
    },
  };
}

function when({ from, to }: Since): string {
  if (from !== undefined && from === to) return ` at ${from}`;
  if (from !== undefined && to !== undefined) return ` between ${from} and ${to}`;
  return to === undefined ? '' : ` by ${to}`;
}
