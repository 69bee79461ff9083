/** What cluster DNS is asked, and what the API says the answer should be. Pure. */
import { isIP } from 'node:net';
import type { Scope } from '../collector.ts';
import type { EndpointDigest, NetworkDigest, ServiceDigest } from './digest.ts';
import { rankServices, type Telling } from './port-targets.ts';

export interface NameQuestion {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME';
  readonly purpose: 'kubernetes' | 'service' | 'absent' | 'outside' | 'edge-host';
  /** Addresses, as the API has them; absent where it says nothing that an answer must equal. */
  readonly truth?: readonly string[];
}

const MOST_SERVICES = 20;
const MOST_HOSTS = 10;
/** Reserved by RFC 2606 and answered everywhere: the one outside name that belongs to nobody. */
const OUTSIDE = 'www.example.com';
const ABSENT = 'inquest-asks-for-a-name-that-is-not-there';

/** The zone of the `kubernetes` plugin in a Corefile; undefined when none is found. */
export function clusterDomainOf(corefile: string): string | undefined {
  const zone = /^\s*kubernetes\s+([^\s{}]+)/m.exec(corefile)?.[1];
  return zone?.replace(/\.$/, '').toLowerCase();
}

/** kubernetes.default, a name that must not be there, Services in the order of telling, then what is asked of an upstream. */
export function dnsQuestions(
  network: NetworkDigest,
  scope: Pick<Scope, 'focus'>,
  telling: Telling,
  domain: string,
  /** Hosts of the edge. */
  edge: readonly string[] = [],
): { readonly questions: readonly NameQuestion[]; readonly leftOut: number } {
  const services = network.services();
  const api = services.find(({ namespace, name }) => namespace === 'default' && name === 'kubernetes');
  const endpoints = network.endpoints();
  const ranked = externalsFirst(rankServices(network, scope, telling).filter((one) => one !== api));
  const few = ranked.slice(0, MOST_SERVICES);
  const own = `kubernetes.default.svc.${domain}`;
  const asked = (scope.focus ?? []).flatMap(({ kind, name }) => (kind === 'host' ? [name] : []));
  const hosts = [...new Set([...asked, ...edge])].filter(
    (host) => !host.startsWith('*.') && isIP(host) === 0,
  );
  return {
    questions: [
      ...(api === undefined
        ? [{ name: own, type: 'A', purpose: 'kubernetes' } as const]
        : ofService(api, [], own, 'kubernetes')),
      { name: `${ABSENT}.default.svc.${domain}`, type: 'A', purpose: 'absent' },
      ...few.flatMap((service) => {
        const { namespace, name } = service;
        const known = endpoints.get(`${namespace}/${name}`) ?? [];
        return ofService(service, known, `${name}.${namespace}.svc.${domain}`, 'service');
      }),
      // Last, because an upstream that hangs must not hide what the cluster's own names answer.
      { name: OUTSIDE, type: 'A', purpose: 'outside' },
      ...hosts.slice(0, MOST_HOSTS).map((name) => ({ name, type: 'A', purpose: 'edge-host' }) as const),
    ],
    leftOut: ranked.length - few.length + Math.max(0, hosts.length - MOST_HOSTS),
  };
}

/** Of what ExternalNames stand for nothing but DNS tells: half of the room is theirs. */
function externalsFirst(ranked: readonly ServiceDigest[]): ServiceDigest[] {
  const first = new Set(ranked.filter(({ type }) => type === 'ExternalName').slice(0, MOST_SERVICES / 2));
  return [...first, ...ranked.filter((one) => !first.has(one))];
}

function ofService(
  service: ServiceDigest,
  endpoints: readonly EndpointDigest[],
  name: string,
  purpose: 'kubernetes' | 'service',
): NameQuestion[] {
  // What it stands for may have addresses of either family: only without both it leads nowhere.
  if (service.type === 'ExternalName')
    return (['A', 'AAAA'] as const).map((type) => ({ name, type, purpose }));
  const headless = service.clusterIPs.length === 0;
  const truth = headless ? endpoints.flatMap(({ addresses }) => addresses) : service.clusterIPs;
  // publishNotReadyAddresses decides whether those of unready endpoints belong to the answer.
  const unsure = headless && endpoints.some(({ ready }) => !ready);
  const types = truth.some((address) => address.includes(':')) ? (['A', 'AAAA'] as const) : (['A'] as const);
  return types.map((type) => {
    const mine = [...new Set(truth.filter((address) => address.includes(':') === (type === 'AAAA')))];
    return { name, type, purpose, ...(unsure ? {} : { truth: mine }) };
  });
}

/** Whether an answer says what the API says; undefined where the API says nothing. */
export function agrees(
  question: NameQuestion,
  rcode: string,
  addresses: readonly string[],
): boolean | undefined {
  if (question.purpose === 'absent') return rcode === 'NXDOMAIN';
  const { truth } = question;
  if (truth === undefined) return undefined;
  // A headless Service without endpoints has no name at all, or one without records: both say the same.
  if (truth.length === 0) return addresses.length === 0;
  return addresses.length === truth.length && addresses.every((address) => truth.includes(address));
}
