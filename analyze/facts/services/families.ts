/** Address families of pods: which they have addresses of, and for which a program of theirs listens. */
import { items, text } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { familyOf, type Family } from './addresses.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, probeEvidence } from '../probes.ts';
import { dig } from '../read.ts';

/** Every address of a pod, the first first; none before it has one. */
export function podAddresses(facts: Facts, pod: PodFact): string[] {
  if (pod.ip === undefined) return [];
  const ips = items(dig(facts.body(pod), 'status', 'podIPs')).flatMap((one) => text(one['ip']) ?? []);
  return [...new Set([pod.ip, ...ips])];
}

/** The families of a pod's addresses. */
export function podFamilies(facts: Facts, pod: PodFact): Family[] {
  return [...new Set(podAddresses(facts, pod).flatMap((ip) => familyOf(ip) ?? []))];
}

/**
 * What shows that a pod which has addresses of IPv6 listens on a port for IPv4 alone: a socket of AF_INET takes nothing that
 * comes by IPv6 (ipv6(7)), whatever address it is bound to. The other way round a table does not decide, for one on `::`
 * takes IPv4 too unless it is IPV6_V6ONLY. Undefined where no table of sockets was read or it shows otherwise; localhost
 * alone is a fault of its own. Needs `LISTENERS`.
 */
export function listensForIPv4Alone(
  facts: Facts,
  pod: PodFact,
  number: number,
  protocol: string,
): Evidence | undefined {
  if (pod.hostNetwork) return undefined;
  const place = podPlace(pod);
  const table = [...facts.probes.to('sockets', place), ...facts.probes.from('sockets', place)].findLast(
    ({ outcome, detail }) => outcome === 'ok' && Array.isArray(detail['listening']),
  );
  if (table === undefined) return undefined;
  const open = items(table.detail['listening']).filter(
    (one) => one['port'] === number && text(one['protocol']) === protocol.toLowerCase(),
  );
  const addresses = open.flatMap((one) => text(one['address']) ?? []);
  const isIPv4 = (address: string): boolean => familyOf(address) === 'IPv4' && !address.startsWith('127.');
  if (addresses.length === 0 || !open.every((one) => one['family'] === 4) || !addresses.every(isIPv4))
    return undefined;
  const said = addresses.map((address) => `${address}:${number}`).join(', ');
  return probeEvidence(table, `socket table of ${pod.name}: ${said} is listened on, and nothing for IPv6`);
}
