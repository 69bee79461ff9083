/** A Service port without a ready endpoint: a consequence, always to be explained. */
import { plural } from '../../../src/core/text.ts';
import { formatSet } from '../../../src/k8s/labels.ts';
import { describePort } from '../../../src/k8s/service-ports.ts';
import { backingWorkloads, isParked } from '../../facts/backing.ts';
import { fieldEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { emptiedBetween } from '../../facts/emptied.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { groupBy } from '../../facts/read.ts';
import { bestCandidate, isFault } from '../../facts/selector-candidates.ts';
import type { ServicePath } from '../../facts/services.ts';
import { kubectl } from '../../facts/commands.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/no-endpoints',
  layer: 'service',
  title: 'Service without a ready endpoint',
  role: 'symptom',
  needs: ['list:services', 'list:discovery.k8s.io/endpointslices', 'list:pods'],
  uses: [...WORKLOADS, 'list:events', 'list:networking.k8s.io/ingresses', 'changes'],
  explain: {
    rule:
      'kube-proxy and every edge send to addresses that EndpointSlices list as ready (an unset condition means ready), or, ' +
      'when none is, to those that still serve while they end. A port without either answers nobody.',
    notConfusedWith: [
      'headless Services that have no pods on purpose',
      'Services without a selector, whose endpoints somebody else keeps',
      'a workload parked at zero that nobody depends on',
      'a Service that never had an endpoint, that no pod looks meant for and that nobody names',
    ],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions'],
  },
  explains: [],
  run: (facts) =>
    [...groupBy(facts.paths, (path) => path.service).values()].flatMap((paths) => judge(facts, paths)),
};
export default check;

/** All ports of one Service together: when every port is empty it is one finding, else one a port. */
function judge(facts: Facts, paths: readonly ServicePath[]): Judged[] {
  const service = paths[0]?.service;
  if (service === undefined || service.selector === undefined || service.terminating) return [];
  const empty = paths.filter((path) => path.ready.length === 0 && path.draining.length === 0);
  const onPurpose =
    isParked(facts, service) ||
    (service.headless && isIdleHeadless(facts, paths)) ||
    (empty.length === paths.length && isNeverUsed(facts, paths));
  if (empty.length === 0 || onPurpose) return [{ outcome: 'pass', object: service.ref }];
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

/** A headless Service that takes no pod and belongs to no workload: a name kept for later, or for records of its own. */
function isIdleHeadless(facts: Facts, paths: readonly ServicePath[]): boolean {
  const [path] = paths;
  return path !== undefined && path.pods.length === 0 && backingWorkloads(facts, path.service).length === 0;
}

/**
 * A Service that never had an endpoint and that nothing asks for: its EndpointSlices are of generation 1, which the API
 * server raises with each change, no workload is meant for it, no pod looks meant, and nobody names it.
 */
function isNeverUsed(facts: Facts, paths: readonly ServicePath[]): boolean {
  const [path] = paths;
  if (path === undefined || path.pods.length > 0 || path.slices.length === 0) return false;
  const { service, slices } = path;
  if (slices.some((slice) => slice.generation !== 1)) return false;
  if (backingWorkloads(facts, service).length > 0 || facts.dependencies.of(service).length > 0) return false;
  const candidate = bestCandidate(facts, service);
  return candidate === undefined || !isFault(candidate);
}

function findingOf(facts: Facts, paths: readonly ServicePath[], part: string | undefined): CheckFinding {
  const path = paths[0];
  if (path === undefined) throw new Error('a finding needs a path');
  const { service, pods } = path;
  const ports = paths.flatMap(({ port }) => (port === undefined ? [] : [describePort(port)])).join(', ');
  const wanted = facts.dependencies.of(service);
  const unready = pods.filter((pod) => pod.ready !== 'True');
  const emptied = emptiedBetween(facts, path);
  return {
    severity: 'critical',
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
        ? ''
        : ` Depending on it: ${wanted
            .slice(0, 5)
            .map(
              ({ object, path: at }) =>
                `${object.ref.kind} ${object.ref.namespace ?? ''}/${object.ref.name} (${at})`,
            )
            .join(', ')}.`),
    evidence: evidenceOf(facts, path),
    since: emptied ?? SINCE_UNKNOWN,
    involves: [
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
