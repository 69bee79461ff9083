/** A Service port without a ready endpoint: a consequence, always to be explained. */
import { plural } from '../../../src/core/text.ts';
import { SECOND } from '../../../src/core/time.ts';
import { formatSet } from '../../../src/k8s/labels.ts';
import { describePort } from '../../../src/k8s/service-ports.ts';
import {
  backingWorkloads,
  complainingOf,
  DEPENDENTS,
  dependentsOf,
  hadEndpoints,
  isParked,
  justCreated,
  livingPods,
  servesJobs,
  unlisted,
  unseenMaker,
} from '../../facts/services/backing.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import { isScaleUp } from '../../facts/pods/new-nodes.ts';
import { clientsOf } from '../../facts/services/clients.ts';
import { fieldEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { podsOf } from '../../facts/pods/pod-groups.ts';
import { endedBehind } from '../../facts/pods/ended-pods.ts';
import { emptiedBetween } from '../../facts/services/emptied.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { groupBy } from '../../facts/read.ts';
import { isLatent, isOfIdleRevision, isWithoutFollowers } from '../../facts/services/never-filled.ts';
import { servedLately } from '../../facts/services/served.ts';
import { bestCandidate, isBereft, isFault } from '../../facts/services/selector-candidates.ts';
import type { PodFact } from '../../facts/pods.ts';
import type { ServiceFact, ServicePath } from '../../facts/services.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { kubectl } from '../../facts/commands.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/no-endpoints',
  layer: 'service',
  title: 'Service without a ready endpoint',
  role: 'symptom',
  needs: ['list:services', 'list:discovery.k8s.io/endpointslices', 'list:pods'],
  uses: [
    ...WORKLOADS,
    ...DEPENDENTS,
    'list:events',
    'list:networking.k8s.io/ingresses',
    'probe:connect',
    'changes',
  ],
  explain: {
    rule:
      'kube-proxy and every edge send to addresses that EndpointSlices list as ready (an unset condition means ready), or, ' +
      'when none is, to those that still serve while they end. A port without either answers nobody.',
    notConfusedWith: [
      'headless Services that have no pods on purpose: nothing makes any, and whoever names one is Ready and complains of nothing',
      'Services without a selector, whose endpoints somebody else keeps',
      'a workload parked at zero that nobody depends on, and Jobs whose pods are done',
      'a Service left over that never had endpoints and that nothing names, a headless one with a wrong selector among them',
      'a Service of the replicas of a store with one member, or of a revision that an Argo Rollout gave up, on which nobody depends',
      'pods that are still within what their probes allow a start or for which a first node is being made, and a Service made within the last half minute',
    ],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions'],
  },
  explains: [
    ...OF_CLIENTS,
    { check: 'pod/mesh', sharing: 'names' },
    { check: 'platform/webhook', sharing: 'names' },
  ],
  wantsAllPods: true,
  run: (facts) =>
    [...groupBy(facts.paths, (path) => path.service).values()].flatMap((paths) => judge(facts, paths)),
};
export default check;

/** All ports of one Service together: when every port is empty it is one finding, else one a port. */
function judge(facts: Facts, paths: readonly ServicePath[]): Judged[] {
  const service = paths[0]?.service;
  if (service === undefined || service.selector === undefined || service.terminating) return [];
  const empty = paths.filter((path) => path.ready.length === 0 && path.draining.length === 0);
  if (empty.length === 0)
    return [{ outcome: 'pass', object: service.ref, because: 'every port has a ready endpoint' }];
  const unseen = isBlind(facts, service)
    ? (unlisted(facts, service, DECIDING, ON_PURPOSE) ?? unseenMaker(facts, service))
    : undefined;
  if (unseen !== undefined) return [unseen];
  if (isAsItShouldBe(facts, service, empty))
    return [
      { outcome: 'pass', object: service.ref, because: 'it is empty on purpose, or only for a moment' },
    ];
  if (empty.length === paths.length)
    return [{ outcome: 'fail', finding: findingOf(facts, empty, undefined) }];
  return empty.map((path) => ({
    outcome: 'fail',
    finding: findingOf(
      facts,
      [path],
      path.port === undefined ? undefined : (path.port.name ?? String(path.port.port)),
    ),
  }));
}

/** What a Service without pods is judged by: what should be behind it, and who asks for it. */
const DECIDING = [
  'apps/deployments',
  'apps/statefulsets',
  'apps/replicasets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
  'networking.k8s.io/ingresses',
];
const ON_PURPOSE = 'It has no ready endpoint, and whether that is on purpose cannot be told';

/** No pod, and nothing in sight that wants one, asks for the Service or explains it. */
function isBlind(facts: Facts, service: ServiceFact): boolean {
  return (
    livingPods(facts, service).length === 0 &&
    !servesJobs(facts, service) &&
    backingWorkloads(facts, service).every(({ replicas }) => replicas === 0) &&
    dependentsOf(facts, service).length === 0 &&
    bestCandidate(facts, service)?.departure === undefined
  );
}

/** Empty for a reason that is no fault, or for so short a time that nothing is known yet. */
function isAsItShouldBe(facts: Facts, service: ServiceFact, empty: readonly ServicePath[]): boolean {
  if (justCreated(facts, service) && !hadEndpoints(facts, service)) return true;
  if (isParked(facts, service)) return true;
  if (servesJobs(facts, service) && endedBehind(facts, service).length === 0) return true;
  const all = empty[0]?.pods ?? [];
  const pods = all.filter(({ terminating }) => !terminating);
  if (pods.length === 0) return isBeingReplaced(facts, service, all) || !isMissed(facts, service);
  // Lists are taken one after the other: a pod that became Ready in between is no fault of anybody.
  const isComing = (pod: PodFact): boolean => isStarting(facts, pod) || isScaleUp(facts, pod);
  return pods.every(isComing) || empty.every((path) => isCatchingUp(facts, path));
}

/** The only pod goes within its grace period, and its workload makes another: a StatefulSet's restart, a Recreate rollout. */
function isBeingReplaced(facts: Facts, service: ServiceFact, leaving: readonly PodFact[]): boolean {
  return (
    leaving.some(({ goneBy }) => goneBy !== undefined && goneBy + LAG > facts.clock.endedAt) &&
    backingWorkloads(facts, service).some(({ replicas }) => replicas !== 0)
  );
}

/** A DaemonSet that no node is meant for, such as one of GPU nodes in a cluster without any, wants no pod. */
function wantsPods(facts: Facts, workload: WorkloadFact): boolean {
  return !justCreated(facts, workload) && !(workload.kind === 'DaemonSet' && workload.replicas === 0);
}

/**
 * Whether a Service without a pod lacks any: its workload wants some, pods that look meant miss its selector, it had
 * endpoints before, or somebody depends on it. Else it is left over, or a name kept for later.
 */
function isMissed(facts: Facts, service: ServiceFact): boolean {
  if (backingWorkloads(facts, service).some((workload) => wantsPods(facts, workload))) return true;
  if (isOfIdleRevision(facts, service)) return dependentsOf(facts, service).length > 0;
  const candidate = bestCandidate(facts, service);
  if (candidate !== undefined && isFault(facts, service, candidate))
    return !isLatent(facts, service, candidate);
  return backingWorkloads(facts, service).length === 0
    ? isBereft(facts, service, candidate) &&
        !isNameAlone(facts, service) &&
        !isWithoutFollowers(facts, service)
    : dependentsOf(facts, service).length > 0;
}

/**
 * A headless Service that nothing stands behind and nothing ever did is a name to look up: peers ask it whether anybody is
 * there (a ring of one, a cluster to join). Those who are Ready and complain of nothing take no for an answer.
 */
function isNameAlone(facts: Facts, service: ServiceFact): boolean {
  return (
    service.headless &&
    !hadEndpoints(facts, service) &&
    backingWorkloads(facts, service).length === 0 &&
    complainingOf(facts, service).length === 0 &&
    dependentsOf(facts, service).every(({ object }) => {
      const pods = podsOf(facts, object).filter(({ ended, terminating }) => !ended && !terminating);
      return pods.length > 0 && pods.every(({ ready }) => ready === 'True');
    })
  );
}

/** What a controller may take to follow its pods. */
const LAG = 15 * SECOND;

/** Pods became Ready just now, and the slices were listed before the controller could say so. */
function isCatchingUp(facts: Facts, path: ServicePath): boolean {
  const ready = path.pods.filter((pod) => pod.ready === 'True' && path.targets.get(pod) !== undefined);
  return ready.some((pod) => {
    const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
    return typeof turned === 'number' && facts.clock.startedAt - turned < LAG;
  });
}

function findingOf(facts: Facts, paths: readonly ServicePath[], part: string | undefined): CheckFinding {
  const path = paths[0];
  if (path === undefined) throw new Error('a finding needs a path');
  const { service, pods } = path;
  const ports = paths.flatMap(({ port }) => (port === undefined ? [] : [describePort(port)])).join(', ');
  const wanted = clientsOf(facts, service);
  const unready = pods.filter((pod) => pod.ready !== 'True');
  const emptied = emptiedBetween(facts, path);
  const served = wanted.length === 0 ? servedLately(facts, service) : undefined;
  return {
    // Whoever cannot be seen asking may be there all the same: no alarm, unless it answered of late.
    severity: wanted.length > 0 || served !== undefined ? 'critical' : 'warning',
    confidence: 'certain',
    object: service.ref,
    ...(part === undefined ? {} : { part }),
    summary: `Service ${service.namespace}/${service.name} has no ready endpoint${part === undefined ? '' : ` for port ${part}`}`,
    detail:
      (pods.length === 0
        ? `No running pod meets the selector ${formatSet(service.selector ?? {})}.`
        : `The selector takes ${plural(pods.length, 'pod')}, ${unready.length} of them not Ready.`) +
      (ports === '' ? '' : ` Whoever connects to ${ports} gets no answer.`) +
      (wanted.length === 0
        ? ` Nobody in the bundle is seen to depend on it${served === undefined ? '' : `, but ${served.words}`}.`
        : ` Depending on it: ${wanted.slice(0, 5).join(', ')}.`),
    evidence: evidenceOf(facts, path),
    since: emptied ?? SINCE_UNKNOWN,
    // Where a pod is Ready and the port is empty all the same, the unready ones are not what emptied it.
    involves:
      unready.length < pods.length
        ? []
        : [
            ...pods.slice(0, 50).map((pod) => pod.ref),
            ...backingWorkloads(facts, service).map(({ ref }) => ref),
          ],
    remedy: {
      summary: 'Mend what left it without endpoints; this is a consequence.',
      confirm: [
        kubectl(
          service.namespace,
          'get',
          'endpointslices',
          '-l',
          `kubernetes.io/service-name=${service.name}`,
        ),
      ],
      mend: [],
    },
  };
}

function evidenceOf(facts: Facts, path: ServicePath): Evidence[] {
  const slices = path.slices.slice(0, 5).map((slice) => {
    const endpoints = path.endpoints.filter((endpoint) => endpoint.slice === slice.id);
    return fieldEvidence(
      facts,
      slice,
      'endpoints',
      endpoints.map(({ address, ready }) => ({ address, ready })),
    );
  });
  return [...slices, fieldEvidence(facts, path.service, 'spec.selector', path.service.selector)];
}
