/** IP addresses as Kubernetes objects hold them: their family, and one form for the same address. */

import ipaddr from 'ipaddr.js';

export type Family = 'IPv4' | 'IPv6';

/** The family of an address that the API server accepted; undefined for what is none (a name, an empty string). */
export function familyOf(address: string | undefined): Family | undefined {
  if (address === undefined) return undefined;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return 'IPv4';
  return address.includes(':') && /^[\da-f:.]+$/i.test(address) ? 'IPv6' : undefined;
}

/** Whether an address is of a range (`10.96.0.0/12`); false for what is neither, and for one of the other family. */
export function isWithin(address: string, range: string): boolean {
  if (!ipaddr.isValid(address) || !ipaddr.isValidCIDR(range)) return false;
  const ip = ipaddr.parse(address);
  const [network, bits] = ipaddr.parseCIDR(range);
  return ip.kind() === network.kind() && ip.match(network, bits);
}

/** Whether an address is of a range (`10.244.1.0/24`), and not the first of it, which a node's bridge has for itself. */
export function isInRange(address: string, range: string): boolean {
  if (!isWithin(address, range)) return false;
  const own = ipaddr.parse(address).toByteArray();
  const first = ipaddr.parseCIDR(range)[0].toByteArray();
  return own.some((byte, index) => byte !== (first[index] ?? 0) + (index === own.length - 1 ? 1 : 0));
}
