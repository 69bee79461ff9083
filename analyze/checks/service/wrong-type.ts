/** A Service of a type that cannot do what is asked of it: no load balancer came, an ExternalName that is no name. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { dig } from '../../facts/read.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import { externalName, type TypeStory } from '../../facts/services/external-name.ts';
import type { ServiceFact } from '../../facts/services.ts';
import { complainingOf, DEPENDENTS } from '../../facts/services/backing.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/wrong-type',
  layer: 'service',
  title: 'Service whose type cannot do what is asked of it',
  role: 'cause',
  needs: ['list:services'],
  uses: [
    ...new Set([
      ...WORKLOADS,
      ...DEPENDENTS,
      'list:events' as const,
      'list:networking.k8s.io/ingresses' as const,
      'probe:dns' as const,
    ]),
  ],
  explain: {
    rule:
      'A LoadBalancer needs a controller that gives it an address; an ExternalName is answered as a CNAME to that very name, ' +
      'whole (no search list is gone through), which an IP address cannot be, and a Service of the cluster only by its full ' +
      'name; an AWS load balancer with target-type instance sends to node ports, which ' +
      'only NodePort and LoadBalancer Services have; of a headless Service and of an ExternalName no port is translated.',
    notConfusedWith: [
      'a LoadBalancer made within the last minutes',
      'a LoadBalancer that only its cluster address is used of, where no controller ever said anything: a hint',
      'ExternalNames that resolve, and one that nobody asked cluster DNS for: unknown',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
      'https://kubernetes.io/docs/concepts/services-networking/service/#externalname',
      'https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/guide/ingress/annotations.md',
    ],
  },
  explains: [...OF_CLIENTS, { check: 'pod/mesh', sharing: 'names' }],
  run: (facts) =>
    facts.services.all.filter(({ terminating }) => !terminating).map((service) => judge(facts, service)),
};
export default check;

/** Cloud controllers take minutes to make a load balancer. */
const PATIENCE = 3 * MINUTE;

function judge(facts: Facts, service: ServiceFact): Judged {
  if (service.type === 'ExternalName') {
    const told = externalName(facts, service);
    if ('story' in told) return { outcome: 'fail', finding: findingOf(facts, service, told.story) };
    const moved = untranslatedPort(facts, service);
    if (moved !== undefined) return { outcome: 'fail', finding: moved };
    return 'unknown' in told
      ? { outcome: 'unknown', object: service.ref, ...told.unknown }
      : { outcome: 'pass', object: service.ref, because: told.because };
  }
  if (service.type === 'LoadBalancer') return ofBalancer(facts, service);
  const finding =
    behindInstances(facts, service) ?? untranslatedPort(facts, service) ?? unreadyPublished(facts, service);
  return finding === undefined ? fits(service) : { outcome: 'fail', finding };
}

const fits = ({ ref, type }: ServiceFact): Judged => ({
  outcome: 'pass',
  object: ref,
  because: `type ${type} does what is asked of it`,
});

function findingOf(facts: Facts, service: ServiceFact, story: TypeStory): CheckFinding {
  const { namespace, name, createdAt } = service;
  return {
    severity: story.severity,
    ...(story.severity === 'advice' ? { role: 'advice' as const } : {}),
    confidence: story.confidence ?? (story.severity === 'advice' ? 'possible' : 'certain'),
    object: service.ref,
    part: story.part,
    summary: `Service ${namespace}/${name} ${story.summary}`,
    detail: story.detail,
    evidence: story.evidence,
    since: sinceBetween(createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: [],
    remedy: {
      summary: story.mend,
      confirm: [kubectl(namespace, 'get', 'service', name, '-o', 'yaml')],
      mend: [],
    },
  };
}

/** Reasons of the service controller (cloud-provider) and of load balancer controllers. */
const COMPLAINTS =
  /^(?:SyncLoadBalancerFailed|FailedDeployModel|FailedBuildModel|AllocationFailed|CreatingLoadBalancerFailed|UnAvailableLoadBalancer)/;

function ofBalancer(facts: Facts, service: ServiceFact): Judged {
  const given = dig(facts.body(service), 'status', 'loadBalancer', 'ingress');
  if (Array.isArray(given) && given.length > 0) return fits(service);
  if (service.createdAt === undefined || facts.clock.endedAt - service.createdAt < PATIENCE)
    return fits(service);
  const events = facts.events(service.ref);
  const complaints = events.filter(
    ({ reason, type }) =>
      COMPLAINTS.test(reason ?? '') || (type === 'Warning' && /LoadBalancer/.test(reason ?? '')),
  );
  const last = complaints.at(-1);
  const told = facts.coverage('events', service.namespace);
  if (last === undefined && !told.known) {
    const detail = `It was never given an address; whether a controller complains cannot be told: events: ${told.why}`;
    return { outcome: 'unknown', object: service.ref, because: told.gap, detail };
  }
  const finding = findingOf(facts, service, {
    severity: last === undefined ? 'advice' : 'critical',
    part: 'no-address',
    summary: `is a LoadBalancer and was never given an address${last === undefined ? '' : `: ${oneLine(last.message ?? '').slice(0, 200)}`}`,
    detail:
      last === undefined
        ? 'No Event tells why: most likely no controller of this cluster makes load balancers for it. Its cluster address works all the same.'
        : 'Whoever comes from outside finds nothing; its cluster address works all the same.',
    evidence: [
      fieldEvidence(facts, service, 'status.loadBalancer.ingress', given ?? null),
      fieldEvidence(facts, service, 'spec.type', service.type),
      ...complaints.slice(-3).map((event) => eventEvidence(facts, event)),
    ],
    mend: 'Mend what the controller complains of, or use a type that this cluster can serve (NodePort, or an Ingress before a ClusterIP).',
  });
  return { outcome: 'fail', finding };
}

const TARGET_TYPE = 'alb.ingress.kubernetes.io/target-type';

/** An Ingress of the AWS Load Balancer Controller sends to node ports unless it says target-type ip. */
function behindInstances(facts: Facts, service: ServiceFact): CheckFinding | undefined {
  if (service.type !== 'ClusterIP') return undefined;
  for (const row of facts.dependencies.edges(service)) {
    if (row.kind !== 'Ingress') continue;
    const ingress = facts.list('networking.k8s.io/ingresses').find(({ id }) => id === row.id);
    const body = ingress && facts.body(ingress);
    const annotations = dig(body, 'metadata', 'annotations');
    const own = dig(facts.body(service), 'metadata', 'annotations', TARGET_TYPE);
    const type = typeof own === 'string' ? own : dig(annotations, TARGET_TYPE);
    const isAlb =
      dig(body, 'spec', 'ingressClassName') === 'alb' ||
      dig(annotations, 'kubernetes.io/ingress.class') === 'alb';
    if (ingress === undefined || !isAlb || (type !== undefined && type !== 'instance')) continue;
    // IngressClassParams may say ip for the whole class: only what is written on the Ingress decides.
    if (type === undefined) continue;
    return findingOf(facts, service, {
      severity: 'critical',
      part: 'instance-targets',
      summary: `is a ClusterIP behind Ingress ${row.name}, whose load balancer sends to node ports (target-type instance)`,
      detail: 'The controller refuses to build it: a ClusterIP Service has no node port.',
      evidence: [
        fieldEvidence(facts, service, 'spec.type', service.type),
        fieldEvidence(facts, ingress, `metadata.annotations.${TARGET_TYPE}`, type),
        ...facts
          .events(ingress.ref)
          .filter(({ reason }) => reason === 'FailedBuildModel')
          .slice(-1)
          .map((event) => eventEvidence(facts, event)),
      ],
      mend: 'Make the Service a NodePort, or set target-type ip.',
    });
  }
  return undefined;
}

/**
 * Who names a headless Service or an ExternalName with its port reaches that port of what DNS answers: the Service's port is
 * translated by nobody, for no packet ever goes to an address of the Service.
 */
function untranslatedPort(facts: Facts, service: ServiceFact): CheckFinding | undefined {
  const external = service.type === 'ExternalName';
  if (!service.headless && !external) return undefined;
  const moved = service.ports.find(
    ({ port, targetPort }) => typeof targetPort === 'number' && targetPort !== port,
  );
  if (moved === undefined) return undefined;
  const names = new RegExp(`(?:^|[^a-z0-9.-])${service.name}(?:\\.[a-z0-9.-]+)?:${moved.port}(?!\\d)`, 'i');
  const user = facts.dependencies.of(service).find(({ value }) => names.test(value));
  if (user === undefined) return undefined;
  return findingOf(facts, service, {
    // Who only names it need not use it.
    severity: complainingOf(facts, service).length > 0 ? 'critical' : 'warning',
    part: external ? 'external-port' : 'headless-port',
    summary: `is ${external ? 'an ExternalName' : 'headless'}, so nobody turns port ${moved.port} into ${moved.targetPort}, and ${user.object.ref.kind} ${user.object.ref.name} connects to ${moved.port}`,
    detail: external
      ? 'DNS answers with another name, and a client reaches the port it names on that host itself.'
      : 'DNS answers with the addresses of the pods, and a client reaches the port it names on the pod itself.',
    evidence: [
      external
        ? fieldEvidence(facts, service, 'spec.externalName', dig(facts.body(service), 'spec', 'externalName'))
        : fieldEvidence(facts, service, 'spec.clusterIP', 'None'),
      fieldEvidence(facts, service, 'spec.ports', service.ports),
      fieldEvidence(facts, user.object, user.path, user.value),
    ],
    mend: `Let the client use port ${moved.targetPort}, or give the Service a cluster address.`,
  });
}

/**
 * publishNotReadyAddresses is for peers that must find each other before they are Ready, by a headless Service
 * (https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/). Behind a cluster address it sends
 * clients to pods that say of themselves that they are not Ready.
 */
function unreadyPublished(facts: Facts, service: ServiceFact): CheckFinding | undefined {
  if (service.headless || !service.publishNotReady) return undefined;
  const unready = facts.pods
    .select(service.namespace, service.selector)
    .filter((pod) => !pod.ended && !pod.terminating && pod.ready === 'False' && !isStarting(facts, pod));
  const [first] = unready;
  if (first === undefined) return undefined;
  return findingOf(facts, service, {
    severity: 'advice',
    confidence: 'certain',
    part: 'publishes-not-ready',
    summary: `sends clients to ${plural(unready.length, 'pod')} that ${unready.length === 1 ? 'is' : 'are'} not Ready: publishNotReadyAddresses counts them as ready`,
    detail:
      'It is meant for headless Services by which peers find each other; here it keeps broken pods in rotation, and its endpoints look well.',
    evidence: [
      fieldEvidence(facts, service, 'spec.publishNotReadyAddresses', true),
      ...unready
        .slice(0, 3)
        .map((pod) => fieldEvidence(facts, pod, 'status.conditions[type=Ready].status', pod.ready)),
    ],
    mend: 'Set publishNotReadyAddresses to false, and use a headless Service for peers.',
  });
}
