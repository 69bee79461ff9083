/** A Service whose address family its pods do not have: no endpoint of that family can be. */
import { plural } from '../../../src/core/text.ts';
import { texts } from '../../ingest/read.ts';
import { familyOf, type Family } from '../../facts/addresses.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import type { Facts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/ip-family',
  layer: 'service',
  title: 'Service of an address family that its pods lack',
  role: 'cause',
  needs: ['list:services', 'list:pods'],
  explain: {
    rule:
      'Each family in spec.ipFamilies has EndpointSlices of its own, and a pod is in those of the families it has addresses ' +
      'of (status.podIPs). Found when Ready pods have addresses and none of a family that the Service is meant to serve.',
    notConfusedWith: [
      'PreferDualStack where a cluster gave both families and pods have one: the second is a hint only',
      'host-network pods of a node with one family',
    ],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services'],
  },
  explains: ['service/no-endpoints', 'service/stale-endpoints'],
  run: (facts) =>
    facts.services.all
      .filter(
        ({ selector, type, terminating }) =>
          selector !== undefined && type !== 'ExternalName' && !terminating,
      )
      .map((service) => judge(facts, service)),
};
export default check;

function judge(facts: Facts, service: ServiceFact): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const families = texts(dig(facts.body(service), 'spec', 'ipFamilies'));
  if (families.length === 0) return pass('it says no family');
  const pods = facts.pods
    .select(service.namespace, service.selector)
    .filter(
      ({ ready, ip, terminating, ended }) => ready === 'True' && ip !== undefined && !terminating && !ended,
    );
  const first = pods[0];
  if (first === undefined) return pass('no Ready pod tells which families there are');
  // A family that the first pod has, one pod has: only where it lacks one are the others read.
  const lacking = families.filter(
    (family) => !has(facts, first, family) && pods.every((pod) => !has(facts, pod, family)),
  );
  if (lacking.length === 0) return pass('its pods have an address of every family it serves');
  return { outcome: 'fail', finding: findingOf(facts, service, families, lacking, pods) };
}

function has(facts: Facts, pod: PodFact, family: string): boolean {
  return familyOf(pod.ip) === family || familiesOf(facts, pod).some((one) => one === family);
}

function familiesOf(facts: Facts, pod: PodFact): Family[] {
  const ips = dig(facts.body(pod), 'status', 'podIPs');
  return (Array.isArray(ips) ? ips : []).flatMap((one) => {
    const ip = dig(one, 'ip');
    return familyOf(typeof ip === 'string' ? ip : undefined) ?? [];
  });
}

function findingOf(
  facts: Facts,
  service: ServiceFact,
  families: readonly string[],
  lacking: readonly string[],
  pods: readonly PodFact[],
): CheckFinding {
  const body = facts.body(service);
  const policy = dig(body, 'spec', 'ipFamilyPolicy');
  const all = lacking.length === families.length;
  const required = all || policy === 'RequireDualStack';
  return {
    severity: all ? 'critical' : required ? 'warning' : 'advice',
    role: required ? 'cause' : 'advice',
    confidence: 'certain',
    object: service.ref,
    summary: `Service ${service.namespace}/${service.name} serves ${families.join(' and ')}, and its ${plural(pods.length, 'pod')} ${pods.length === 1 ? 'has' : 'have'} no ${lacking.join(' or ')} address`,
    detail: `EndpointSlices of ${lacking.join(' and ')} stay empty${all ? ', and it has no other' : ''}.`,
    evidence: [
      fieldEvidence(facts, service, 'spec.ipFamilies', families),
      fieldEvidence(facts, service, 'spec.ipFamilyPolicy', policy ?? null),
      ...pods
        .slice(0, 3)
        .map((pod) =>
          fieldEvidence(facts, pod, 'status.podIPs', dig(facts.body(pod), 'status', 'podIPs') ?? pod.ip),
        ),
    ],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: pods.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary:
        'Give the Service a family that the pods have (its first family is fixed once made: make it anew), or the nodes a pod range of that family.',
      confirm: [
        kubectl(service.namespace, 'get', 'service', service.name, '-o', 'yaml'),
        kubectl(service.namespace, 'get', 'pods', '-o', 'yaml'),
      ],
      mend: [],
    },
  };
}
