/** Whether the name that an ExternalName Service stands for leads anywhere. */
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { nearestName } from '../../../src/k8s/near-miss.ts';
import { items, text } from '../../ingest/read.ts';
import { familyOf } from './addresses.ts';
import { fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { notCaptured } from '../coverage.ts';
import { probeEvidence, type ProbeFact } from '../probes.ts';
import { dig } from '../read.ts';
import type { ServiceFact } from '../services.ts';

/** What of a finding on the type of a Service is its own. */
export interface TypeStory {
  readonly severity: CheckFinding['severity'];
  readonly confidence?: CheckFinding['confidence'];
  readonly summary: string;
  readonly detail: string;
  readonly evidence: CheckFinding['evidence'];
  readonly mend: string;
  readonly part: string;
}

type Told =
  | { readonly story: TypeStory }
  | { readonly because: string }
  | { readonly unknown: { readonly because: string; readonly detail: string } };

/**
 * CoreDNS answers a CNAME to spec.externalName as it stands and looks that name up itself: no search list applies
 * (https://kubernetes.io/docs/concepts/services-networking/service/#externalname). Needs `probe:dns`.
 */
export function externalName(facts: Facts, service: ServiceFact): Told {
  const name = text(dig(facts.body(service), 'spec', 'externalName'))
    ?.replace(/\.$/, '')
    .toLowerCase();
  if (name === undefined || name === '') return { because: 'it says no externalName' };
  const used = facts.dependencies.of(service).length > 0;
  const severity = used ? 'critical' : 'warning';
  if (familyOf(name) !== undefined) return { story: ofAddress(facts, service, name, severity) };
  const asked = askedFor(facts, service);
  const answered = asked.find((one) => addressesIn(one).length > 0);
  if (answered !== undefined) return { because: `cluster DNS gives it an address, by ${name}` };
  const inside = insideStory(facts, service, name, severity, asked);
  if (inside !== undefined) return { story: inside };
  // CoreDNS answers NOERROR and the CNAME alone where it finds nothing behind it (plugin/backend_lookup.go).
  const negative = asked.filter(({ detail }) => ['NOERROR', 'NXDOMAIN'].includes(String(detail['rcode'])));
  const types = new Set(negative.map(({ detail }) => dig(detail, 'question', 'type')));
  if (types.has('A') && types.has('AAAA'))
    return { story: outsideStory(facts, service, name, severity, negative) };
  const gap = facts.probes.gap('dns');
  return {
    unknown: {
      because: gap?.key ?? notCaptured('probe:dns'),
      detail: `Whether ${name} resolves cannot be told: ${gap?.why ?? 'cluster DNS gave no answer for it'}`,
    },
  };
}

function ofAddress(
  facts: Facts,
  service: ServiceFact,
  address: string,
  severity: CheckFinding['severity'],
): TypeStory {
  return {
    severity,
    part: 'external-address',
    summary: `has the address ${address} for an externalName: DNS answers it as a name, which nobody resolves`,
    detail: `ExternalName makes a CNAME record; a CNAME to ${address} leads nowhere.`,
    evidence: [fieldEvidence(facts, service, 'spec.externalName', address)],
    mend: `Make it a Service without a selector, with an EndpointSlice kept by hand that holds ${address}.`,
  };
}

/** What replicas of cluster DNS answered for the Service. */
function askedFor(facts: Facts, { namespace, name }: ServiceFact): ProbeFact[] {
  const wanted = `${name}.${namespace}.svc.`;
  return facts.probes
    .of('dns')
    .filter(({ detail }) => (text(dig(detail, 'question', 'name')) ?? '').startsWith(wanted));
}

function addressesIn({ detail }: ProbeFact): string[] {
  return items(detail['answers']).flatMap(({ type, data }) =>
    (type === 'A' || type === 'AAAA') && typeof data === 'string' ? [data] : [],
  );
}

/** A name of the cluster's own: of a Service that is not there, or short, which as the target of a CNAME is no name. */
function insideStory(
  facts: Facts,
  service: ServiceFact,
  name: string,
  severity: CheckFinding['severity'],
  asked: readonly ProbeFact[],
): TypeStory | undefined {
  const [, target, namespace, domain] =
    /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.(.+))?$/.exec(name) ?? shortName(facts, service, name) ?? [];
  if (target === undefined || namespace === undefined) return undefined;
  const there = facts.services.named(namespace, target) !== undefined;
  if (there && domain !== undefined) return undefined;
  if (!there && !facts.coverage('services', namespace).known) return undefined;
  const near = nearestName(
    target,
    facts.services
      .in(namespace)
      .filter((one) => one !== service)
      .map((one) => one.name),
  );
  const hint = near === undefined ? '' : `; Service ${namespace}/${near} is there`;
  return {
    severity,
    part: 'external-name',
    summary: there
      ? `stands for ${name}, which is no whole name: a CNAME is looked up as it stands, without the search list`
      : `stands for ${name}, and Service ${namespace}/${target} does not exist${hint}`,
    detail: 'Whoever asks for it is told a name that has no address.',
    evidence: [fieldEvidence(facts, service, 'spec.externalName', name), ...answersOf(asked)],
    mend: `Set externalName to the full name of a Service that is there (${near ?? target}.${namespace}.svc.<cluster domain>).`,
  };
}

/** `db` or `db.shop`, where such a Service is there: whoever wrote it meant that one. */
function shortName(facts: Facts, { namespace }: ServiceFact, name: string): string[] | undefined {
  const [target = '', other = namespace, more] = name.split('.');
  return more === undefined && facts.services.named(other, target) !== undefined
    ? ['', target, other]
    : undefined;
}

function outsideStory(
  facts: Facts,
  service: ServiceFact,
  name: string,
  severity: CheckFinding['severity'],
  asked: readonly ProbeFact[],
): TypeStory {
  return {
    severity,
    confidence: 'likely',
    part: 'external-name',
    summary: `stands for ${name}, for which cluster DNS has no address`,
    detail: 'Whoever asks for it is told a name that has no address.',
    evidence: [fieldEvidence(facts, service, 'spec.externalName', name), ...answersOf(asked)],
    mend: `Set externalName to a name that resolves, or see why ${name} does not.`,
  };
}

function answersOf(asked: readonly ProbeFact[]): Evidence[] {
  return asked
    .slice(0, 2)
    .map((one) =>
      probeEvidence(
        one,
        `${one.from} answers ${text(dig(one.detail, 'question', 'name')) ?? ''} with ${text(one.detail['rcode']) ?? one.outcome} and no address`,
      ),
    );
}
