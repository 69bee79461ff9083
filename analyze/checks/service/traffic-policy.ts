/** A Service that keeps traffic on the node it came from, where a node has nobody to take it. */
import { plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { judgeOutside, OUTSIDE } from '../../facts/services/outside-traffic.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, groupBy } from '../../facts/read.ts';
import type { ServiceFact } from '../../facts/services.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/traffic-policy',
  layer: 'service',
  title: 'Service kept local to nodes that have no endpoint of it',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [...WORKLOADS, ...OUTSIDE, 'list:networking.k8s.io/ingresses'],
  explain: {
    rule:
      'With internalTrafficPolicy Local, kube-proxy sends what comes from a node only to endpoints of that node, and drops it ' +
      'where there is none, however many there are elsewhere. Found when the Service has ready endpoints, and pods of a ' +
      'workload that names it run on nodes without one. With externalTrafficPolicy Local the same goes for what comes from ' +
      'outside: found when an address that leads outside traffic to the Service (of its load balancer, or of ' +
      'spec.externalIPs) is that of a node without an endpoint, when every endpoint is on nodes that load balancers leave ' +
      'out, when no endpoint names its node, or when its health-check node port tells load balancers that nodes have none of ' +
      'the endpoints that the slices put there.',
    notConfusedWith: [
      'externalTrafficPolicy Local, where a load balancer with an address of its own drains nodes without an endpoint by healthCheckNodePort: normal',
      'pods that use such an address: kube-proxy sends them on by the internal policy',
      'nodes on which nobody in sight uses the Service',
      'a Service without any endpoint: service/no-endpoints',
      'a pod of the Service on that very node which is not Ready: the policy is as meant, and what ails the pod is the cause',
    ],
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/'],
  },
  explains: [
    ...OF_CLIENTS,
    { check: 'pod/not-ready', sharing: 'names' },
    { check: 'pod/mesh', sharing: 'names' },
  ],
  run(facts) {
    const proxied = facts.services.all.filter(
      ({ terminating, headless, type }) => !terminating && !headless && type !== 'ExternalName',
    );
    const isLocal = (service: ServiceFact, policy: string): boolean =>
      dig(facts.body(service), 'spec', policy) === 'Local';
    const local = proxied.filter((service) => isLocal(service, 'internalTrafficPolicy'));
    const byTop =
      local.length === 0
        ? new Map<undefined, PodFact[]>()
        : groupBy(facts.pods.all, (pod) => facts.workloads.top(pod)?.id);
    return [
      ...local.map((service) => judge(facts, service, byTop)),
      ...proxied
        .filter((service) => isLocal(service, 'externalTrafficPolicy'))
        .map((service) => judgeOutside(facts, service)),
    ];
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
  if (ready.length === 0) return pass('it has no ready endpoint on any node');
  const naming = facts.dependencies
    .of(service)
    .flatMap((dependent) => (byTop.get(dependent.object.id) ?? []).map((pod) => ({ pod, dependent })))
    .filter(({ pod }) => !pod.ended && !pod.terminating && pod.node !== undefined);
  // A client may name it in several places: it is one all the same.
  const clients = [...new Map(naming.toReversed().map((one) => [one.pod.id, one])).values()].toReversed();
  const cut = clients.filter(({ pod }) => !served.has(pod.node ?? ''));
  if (cut.length === 0) return pass('every node with a client in sight has an endpoint of it');
  const nodes = [...new Set(cut.flatMap(({ pod }) => pod.node ?? []))];
  const [first] = cut;
  const down = downOn(facts, service, nodes);
  const finding: CheckFinding = {
    severity: 'critical',
    confidence: 'certain',
    ...(down === undefined ? {} : { role: 'symptom' }),
    object: service.ref,
    summary: `Service ${service.namespace}/${service.name} is kept local to each node, and ${plural(nodes.length, 'node')} with clients (${nodes.slice(0, 3).join(', ')}) ${nodes.length === 1 ? 'has' : 'have'} no endpoint of it`,
    detail: `${plural(cut.length, 'client pod')} of ${clients.length} cannot reach it: what they send is dropped on their node.${down === undefined ? '' : ` A pod of it runs on each of these nodes (${down.map(({ name }) => name).join(', ')}), and is not Ready.`}`,
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
    // What ails a pod that should serve the node explains this; what ails the clients does not.
    involves:
      down === undefined
        ? cut.slice(0, 50).map(({ pod }) => pod.ref)
        : down.flatMap((pod) => [pod.ref, facts.workloads.top(pod)?.ref ?? []].flat()),
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

/** The pods of the Service on these nodes when each has one, which is out: then the policy is as meant, and they are not. */
function downOn(facts: Facts, service: ServiceFact, nodes: readonly string[]): PodFact[] | undefined {
  const behind = facts.pods
    .select(service.namespace, service.selector)
    .filter(({ ended, terminating, ready }) => !ended && !terminating && ready !== 'True');
  const down = nodes.flatMap((node) => behind.find((pod) => pod.node === node) ?? []);
  return service.selector !== undefined && down.length === nodes.length ? down : undefined;
}
