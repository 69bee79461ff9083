/** A Service that keeps traffic on the node it came from, where a node has nobody to take it. */
import { plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, groupBy } from '../../facts/read.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/traffic-policy',
  layer: 'service',
  title: 'Service kept local to nodes that have no endpoint of it',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [...WORKLOADS, 'list:networking.k8s.io/ingresses'],
  explain: {
    rule:
      'With internalTrafficPolicy Local, kube-proxy sends what comes from a node only to endpoints of that node, and drops it ' +
      'where there is none, however many there are elsewhere. Found when the Service has ready endpoints, and pods of a ' +
      'workload that names it run on nodes without one.',
    notConfusedWith: [
      'externalTrafficPolicy Local, where nodes without an endpoint are drained by healthCheckNodePort: normal',
      'nodes on which nobody in sight uses the Service',
      'a Service without any endpoint: service/no-endpoints',
    ],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/'],
  },
  explains: [
    { check: 'pod/crash-loop', sharing: 'names' },
    { check: 'pod/not-ready', sharing: 'names' },
    { check: 'pod/dependency-unreachable', sharing: 'names' },
  ],
  run(facts) {
    const local = facts.services.all.filter(
      (service) =>
        !service.terminating &&
        !service.headless &&
        service.type !== 'ExternalName' &&
        dig(facts.body(service), 'spec', 'internalTrafficPolicy') === 'Local',
    );
    if (local.length === 0) return [];
    const byTop = groupBy(facts.pods.all, (pod) => facts.workloads.top(pod)?.id);
    return local.map((service) => judge(facts, service, byTop));
  },
};
export default check;

function judge(
  facts: Facts,
  service: ServiceFact,
  byTop: ReadonlyMap<number | undefined, readonly PodFact[]>,
): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const ready = facts.pathsOf(service).flatMap((path) => path.ready);
  const served = new Set(ready.flatMap(({ node }) => node ?? []));
  // Slices kept by hand may name no node at all: then nothing is local to any.
  if (served.size === 0) return pass('no ready endpoint of it names a node');
  const clients = facts.dependencies
    .of(service)
    .flatMap((dependent) => (byTop.get(dependent.object.id) ?? []).map((pod) => ({ pod, dependent })))
    .filter(({ pod }) => !pod.ended && !pod.terminating && pod.node !== undefined);
  const cut = clients.filter(({ pod }) => !served.has(pod.node ?? ''));
  if (cut.length === 0) return pass('every node with a client in sight has an endpoint of it');
  const nodes = [...new Set(cut.flatMap(({ pod }) => pod.node ?? []))];
  const [first] = cut;
  const finding: CheckFinding = {
    severity: 'critical',
    confidence: 'certain',
    object: service.ref,
    summary: `Service ${service.namespace}/${service.name} is kept local to each node, and ${plural(nodes.length, 'node')} with clients (${nodes.slice(0, 3).join(', ')}) ${nodes.length === 1 ? 'has' : 'have'} no endpoint of it`,
    detail: `${plural(cut.length, 'client pod')} of ${clients.length} cannot reach it: what they send is dropped on their node.`,
    evidence: [
      fieldEvidence(facts, service, 'spec.internalTrafficPolicy', 'Local'),
      ...(first === undefined
        ? []
        : [
            fieldEvidence(facts, first.dependent.object, first.dependent.path, first.dependent.value),
            fieldEvidence(facts, first.pod, 'spec.nodeName', first.pod.node),
          ]),
      ...(facts.pathsOf(service)[0]?.slices ?? [])
        .slice(0, 2)
        .map((slice) => fieldEvidence(facts, slice, 'endpoints[].nodeName', [...served])),
    ],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: cut.slice(0, 50).map(({ pod }) => pod.ref),
    remedy: {
      summary: 'Set internalTrafficPolicy to Cluster, or run the server on every node (a DaemonSet).',
      confirm: [
        kubectl(
          service.namespace,
          'get',
          'endpointslices',
          '-l',
          `kubernetes.io/service-name=${service.name}`,
          '-o',
          'yaml',
        ),
      ],
      mend: [
        kubectl(
          service.namespace,
          'patch',
          'service',
          service.name,
          '-p',
          '{"spec":{"internalTrafficPolicy":"Cluster"}}',
        ),
      ],
    },
  };
  return { outcome: 'fail', finding };
}
