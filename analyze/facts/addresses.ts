/** IP addresses as Kubernetes objects hold them: their family, and one form for the same address. */

export type Family = 'IPv4' | 'IPv6';

/** The family of an address that the API server accepted; undefined for what is none (a name, an empty string). */
export function familyOf(address: string | undefined): Family | undefined {
  if (address === undefined) return undefined;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) return 'IPv4';
  return address.includes(':') && /^[\da-f:.]+$/i.test(address) ? 'IPv6' : undefined;
}
