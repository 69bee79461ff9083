/** EndpointSlices that do not say what the pods are: addresses nobody has, Ready pods that are not in them. */
import { plural } from '../../../src/core/text.ts';
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { DEPENDENTS } from '../../facts/services/backing.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { podAddresses } from '../../facts/services/families.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { HAND_KEPT, judgeHandKept } from '../../facts/services/hand-kept.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import type { EndpointFact, ServicePath } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/stale-endpoints',
  layer: 'service',
  title: 'EndpointSlices that have fallen behind the pods',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [
    ...WORKLOADS,
    ...DEPENDENTS,
    ...HAND_KEPT,
    'list:networking.k8s.io/ingresses',
    'list:events',
    'changes',
  ],
  explain: {
    rule:
      'The EndpointSlice controller keeps the addresses of the selected pods, within a second or two of their changes. Found ' +
      'when a slice of its own lists as ready an address whose pod is gone or has another address, or lacks a pod that has ' +
      'been Ready for longer than the controller takes. Of a Service without a selector somebody else keeps the slices: found ' +
      'when none is there though clients name the Service, when no port of theirs bears the name of the Service’s, when an ' +
      'address is of the pod network and no pod has it, or when every connect from clients failed.',
    notConfusedWith: [
      'the seconds of a rollout: an address that is terminating, a pod that was deleted or turned Ready just now',
      'slices of another controller, and those kept by hand whose addresses answer',
      'a Service without a selector that nobody names',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management',
      'https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions',
    ],
  },
  explains: [
    'service/no-endpoints',
    ...OF_CLIENTS,
    { check: 'pod/not-ready', sharing: 'names' },
    { check: 'pod/mesh', sharing: 'names' },
  ],
  run(facts) {
    const seen = new Set<number>();
    return facts.paths.flatMap((path) => {
      const { service } = path;
      // The ports of a Service share their slices' addresses: the first port that is not well speaks for all.
      if (service.terminating || seen.has(service.id)) return [];
      const judged = service.selector === undefined ? judgeHandKept(facts, path) : judge(facts, path);
      if (judged.outcome === 'fail') seen.add(service.id);
      return [judged];
    });
  },
};
export default check;

/** What the controller may take to follow; a batch period and a queue included. */
const LAG = 15 * SECOND;
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';

interface Stale {
  readonly endpoint: EndpointFact;
  readonly why: string;
}

function judge(facts: Facts, path: ServicePath): Judged {
  const managed = path.slices.filter((slice) => {
    const by = dig(facts.body(slice), 'metadata', 'labels', MANAGED_BY);
    return by === CONTROLLER;
  });
  const own = new Set(managed.map(({ id }) => id));
  const stale = path.endpoints
    .filter(({ slice, ready, terminating }) => own.has(slice) && ready && !terminating)
    .flatMap((endpoint) => staleness(facts, path, endpoint));
  // Without any slice of the controller's nothing tells that it is the one that should keep them.
  const missing = own.size === 0 ? [] : missingFrom(facts, path);
  if (stale.length === 0 && missing.length === 0)
    return { outcome: 'pass', object: path.service.ref, because: 'its EndpointSlices agree with the pods' };
  return { outcome: 'fail', finding: findingOf(facts, path, stale, missing) };
}

function staleness(facts: Facts, { service }: ServicePath, endpoint: EndpointFact): Stale[] {
  const { target, address } = endpoint;
  if (target?.kind !== 'Pod') return [];
  const pod = facts.pods.named(service.namespace, target.name);
  if (pod === undefined)
    return isGoneJustNow(facts, service.namespace, target.name)
      ? []
      : [{ endpoint, why: `pod ${target.name} does not exist` }];
  if (pod.terminating) return [];
  if (pod.ended)
    return isGoneJustNow(facts, service.namespace, pod.name)
      ? []
      : [{ endpoint, why: `pod ${pod.name} has ended` }];
  // Nearly all are as they should be: only for the others is the pod's whole status read.
  if (pod.ip === address) return [];
  const ips = podAddresses(facts, pod);
  const young = pod.startedAt !== undefined && facts.clock.startedAt - pod.startedAt < MINUTE;
  if (ips.length === 0 || ips.includes(address) || young) return [];
  return [{ endpoint, why: `pod ${pod.name} has the address ${ips.join(', ')}` }];
}

/** A watch saw it go, or the kubelet ended it within the last minute: the slice was listed before the controller could act. */
function isGoneJustNow(facts: Facts, namespace: string, name: string): boolean {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name };
  if (facts.changes({ id: -1, resource: 'pods', ref }).length > 0) return true;
  return facts
    .events(ref)
    .some(({ reason, last_at }) => reason === 'Killing' && facts.clock.startedAt - (last_at ?? 0) < MINUTE);
}

function missingFrom(facts: Facts, { pods, targets, port, endpoints }: ServicePath): PodFact[] {
  const listed = new Set(endpoints.filter(({ ready }) => ready).flatMap(({ target }) => target?.name ?? []));
  const addresses = new Set(endpoints.filter(({ ready }) => ready).map(({ address }) => address));
  return pods.filter((pod) => {
    if (pod.ready !== 'True' || pod.terminating || pod.ip === undefined) return false;
    if (port !== undefined && targets.get(pod) === undefined) return false;
    if (listed.has(pod.name) || addresses.has(pod.ip)) return false;
    const turned = facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at;
    return typeof turned === 'number' && facts.clock.startedAt - turned > LAG;
  });
}

function findingOf(
  facts: Facts,
  path: ServicePath,
  stale: readonly Stale[],
  missing: readonly PodFact[],
): CheckFinding {
  const { service, slices } = path;
  const turned = missing.flatMap(
    (pod) => facts.conditions(pod).find(({ type }) => type === 'Ready')?.last_transition_at ?? [],
  );
  return {
    severity: 'critical',
    confidence: 'certain',
    object: service.ref,
    summary: `EndpointSlices of Service ${service.namespace}/${service.name} have fallen behind its pods: ${saidOf(path, stale, missing).join(', and ')}`,
    detail:
      'The EndpointSlice controller has not followed: see whether the controller manager runs and leads.',
    evidence: [
      ...stale
        .slice(0, 3)
        .flatMap(({ endpoint, why }) =>
          slices
            .filter(({ id }) => id === endpoint.slice)
            .map((slice) =>
              fieldEvidence(facts, slice, 'endpoints[].addresses', endpoint.address, { text: why }),
            ),
        ),
      ...missing
        .slice(0, 3)
        .flatMap((pod) => [
          fieldEvidence(facts, pod, 'status.podIP', pod.ip, { text: 'Ready, and in no EndpointSlice' }),
        ]),
      ...slices.slice(0, 1).map((slice) =>
        fieldEvidence(
          facts,
          slice,
          'endpoints',
          path.endpoints.map(({ address }) => address),
        ),
      ),
    ],
    since: sinceBetween(
      turned.length === 0 ? undefined : Math.min(...turned),
      facts.clock.startedAt,
      turned.length === 0 ? 'it was so when the capture began' : 'the pod left out was Ready then',
    ),
    involves: missing.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary: 'Bring the controller manager back; once it syncs, the slices follow by themselves.',
      confirm: [
        kubectl(
          service.namespace,
          'get',
          'endpointslices',
          '-l',
          `kubernetes.io/service-name=${service.name}`,
        ),
        kubectl('kube-system', 'get', 'lease', 'kube-controller-manager', '-o', 'yaml'),
      ],
      mend: [],
    },
  };
}

function saidOf({ ready }: ServicePath, stale: readonly Stale[], missing: readonly PodFact[]): string[] {
  return [
    ...(stale.length === 0
      ? []
      : [
          `${plural(stale.length, 'address', 'addresses')} of ${ready.length} that no pod has (${stale
            .slice(0, 2)
            .map(({ endpoint, why }) => `${endpoint.address}: ${why}`)
            .join('; ')})`,
        ]),
    ...(missing.length === 0
      ? []
      : [
          `${plural(missing.length, 'Ready pod')} left out (${missing
            .slice(0, 3)
            .map(({ name }) => name)
            .join(', ')})`,
        ]),
  ];
}
