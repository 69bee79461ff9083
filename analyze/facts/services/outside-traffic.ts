/** Whether what comes from outside reaches the nodes that may take it, of Services with externalTrafficPolicy Local. */
import { plural } from '../../../src/core/text.ts';
import type { Judged, Need } from '../../checks/check.ts';
import { items, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { notCaptured } from '../coverage.ts';
import { fieldEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { unanswered, unheard } from './health-check-faults.ts';
import { healthChecks } from './health-checks.ts';
import { nodeAt } from '../nodes.ts';
import { dig, type StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/** The evidence behind `judgeOutside`, besides Services and what their paths rest on. */
export const OUTSIDE = ['list:nodes', 'nodes', 'list:events', 'changes'] as const satisfies readonly Need[];

/** An address of the Service that is a node's own: what is sent there stays on that node. */
interface Arrival {
  readonly node: StoredObject;
  readonly address: string;
  readonly path: string;
}

/** What is wrong with the way from outside, in the words of a finding. */
export interface OutsideFault {
  readonly severity: CheckFinding['severity'];
  readonly summary: string;
  readonly detail: string;
  readonly evidence: readonly Evidence[];
  readonly nodes: readonly StoredObject[];
}

/**
 * kube-proxy takes an endpoint for local where its nodeName is the node's own (pkg/proxy/endpointslicecache.go), and with
 * externalTrafficPolicy Local drops what comes from outside on every other node (KEP-1669, and the documentation of
 * traffic policies). Load balancers leave nodes out by the health-check node port, by a label, and where the cluster
 * autoscaler is about to delete them (cloud-provider, controllers/service: etpLocalNodePredicates).
 */
export function judgeOutside(facts: Facts, service: ServiceFact): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const ready = facts.pathsOf(service).flatMap((path) => path.ready);
  if (ready.length === 0) return pass('it has no ready endpoint on any node');
  const served = new Set(ready.flatMap(({ node }) => node ?? []));
  if (served.size === 0) return fail(facts, service, nowhere(facts, service, served));
  const addresses = addressesOf(facts, service);
  if (addresses.length === 0 && service.type !== 'LoadBalancer')
    return pass('no address in the bundle leads what comes from outside to a node without an endpoint of it');
  const coverage = facts.coverage('nodes');
  if (!coverage.known)
    return {
      outcome: 'unknown',
      object: service.ref,
      because: coverage.gap,
      detail: `Whether its addresses are those of nodes without an endpoint cannot be told: nodes: ${coverage.why}`,
    };
  const fault =
    misled(facts, service, addresses, served) ??
    excluded(facts, service, served) ??
    unheard(facts, service, served);
  if (fault !== undefined) return fail(facts, service, fault);
  const silent = unanswered(facts, service, served);
  return silent === undefined
    ? pass(drained(facts, service, served))
    : {
        outcome: 'unknown',
        object: service.ref,
        because: notCaptured('service-health-check'),
        detail: `Whether load balancers are told of its endpoints cannot be told: ${silent}`,
      };
}

/** Whether nodes without an endpoint were heard to say so, which load balancers go by. */
function drained(facts: Facts, service: ServiceFact, served: ReadonlySet<string>): string {
  const names = facts.list('nodes').map(({ ref }) => ref.name);
  const others = names.filter((name) => !served.has(name));
  const heard = healthChecks(facts, service, others).filter(({ said }) => said !== 'serving');
  return heard.length === 0
    ? 'nodes without an endpoint of it are left out by its health-check node port, which was not heard'
    : `load balancers leave out ${plural(heard.length, 'node')} without an endpoint of it (${heard
        .slice(0, 3)
        .map(({ node }) => node)
        .join(', ')}): the health-check node port says so there`;
}

function addressesOf(facts: Facts, service: ServiceFact): Array<{ address: string; path: string }> {
  const body = facts.body(service);
  const balanced = items(dig(body, 'status', 'loadBalancer', 'ingress')).flatMap((one, index) => {
    const address = text(one['ip']);
    // With ipMode Proxy kube-proxy takes no notice of the address: the load balancer sends to node ports.
    return address === null || one['ipMode'] === 'Proxy'
      ? []
      : [{ address, path: `status.loadBalancer.ingress[${index}].ip` }];
  });
  const external = dig(body, 'spec', 'externalIPs');
  return [
    ...balanced,
    ...(Array.isArray(external) ? external : []).flatMap((address, index) =>
      typeof address === 'string' ? [{ address, path: `spec.externalIPs[${index}]` }] : [],
    ),
  ];
}

/** Addresses of nodes that have no endpoint, though others have. */
function misled(
  facts: Facts,
  service: ServiceFact,
  addresses: ReadonlyArray<{ readonly address: string; readonly path: string }>,
  served: ReadonlySet<string>,
): OutsideFault | undefined {
  const arrivals = addresses.flatMap(({ address, path }): Arrival[] => {
    const node = nodeAt(facts, address);
    return node === undefined ? [] : [{ node, address, path }];
  });
  const lost = arrivals.filter(({ node }) => !served.has(node.ref.name));
  if (lost.length === 0) return undefined;
  const all = lost.length === addresses.length;
  const names = [...new Set(lost.map(({ node }) => node.ref.name))];
  return {
    severity: all ? 'critical' : 'warning',
    summary: `keeps what comes from outside local to each node, and ${lost.length === 1 ? 'the address' : 'addresses'} ${lost
      .slice(0, 3)
      .map(({ address }) => address)
      .join(
        ', ',
      )} ${lost.length === 1 ? 'leads' : 'lead'} to ${plural(names.length, 'node')} without an endpoint of it (${names.slice(0, 3).join(', ')})`,
    detail: `${all ? 'Whoever' : `Of ${addresses.length} addresses, ${lost.length} ${lost.length === 1 ? 'is' : 'are'} dead: whoever`} comes by it is dropped there; its endpoints are on ${[...served].slice(0, 3).join(', ')}. Nothing between asks the health-check node port, which would send them elsewhere.`,
    evidence: [
      ...lost.slice(0, 3).map(({ address, path }) => fieldEvidence(facts, service, path, address)),
      ...lost
        .slice(0, 3)
        .map(({ node, address }) => fieldEvidence(facts, node, 'status.addresses[].address', address)),
      ...sliceNodes(facts, service, served),
    ],
    nodes: lost.map(({ node }) => node),
  };
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

function excluded(facts: Facts, service: ServiceFact, served: ReadonlySet<string>): OutsideFault | undefined {
  if (service.type !== 'LoadBalancer') return undefined;
  const nodes = facts.list('nodes').filter(({ ref }) => served.has(ref.name));
  const isOut = (node: StoredObject): boolean =>
    dig(facts.body(node), 'metadata', 'labels', EXCLUDED) !== undefined;
  if (nodes.length < served.size || !nodes.every(isOut)) return undefined;
  return {
    severity: 'critical',
    summary: `keeps what comes from outside local to each node, and all its endpoints are on ${plural(nodes.length, 'node')} that load balancers leave out (${nodes
      .slice(0, 3)
      .map(({ ref }) => ref.name)
      .join(', ')})`,
    detail: `A node with the label ${EXCLUDED} is no target of any load balancer, and the others drop what they get.`,
    evidence: [
      ...nodes
        .slice(0, 3)
        .map((node) =>
          fieldEvidence(
            facts,
            node,
            `metadata.labels["${EXCLUDED}"]`,
            dig(facts.body(node), 'metadata', 'labels', EXCLUDED),
          ),
        ),
      ...sliceNodes(facts, service, served),
    ],
    nodes,
  };
}

function nowhere(facts: Facts, service: ServiceFact, served: ReadonlySet<string>): OutsideFault {
  return {
    severity: 'critical',
    summary:
      'keeps what comes from outside local to each node, and none of its endpoints says on which node it is',
    detail: 'Without a nodeName no node takes an endpoint for its own: each drops what comes from outside.',
    evidence: sliceNodes(facts, service, served),
    nodes: [],
  };
}

function sliceNodes(facts: Facts, service: ServiceFact, served: ReadonlySet<string>): Evidence[] {
  return (facts.pathsOf(service)[0]?.slices ?? [])
    .slice(0, 2)
    .map((slice) => fieldEvidence(facts, slice, 'endpoints[].nodeName', [...served]));
}

function fail(facts: Facts, service: ServiceFact, fault: OutsideFault): Judged {
  const { namespace, name } = service;
  const finding: CheckFinding = {
    severity: fault.severity,
    confidence: 'certain',
    object: service.ref,
    part: 'external',
    summary: `Service ${namespace}/${name} ${fault.summary}`,
    detail: fault.detail,
    evidence: [fieldEvidence(facts, service, 'spec.externalTrafficPolicy', 'Local'), ...fault.evidence],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: fault.nodes.map(({ ref }) => ref),
    remedy: {
      summary:
        'Set externalTrafficPolicy to Cluster (the source address is lost then), or let an endpoint run on every node that is sent to.',
      confirm: [
        kubectl(namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${name}`, '-o', 'yaml'),
        'kubectl get nodes -o wide',
      ],
      mend: [
        kubectl(namespace, 'patch', 'service', name, '-p', '{"spec":{"externalTrafficPolicy":"Cluster"}}'),
      ],
    },
  };
  return { outcome: 'fail', finding };
}
