/** What a sidecar does not let out: hosts that it does not know, under `outboundTrafficPolicy: REGISTRY_ONLY`. */
import { items, texts } from '../../ingest/read.ts';
import type { ObjectRef } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import type { LogRow } from '../object-rows.ts';
import type { KeptObject } from '../objects.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { ROOT_NAMESPACE } from './mtls.ts';
import { accessesOf, goesOn, servicesAt } from './traffic.ts';
import { isPassed, isShutIn, wayOf, type Access } from './words.ts';

export const SERVICE_ENTRIES = 'networking.istio.io/serviceentries';

export interface ShutIn {
  /** Where to: a host with its port, or an address. */
  readonly to: string;
  /** A clause on why the proxy does not know it. */
  readonly why: string;
  readonly entries: readonly KeptObject[];
  readonly count: number;
  /** Requests were answered 502; else connections were closed. */
  readonly requests: boolean;
  readonly lines: readonly LogRow[];
  readonly services: readonly ObjectRef[];
}

/** Where a pod is not let out to, often and lately; what is asked for most. */
export function shutInAt(facts: Facts, pod: PodFact): ShutIn | undefined {
  const found = [...Map.groupBy(accessesOf(facts, pod), wayOf).values()].flatMap((all) => {
    const shut = all.filter(isShutIn);
    const last = shut.at(-1);
    return last !== undefined && goesOn(facts, all.filter(isPassed), shut) ? [{ shut, last }] : [];
  });
  const [worst] = found.toSorted((a, b) => b.shut.length - a.shut.length);
  if (worst === undefined) return undefined;
  const { shut, last } = worst;
  const host = last.authority ?? last.serverName;
  const port = /:(\d+)$/.exec(last.asked ?? '')?.[1];
  const services = [last.authority ?? '', last.serverName ?? '', last.asked ?? '']
    .flatMap((one) => (one === '' ? [] : servicesAt(facts, hostOf(one), pod.namespace)))
    .slice(0, 1);
  return {
    to: host === undefined ? (last.asked ?? wayOf(last)) : withPort(host, port),
    ...whyUnknown(facts, host === undefined ? undefined : hostOf(host), port, services[0]),
    count: shut.length,
    requests: isRequest(last),
    lines: shut.map(({ line }) => line),
    services,
  };
}

function isRequest({ code }: Access): boolean {
  return (code ?? 0) > 0;
}

function withPort(host: string, port: string | undefined): string {
  return port === undefined || /:\d+$/.test(host) ? host : `${host}:${port}`;
}

function whyUnknown(
  facts: Facts,
  host: string | undefined,
  port: string | undefined,
  service: ObjectRef | undefined,
): Pick<ShutIn, 'why' | 'entries'> {
  if (service !== undefined)
    return {
      why: `Service ${service.namespace}/${service.name} is kept from it, by a Sidecar’s egress or by exportTo, or has no such port`,
      entries: [],
    };
  if (host === undefined) return { why: 'under what name it is called its log does not tell', entries: [] };
  const entries = facts
    .list(SERVICE_ENTRIES)
    .filter((one) => hostsOf(facts, one).some((own) => covers(own, host)));
  const named = entries.map(({ ref }) => `${ref.namespace}/${ref.name}`).join(', ');
  if (entries.length > 0) {
    const numbers = [...new Set(entries.flatMap((one) => portsOf(facts, one)))].toSorted((a, b) => a - b);
    return {
      why:
        port === undefined || numbers.includes(Number(port))
          ? `${plural(entries.length, 'ServiceEntry', 'ServiceEntries')} (${named}) ${entries.length === 1 ? 'names' : 'name'} it, and ${entries.length === 1 ? 'does' : 'do'} not reach this proxy: exportTo, or a Sidecar’s egress`
          : `ServiceEntry ${named} has it on ${numbers.length === 0 ? 'no port' : `port ${numbers.join(', ')}`}, not on ${port}`,
      entries,
    };
  }
  return {
    // One of any namespace counts, and those of the mesh's own namespace most often do.
    why:
      facts.coverage(SERVICE_ENTRIES).known && facts.coverage(SERVICE_ENTRIES, ROOT_NAMESPACE).known
        ? 'no ServiceEntry names it'
        : 'and whether a ServiceEntry names it the bundle does not hold',
    entries,
  };
}

function hostsOf(facts: Facts, entry: KeptObject): readonly string[] {
  return texts(dig(facts.body(entry), 'spec', 'hosts'));
}

function portsOf(facts: Facts, entry: KeptObject): readonly number[] {
  return items(dig(facts.body(entry), 'spec', 'ports')).flatMap(({ number }) =>
    typeof number === 'number' ? number : [],
  );
}

/** `*.example.com` takes what ends so. */
function covers(own: string, host: string): boolean {
  return own === '*' || (own.startsWith('*.') ? host.endsWith(own.slice(1)) : own === host);
}
