/** EndpointSlices that nobody's controller keeps: those of a Service without a selector, and whether they lead anywhere. */
import { plural } from '../../../src/core/text.ts';
import { describePort } from '../../../src/k8s/service-ports.ts';
import type { Judged, Need } from '../../checks/check.ts';
import { items, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { isInRange } from './addresses.ts';
import { clientsOf } from './clients.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { podAddresses } from './families.ts';
import { probeEvidence } from '../probes.ts';
import { dig, once } from '../read.ts';
import type { ServiceFact, ServicePath } from '../services.ts';
import { SERVICE_NAME, strayed } from './strayed-slices.ts';

/** The evidence behind `judgeHandKept`, besides what paths and dependencies rest on. */
export const HAND_KEPT = ['list:endpoints', 'list:nodes', 'probe:connect'] as const satisfies readonly Need[];

interface Fault {
  readonly severity: CheckFinding['severity'];
  readonly confidence: CheckFinding['confidence'];
  readonly summary: string;
  readonly detail: string;
  readonly evidence: readonly Evidence[];
  readonly mend: string;
  readonly commands?: readonly string[];
}

/** https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors */
export function judgeHandKept(facts: Facts, path: ServicePath): Judged {
  const { service, slices } = path;
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  // The API server keeps its own.
  if (service.namespace === 'default' && service.name === 'kubernetes')
    return pass('the API server keeps it');
  const clients = clientsOf(facts, service);
  if (slices.length === 0) {
    return clients.length === 0
      ? pass('it has no selector and no EndpointSlice, and nobody names it')
      : fail(facts, service, withoutSlices(facts, service, clients));
  }
  const misnamed = otherPorts(facts, path, clients);
  if (misnamed !== undefined) return fail(facts, service, misnamed);
  const dead = ofNoPod(facts, path, clients) ?? silent(facts, path);
  return dead === undefined
    ? pass('nothing tells that the addresses kept by hand do not answer')
    : 'outcome' in dead
      ? dead
      : fail(facts, service, dead);
}

/** kube-controller-manager mirrors Endpoints kept by hand, but for those with this label. */
const SKIPPED = 'endpointslice.kubernetes.io/skip-mirror';

function withoutSlices(facts: Facts, service: ServiceFact, clients: readonly string[]): Fault {
  const kept = facts.find('endpoints', service.namespace, service.name);
  const skipped = kept && dig(facts.body(kept), 'metadata', 'labels', SKIPPED) === 'true';
  const subsets = kept === undefined ? [] : items(dig(facts.body(kept), 'subsets'));
  const astray = strayed(facts, service);
  const unmirrored = skipped !== true && subsets.some((one) => items(one['addresses']).length > 0);
  return {
    severity: 'critical',
    confidence: 'certain',
    summary: `has no selector, and ${astray?.words ?? 'nobody made an EndpointSlice for it'}: it has no address to send to`,
    detail: `${astray === undefined ? '' : `No Service of the namespace is called ${astray.said}. `}${unmirrored ? 'Its Endpoints hold addresses, and the controller manager has not mirrored them into EndpointSlices. ' : ''}${skipped === true ? `Its Endpoints are kept out of EndpointSlices by the label ${SKIPPED}. ` : ''}Depending on it: ${clients.slice(0, 5).join(', ')}.`,
    evidence: [
      fieldEvidence(facts, service, 'spec.selector', null),
      ...(astray === undefined ? [] : [fieldEvidence(facts, astray.object, astray.path, astray.said)]),
      ...(kept !== undefined && unmirrored ? [fieldEvidence(facts, kept, 'subsets', subsets)] : []),
      ...(kept !== undefined && skipped === true
        ? [fieldEvidence(facts, kept, `metadata.labels["${SKIPPED}"]`, 'true')]
        : []),
    ],
    mend:
      astray?.mend ??
      `Give it a selector, or make an EndpointSlice with the label ${SERVICE_NAME} and the addresses that it stands for.`,
    commands: astray?.commands ?? [],
  };
}

/** An EndpointSlice's port belongs to the Service's port of the same name, both unnamed included. */
function otherPorts(facts: Facts, path: ServicePath, clients: readonly string[]): Fault | undefined {
  const { service, port, slices, endpoints } = path;
  if (port === undefined || endpoints.length > 0) return undefined;
  const kept = slices.filter((slice) => items(dig(facts.body(slice), 'endpoints')).length > 0);
  const names = kept.flatMap((slice) =>
    items(dig(facts.body(slice), 'ports')).map((one) => text(one['name']) ?? ''),
  );
  if (kept.length === 0 || names.includes(port.name ?? '')) return undefined;
  const said = [...new Set(names)].map((name) => (name === '' ? 'without a name' : `"${name}"`)).join(', ');
  return {
    severity: clients.length > 0 ? 'critical' : 'warning',
    confidence: 'certain',
    summary: `has no endpoint for port ${describePort(port)} (${port.name === undefined ? 'without a name' : `"${port.name}"`}): the ports of its EndpointSlices, kept by hand, are ${said === '' ? 'none' : said}`,
    detail: 'A port of an EndpointSlice belongs to the port of the Service that bears the same name.',
    evidence: [
      fieldEvidence(facts, service, `spec.ports[${path.index}].name`, port.name ?? null),
      ...kept
        .slice(0, 3)
        .map((slice) => fieldEvidence(facts, slice, 'ports', dig(facts.body(slice), 'ports') ?? null)),
    ],
    mend: 'Give the ports of the EndpointSlice the names of the Service’s ports.',
  };
}

/** Addresses of the pod network that no pod has any more. */
function ofNoPod(facts: Facts, path: ServicePath, clients: readonly string[]): Fault | Judged | undefined {
  const { service, ready, slices } = path;
  const ranges = facts
    .list('nodes')
    .flatMap(
      (node) => dig(facts.body(node), 'spec', 'podCIDRs') ?? dig(facts.body(node), 'spec', 'podCIDR') ?? [],
    )
    .filter((range) => typeof range === 'string');
  const inside = ready.filter(({ address }) => ranges.some((range) => isInRange(address, range)));
  if (inside.length === 0) return undefined;
  const living = facts.pods.all.filter(({ ended }) => !ended);
  const first = new Set(living.map(({ ip }) => ip));
  // Nearly always it is the first address of a pod: the others are read only where it is not.
  const others = once(() => new Set(living.flatMap((pod) => podAddresses(facts, pod))));
  const gone = inside.filter(({ address }) => !first.has(address) && !others().has(address));
  if (gone.length === 0) return undefined;
  // Pods of every namespace: known only where the list was of the whole cluster, and not of some namespaces of it.
  const coverage = facts.coverage('pods', '');
  if (!coverage.known)
    return {
      outcome: 'unknown',
      object: service.ref,
      because: coverage.gap,
      detail: `Whether a pod has the address ${gone[0]?.address ?? ''} cannot be told: not all pods of the cluster were listed`,
    };
  const all = gone.length === ready.length;
  return {
    severity: all && clients.length > 0 ? 'critical' : 'warning',
    confidence: 'certain',
    summary: `sends to ${plural(gone.length, 'address', 'addresses')} kept by hand that no pod has any more (${gone
      .slice(0, 3)
      .map(({ address }) => address)
      .join(', ')})`,
    detail: `${all ? 'It has no other' : `It has ${ready.length - gone.length} more`}. The addresses are of the pod network: a pod that is made anew gets another one, and nobody follows it here.`,
    evidence: slices
      .filter(({ id }) => gone.some((one) => one.slice === id))
      .slice(0, 3)
      .map((slice) =>
        fieldEvidence(
          facts,
          slice,
          'endpoints[].addresses',
          gone.filter((one) => one.slice === slice.id).map(({ address }) => address),
          { text: 'of the pod network, and of no pod' },
        ),
      ),
    mend: 'Give the Service a selector that takes the pods meant, or correct the addresses.',
  };
}

const UNANSWERED = new Set(['refused', 'timeout', 'unreachable']);

/** Every connect that clients were let make through the Service came to nothing. */
function silent(facts: Facts, { service, port, ready, slices }: ServicePath): Fault | undefined {
  if (port === undefined || ready.length === 0) return undefined;
  const connects = facts.probes.to('connect', `service/${service.namespace}/${service.name}:${port.port}`);
  if (connects.length === 0 || connects.some(({ outcome }) => !UNANSWERED.has(outcome))) return undefined;
  const addresses = ready.map(({ address }) => address);
  return {
    severity: 'critical',
    confidence: 'likely',
    summary: `sends to ${plural(addresses.length, 'address', 'addresses')} kept by hand (${addresses.slice(0, 3).join(', ')}) where nobody answers`,
    detail: `Of ${plural(connects.length, 'connect')} from pods that name it, none was accepted.`,
    evidence: [
      ...slices.slice(0, 2).map((slice) => fieldEvidence(facts, slice, 'endpoints[].addresses', addresses)),
      ...connects.slice(0, 3).map((one) => probeEvidence(one)),
    ],
    mend: 'See whether the addresses are still those of what it stands for, and correct its EndpointSlice.',
  };
}

function fail(facts: Facts, service: ServiceFact, fault: Fault): Judged {
  const { namespace, name } = service;
  return {
    outcome: 'fail',
    finding: {
      severity: fault.severity,
      confidence: fault.confidence,
      object: service.ref,
      part: 'by-hand',
      summary: `Service ${namespace}/${name} ${fault.summary}`,
      detail: fault.detail,
      evidence: [...fault.evidence],
      since: sinceBetween(
        service.createdAt,
        facts.clock.startedAt,
        'the Service was made at the earlier time',
      ),
      involves: [],
      remedy: {
        summary: fault.mend,
        confirm: [
          kubectl(
            namespace,
            'get',
            'endpointslices',
            '-l',
            `kubernetes.io/service-name=${name}`,
            '-o',
            'yaml',
          ),
        ],
        mend: [...(fault.commands ?? [])],
      },
    },
  };
}
