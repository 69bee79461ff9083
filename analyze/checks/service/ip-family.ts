/** A Service whose address family its pods, its clients or its hand-kept slices do not have: nothing of that family gets through. */
import { plural } from '../../../src/core/text.ts';
import { items, text, texts } from '../../ingest/read.ts';
import { familyOf } from '../../facts/services/addresses.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { listensForIPv4Alone, podAddresses, podFamilies } from '../../facts/services/families.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, groupBy, once } from '../../facts/read.ts';
import type { ServiceFact, ServicePath } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/ip-family',
  layer: 'service',
  title: 'Service of an address family that its pods or its clients lack',
  role: 'cause',
  needs: ['list:services', 'list:pods'],
  uses: [
    ...[...WORKLOADS, ...LISTENERS].filter((need) => need !== 'list:pods'),
    'list:discovery.k8s.io/endpointslices',
    'list:networking.k8s.io/ingresses',
  ],
  explain: {
    rule:
      'Each family in spec.ipFamilies has EndpointSlices of its own, and a pod is in those of the families it has addresses ' +
      'of (status.podIPs). Found when Ready pods have addresses and none of a family that the Service is meant to serve; when ' +
      'their socket tables show the target port open for IPv4 alone, and the Service serves IPv6; when pods that name the ' +
      'Service have no address of any of its families; and when the addresses kept by hand are of none of them, for ' +
      'kube-proxy takes each slice for its own family only.',
    notConfusedWith: [
      'PreferDualStack where a cluster gave both families and pods have one or listen for one: the second is a hint only',
      'a headless Service of both before pods of one, whose names are answered by the addresses that there are: a hint only',
      'a listener on ::, which takes IPv4 too',
      'host-network pods of a node with one family',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/metaproxier/meta_proxier.go',
    ],
  },
  explains: [
    'service/no-endpoints',
    'service/stale-endpoints',
    ...OF_CLIENTS,
    { check: 'pod/not-ready', sharing: 'names' },
  ],
  run(facts) {
    const byTop = once(() => groupBy(facts.pods.all, (pod) => facts.workloads.top(pod)?.id));
    return facts.services.all
      .filter(({ type, terminating }) => type !== 'ExternalName' && !terminating)
      .map((service) => judge(facts, service, byTop));
  },
};
export default check;

interface Fault {
  readonly severity: CheckFinding['severity'];
  readonly role: CheckFinding['role'];
  readonly part?: string;
  readonly summary: string;
  readonly detail: string;
  readonly evidence: CheckFinding['evidence'];
  readonly pods: readonly PodFact[];
  readonly mend: string;
}

function judge(
  facts: Facts,
  service: ServiceFact,
  byTop: () => ReadonlyMap<number | undefined, readonly PodFact[]>,
): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const families = texts(dig(facts.body(service), 'spec', 'ipFamilies'));
  if (families.length === 0) return pass('it says no family');
  const found =
    (service.selector === undefined
      ? slicesOfOthers(facts, service, families)
      : ofPods(facts, service, families)) ?? ofClients(facts, service, families, byTop);
  return found === undefined
    ? pass('nothing shows that a family it serves is missing')
    : { outcome: 'fail', finding: findingOf(facts, service, families, found) };
}

/** How bad it is that some families of a Service lead nowhere: one that was only preferred is a hint. */
function weight(facts: Facts, service: ServiceFact, all: boolean): Pick<Fault, 'severity' | 'role'> {
  if (all) return { severity: 'critical', role: 'cause' };
  const required = dig(facts.body(service), 'spec', 'ipFamilyPolicy') === 'RequireDualStack';
  return required ? { severity: 'warning', role: 'cause' } : HINT;
}

const HINT = { severity: 'advice', role: 'advice' } as const;

function ofPods(facts: Facts, service: ServiceFact, families: readonly string[]): Fault | undefined {
  const pods = facts.pods
    .select(service.namespace, service.selector)
    .filter(
      ({ ready, ip, terminating, ended }) => ready === 'True' && ip !== undefined && !terminating && !ended,
    );
  const [first] = pods;
  if (first === undefined) return undefined;
  // A family that the first pod has, one pod has: only where it lacks one are the others read.
  const lacking = families.filter(
    (family) => !has(facts, first, family) && pods.every((pod) => !has(facts, pod, family)),
  );
  if (lacking.length === 0) return deaf(facts, service, families, pods);
  const all = lacking.length === families.length;
  // A headless one has no address of the missing family that would refuse: names are answered by those that pods have.
  const named = service.headless && !all;
  return {
    ...(named ? HINT : weight(facts, service, all)),
    summary: `its ${plural(pods.length, 'pod')} ${pods.length === 1 ? 'has' : 'have'} no ${lacking.join(' or ')} address`,
    detail: `EndpointSlices of ${lacking.join(' and ')} stay empty${all ? ', and it has no other' : ''}.`,
    evidence: pods
      .slice(0, 3)
      .map((pod) =>
        fieldEvidence(facts, pod, 'status.podIPs', dig(facts.body(pod), 'status', 'podIPs') ?? pod.ip),
      ),
    pods,
    mend: 'Give the Service a family that the pods have (its first family is fixed once made: make it anew), or the nodes a pod range of that family.',
  };
}

const has = (facts: Facts, pod: PodFact, family: string): boolean =>
  familyOf(pod.ip) === family || podFamilies(facts, pod).some((one) => one === family);

/** Of so many pods the sockets are looked at: those of a Service are of one make, most often. */
const MOST = 20;

/** The pods have addresses of IPv6, and where their sockets were read, none listens for it. */
function deaf(
  facts: Facts,
  service: ServiceFact,
  families: readonly string[],
  pods: readonly PodFact[],
): Fault | undefined {
  if (!families.includes('IPv6')) return undefined;
  const some = pods.filter((pod) => !pod.hostNetwork).slice(0, MOST);
  for (const path of facts.pathsOf(service)) {
    const seen = some.map((pod) => shutTo(facts, path, pod));
    const evidence = seen.flatMap((one) => one ?? []);
    if (evidence.length === 0 || evidence.length < seen.length) continue;
    return {
      ...weight(facts, service, families.length === 1),
      summary: `its ${plural(pods.length, 'pod')} ${pods.length === 1 ? 'listens' : 'listen'} for IPv4 alone`,
      detail: `Whoever connects by IPv6 is refused, though the pods are Ready and listed with their IPv6 addresses${families.length === 1 ? '' : '; clients that try IPv4 next get through'}.`,
      evidence: evidence.slice(0, 3),
      pods,
      mend: 'Let the program listen on :: (which takes IPv4 too), or give the Service the family that it listens for.',
    };
  }
  return undefined;
}

function shutTo(
  facts: Facts,
  { port, targets }: ServicePath,
  pod: PodFact,
): CheckFinding['evidence'][number] | undefined {
  const number = targets.get(pod);
  if (port === undefined || number === undefined || !podFamilies(facts, pod).includes('IPv6'))
    return undefined;
  return listensForIPv4Alone(facts, pod, number, port.protocol);
}

/** kube-proxy has one proxier for each family, and hands it the EndpointSlices of that addressType and no others. */
function slicesOfOthers(facts: Facts, service: ServiceFact, families: readonly string[]): Fault | undefined {
  // Names of a headless one are answered by what its slices hold.
  if (service.headless) return undefined;
  const slices = (facts.pathsOf(service)[0]?.slices ?? []).filter(
    (slice) => items(dig(facts.body(slice), 'endpoints')).length > 0,
  );
  const typeOf = (slice: (typeof slices)[number]): string =>
    text(dig(facts.body(slice), 'addressType')) ?? '';
  if (slices.length === 0 || slices.some((slice) => families.includes(typeOf(slice)))) return undefined;
  return {
    severity: 'critical',
    role: 'cause',
    summary: `the addresses kept for it by hand are of type ${[...new Set(slices.map(typeOf))].join(' and ')}`,
    detail:
      'kube-proxy takes an EndpointSlice for its own family only: for this Service it has no address at all.',
    evidence: slices.slice(0, 3).map((slice) => fieldEvidence(facts, slice, 'addressType', typeOf(slice))),
    pods: [],
    mend: 'Give the EndpointSlice addresses (and an addressType) of the family of the Service.',
  };
}

/** Pods that name the Service and have no address of any family it can be asked by. */
function ofClients(
  facts: Facts,
  service: ServiceFact,
  families: readonly string[],
  byTop: () => ReadonlyMap<number | undefined, readonly PodFact[]>,
): Fault | undefined {
  // One of both families is reached by either; a headless one leads to whatever its pods have.
  if (service.headless || families.length > 1) return undefined;
  const clients = facts.dependencies
    .of(service)
    .flatMap((dependent) => (byTop().get(dependent.object.id) ?? []).map((pod) => ({ pod, dependent })))
    .filter(({ pod }) => !pod.ended && !pod.terminating && !pod.hostNetwork && pod.ip !== undefined);
  const cut = clients.filter(({ pod }) => !families.some((family) => has(facts, pod, family)));
  const [first] = cut;
  if (first === undefined) return undefined;
  const pods = [...new Set(cut.map(({ pod }) => pod))];
  return {
    severity: 'critical',
    role: 'cause',
    part: 'clients',
    summary: `${plural(pods.length, 'pod')} that ${pods.length === 1 ? 'names' : 'name'} it (${pods
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', ')}) ${pods.length === 1 ? 'has' : 'have'} no ${families.join(' or ')} address`,
    detail: `Cluster DNS answers with an address of ${families.join(' and ')} only, which those pods have no way to.`,
    evidence: [
      fieldEvidence(facts, first.dependent.object, first.dependent.path, first.dependent.value),
      ...pods.slice(0, 3).map((pod) => fieldEvidence(facts, pod, 'status.podIPs', podAddresses(facts, pod))),
    ],
    pods,
    mend: 'Let the Service serve the family of its clients too (ipFamilyPolicy PreferDualStack), or run them on nodes with a pod range of its family.',
  };
}

function findingOf(
  facts: Facts,
  service: ServiceFact,
  families: readonly string[],
  { severity, role = 'cause', part, summary, detail, evidence, pods, mend }: Fault,
): CheckFinding {
  return {
    severity,
    role,
    confidence: 'certain',
    object: service.ref,
    ...(part === undefined ? {} : { part }),
    summary: `Service ${service.namespace}/${service.name} serves ${families.join(' and ')}, and ${summary}`,
    detail,
    evidence: [
      fieldEvidence(facts, service, 'spec.ipFamilies', families),
      fieldEvidence(
        facts,
        service,
        'spec.ipFamilyPolicy',
        dig(facts.body(service), 'spec', 'ipFamilyPolicy') ?? null,
      ),
      ...evidence,
    ],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: pods.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary: mend,
      confirm: [
        kubectl(service.namespace, 'get', 'service', service.name, '-o', 'yaml'),
        kubectl(service.namespace, 'get', 'pods', '-o', 'yaml'),
      ],
      mend: [],
    },
  };
}
