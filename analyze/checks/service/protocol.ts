/** A Service port of one transport before a container port of another. */
import { describePort } from '../../../src/k8s/service-ports.ts';
import { parseProtocol, type Protocol } from '../../../src/k8s/service-ports.ts';
import { integer, items, text } from '../../ingest/read.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { judgeAppProtocol } from '../../facts/services/app-protocol.ts';
import { notCaptured } from '../../facts/coverage.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isProbedWell } from '../../facts/probes/spec.ts';
import { podPlace } from '../../facts/probes.ts';
import { dig } from '../../facts/read.ts';
import type { ServicePath } from '../../facts/services.ts';
import { probeEvidence } from '../../facts/probes.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/protocol',
  layer: 'service',
  title: 'Service port of another transport than its pods speak',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [...LISTENERS, ...WORKLOADS, 'list:networking.k8s.io/ingresses'],
  explain: {
    rule:
      'A Service port carries one transport, TCP unless it says another, and a number is taken whatever the pod declares. ' +
      'Found when a socket table shows the target port open for the other transport alone; where only the declarations of ' +
      'Service and container disagree it is a hint, and where nothing was declared or seen it is unknown. Likewise found ' +
      'when a port says appProtocol https and its pods answer plain HTTP, or http and they answer TLS or HTTP/2: what reads ' +
      'it (gateways, meshes, load balancers) talks past them.',
    notConfusedWith: [
      'a port that serves both, such as DNS, and a Service with one entry for each',
      'a named targetPort of another protocol, which finds no port at all: service/target-port',
    ],
    sources: ['https://kubernetes.io/docs/reference/networking/service-protocols/'],
  },
  explains: ['service/target-port'],
  run: (facts) =>
    facts.paths
      .filter(({ port, service }) => port !== undefined && service.selector !== undefined)
      .flatMap((path) => [judge(facts, path), judgeAppProtocol(facts, path) ?? []].flat()),
};
export default check;

function judge(facts: Facts, path: ServicePath): Judged {
  const { service, port, targets } = path;
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const pod = path.pods.find(({ ready, terminating }) => ready === 'True' && !terminating);
  const number = pod && targets.get(pod);
  if (port === undefined || pod === undefined || number === undefined || typeof port.targetPort === 'string')
    return pass('no Ready pod has a port by number that could speak otherwise');
  // The Service covers the other transport by an entry of its own.
  const declared = protocolsOf(facts, pod, number);
  const seen = sockets(facts, pod, number);
  const other = seen?.protocols.length === 1 ? seen.protocols[0] : undefined;
  if (seen !== undefined) {
    return other === undefined || other === port.protocol
      ? pass('its socket table shows no other transport alone')
      : { outcome: 'fail', finding: findingOf(facts, path, pod, other, [seen.evidence]) };
  }
  const [only] = declared;
  if (only === undefined) return undeclared(facts, path, pod, number);
  if (declared.length !== 1 || only === port.protocol)
    return pass('the pod declares the port for this transport');
  return { outcome: 'fail', finding: findingOf(facts, path, pod, only, []) };
}

const ANSWERS = new Set(['ok', 'http-error', 'tls-mismatch', 'reset']);

/** Nothing is declared and no socket table read: a connect tells of TCP alone. */
function undeclared(facts: Facts, { service, port }: ServicePath, pod: PodFact, number: number): Judged {
  const place = podPlace(pod, number);
  const accepted = (['port-forward', 'pod-http', 'connect'] as const).some((probe) =>
    facts.probes.to(probe, place).some(({ outcome }) => ANSWERS.has(outcome)),
  );
  if (port?.protocol === 'TCP' && (accepted || isProbedWell(pod, facts.body(pod), number)))
    return { outcome: 'pass', object: service.ref, because: `something answers on ${number} over TCP` };
  const gap = facts.probes.gap('sockets');
  return {
    outcome: 'unknown',
    object: service.ref,
    because: gap?.key ?? notCaptured('probe:sockets'),
    detail: `Whether its pods listen on ${number} for ${port?.protocol ?? 'TCP'} cannot be told: they declare nothing, and ${gap?.why ?? 'no socket table of theirs was read'}`,
  };
}

function protocolsOf(facts: Facts, pod: PodFact, number: number): Protocol[] {
  const spec = dig(facts.body(pod), 'spec');
  const ports = [...items(dig(spec, 'containers')), ...items(dig(spec, 'initContainers'))].flatMap(
    (container) => items(container['ports']),
  );
  const found = ports.filter((one) => integer(one['containerPort']) === number);
  return [...new Set(found.map((one) => parseProtocol(one['protocol'])))];
}

/** The transports on which the pod's socket table has the port; undefined where no table was read. */
function sockets(
  facts: Facts,
  pod: PodFact,
  number: number,
): { readonly protocols: readonly Protocol[]; readonly evidence: Evidence } | undefined {
  if (pod.hostNetwork) return undefined;
  const place = podPlace(pod);
  const table = [...facts.probes.to('sockets', place), ...facts.probes.from('sockets', place)].findLast(
    ({ outcome, detail }) => outcome === 'ok' && Array.isArray(detail['listening']),
  );
  if (table === undefined) return undefined;
  const open = items(table.detail['listening']).filter((one) => integer(one['port']) === number);
  const protocols = [
    ...new Set(open.map((one): Protocol => (text(one['protocol']) === 'udp' ? 'UDP' : 'TCP'))),
  ];
  return {
    protocols,
    evidence: probeEvidence(
      table,
      `socket table of ${pod.name}: port ${number} is open for ${protocols.join(' and ')}`,
    ),
  };
}

function findingOf(
  facts: Facts,
  { service, port, index }: ServicePath,
  pod: PodFact,
  other: Protocol,
  seen: readonly Evidence[],
): CheckFinding {
  if (port === undefined) throw new Error('a finding needs a port');
  const observed = seen.length > 0;
  return {
    severity: observed ? 'critical' : 'advice',
    role: observed ? 'cause' : 'advice',
    confidence: observed ? 'certain' : 'possible',
    object: service.ref,
    ...(service.ports.length === 1 ? {} : { part: port.name ?? `${port.port}/${port.protocol}` }),
    summary: `Port ${describePort(port)} of Service ${service.namespace}/${service.name} is ${port.protocol}, and its pods ${observed ? 'listen for' : 'declare'} ${other}`,
    detail: observed
      ? 'What clients send is refused or lost, though the pods are Ready and their endpoints listed.'
      : 'What a container declares is only information: a look at its sockets would tell.',
    evidence: [
      fieldEvidence(facts, service, `spec.ports[${index}].protocol`, port.protocol),
      ...seen,
      ...(observed ? [] : [fieldEvidence(facts, pod, 'spec.containers[].ports[].protocol', other)]),
    ],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: [pod.ref],
    remedy: {
      summary: `Set the protocol of the port to ${other}.`,
      confirm: [kubectl(service.namespace, 'get', 'service', service.name, '-o', 'yaml')],
      mend: [],
    },
  };
}
