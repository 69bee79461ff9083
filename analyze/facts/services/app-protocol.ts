/** Whether what answers on a Service's port speaks the protocol that the port says: plain, TLS, or HTTP/2 without TLS. */
import type { Judged } from '../../checks/check.ts';
import { items, text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { notCaptured } from '../coverage.ts';
import { fieldEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, probeEvidence, type ProbeFact } from '../probes.ts';
import { dig } from '../read.ts';
import type { ServicePath } from '../services.ts';

type Spoken = 'plain' | 'tls' | 'h2';

/**
 * What appProtocol may say of TLS (https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol).
 * Of grpc and http2 meshes and load balancers think differently, and names with a prefix of somebody's own are theirs.
 */
const WANTED: Readonly<Record<string, Spoken>> = {
  https: 'tls',
  tls: 'tls',
  'kubernetes.io/wss': 'tls',
  http: 'plain',
  'kubernetes.io/ws': 'plain',
  'kubernetes.io/h2c': 'h2',
};

const WORDS: Readonly<Record<Spoken, string>> = {
  plain: 'plain HTTP',
  tls: 'TLS',
  h2: 'HTTP/2 without TLS',
};

/** Undefined where the port says nothing that could be held against an answer. Needs `probe:pod-http`. */
export function judgeAppProtocol(facts: Facts, path: ServicePath): Judged | undefined {
  const { service, port, index, targets } = path;
  const said = text(items(dig(facts.body(service), 'spec', 'ports'))[index]?.['appProtocol']);
  const wanted = said === null ? undefined : WANTED[said.toLowerCase()];
  if (port === undefined || said === null || wanted === undefined || port.protocol !== 'TCP')
    return undefined;
  const pods = path.pods.filter(({ ready, terminating }) => ready === 'True' && !terminating);
  if (pods.length === 0) return undefined;
  const answers = pods.flatMap((pod) => answersOf(facts, pod, targets.get(pod)));
  const other = answers.find(({ spoken }) => !fits(wanted, spoken));
  if (other !== undefined) return { outcome: 'fail', finding: findingOf(facts, path, said, wanted, other) };
  if (answers.length > 0)
    return { outcome: 'pass', object: service.ref, because: `what answers speaks ${said}, as its port says` };
  const gap = facts.probes.gap('pod-http');
  return {
    outcome: 'unknown',
    object: service.ref,
    because: gap?.key ?? notCaptured('probe:pod-http'),
    detail: `Whether its pods speak ${said} on ${port.port} cannot be told: ${gap?.why ?? 'none of them declares what may be asked there'}`,
  };
}

/** What takes HTTP/2 without TLS may take HTTP/1.1 as well: that it answers that proves nothing. */
function fits(wanted: Spoken, spoken: Spoken): boolean {
  return wanted === spoken || (wanted === 'h2' && spoken === 'plain');
}

interface Answer {
  readonly pod: PodFact;
  readonly spoken: Spoken;
  readonly probe: ProbeFact;
}

function answersOf(facts: Facts, pod: PodFact, port: number | undefined): Answer[] {
  if (port === undefined) return [];
  return facts.probes.to('pod-http', podPlace(pod, port)).flatMap((probe) => {
    const spoken = spokenBy(probe);
    return spoken === undefined ? [] : [{ pod, spoken, probe }];
  });
}

/** Go's http client says what it got instead of an answer: a TLS alert is of type 21, a SETTINGS frame of HTTP/2 begins 00 00. */
function spokenBy({ outcome, detail }: ProbeFact): Spoken | undefined {
  const { scheme, status } = detail;
  const words = text(detail['text']) ?? '';
  if (/malformed HTTP response "\\x15\\x03/.test(words)) return 'tls';
  if (/malformed HTTP response "\\x00\\x00/.test(words)) return 'h2';
  if (scheme === 'https') {
    if (/HTTP response to HTTPS client|does not look like a TLS/.test(words)) return 'plain';
    return outcome === 'tls-mismatch' || typeof status === 'number' ? 'tls' : undefined;
  }
  if (outcome === 'tls-mismatch') return typeof status === 'number' ? 'tls' : undefined;
  return (outcome === 'ok' || outcome === 'http-error') && typeof status === 'number' ? 'plain' : undefined;
}

function findingOf(
  facts: Facts,
  { service, port, index }: ServicePath,
  said: string,
  wanted: Spoken,
  { pod, spoken, probe }: Answer,
): CheckFinding {
  const { namespace, name } = service;
  const edges = facts.dependencies.edges(service).length;
  return {
    severity: edges > 0 ? 'critical' : 'warning',
    confidence: 'certain',
    object: service.ref,
    part: `app-protocol:${port?.name ?? port?.port ?? index}`,
    summary: `Port ${port?.port ?? ''} of Service ${namespace}/${name} says appProtocol ${said}, and pod ${pod.name} speaks ${WORDS[spoken]} there`,
    detail: `Gateways, meshes and load balancers that read it talk ${WORDS[wanted]} to its pods, which answer ${WORDS[spoken]}.`,
    evidence: [fieldEvidence(facts, service, `spec.ports[${index}].appProtocol`, said), probeEvidence(probe)],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'the Service was made at the earlier time'),
    involves: [pod.ref],
    remedy: {
      summary: `Set appProtocol to what the pods speak, or let them speak ${WORDS[wanted]}.`,
      confirm: [kubectl(namespace, 'get', 'service', name, '-o', 'yaml')],
      mend: [],
    },
  };
}
