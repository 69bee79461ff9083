/**
 * Pseudonyms of IP addresses that keep what network analysis needs: the same address has the same one, addresses that
 * share a prefix still share one as long (so CIDRs hold what they held), and special ranges stay themselves. The mapping is
 * that of Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-preserving IP address anonymization, 2002) with an HMAC.
 */
import { createHmac } from 'node:crypto';
import ipaddr from 'ipaddr.js';

export interface AddressMap {
  /** An address or CIDR block in its usual spelling; undefined when the text is neither. */
  map(text: string): string | undefined;
}

/**
 * Ranges whose meaning is in their bits: an address inside stays inside, one outside stays outside. Within those marked
 * `fixed` nothing changes at all.
 */
const SPECIAL_4: ReadonlyArray<readonly [cidr: string, fixed?: 'fixed']> = [
  ['0.0.0.0/8', 'fixed'],
  ['10.0.0.0/8'],
  ['100.64.0.0/10'],
  ['127.0.0.0/8', 'fixed'],
  // Link-local: the cloud's metadata server, NodeLocal DNS at 169.254.20.10.
  ['169.254.0.0/16', 'fixed'],
  ['172.16.0.0/12'],
  ['192.168.0.0/16'],
  ['198.18.0.0/15'],
  // Multicast, what is reserved, and netmasks.
  ['224.0.0.0/3', 'fixed'],
];
const SPECIAL_6: ReadonlyArray<readonly [cidr: string, fixed?: 'fixed']> = [
  // Unspecified, loopback, addresses of IPv4 inside.
  ['::/64', 'fixed'],
  ['64:ff9b::/96', 'fixed'],
  ['2000::/3'],
  ['fc00::/7'],
  ['fe80::/10', 'fixed'],
  ['ff00::/8', 'fixed'],
];

interface Range {
  readonly bytes: readonly number[];
  readonly bits: number;
  readonly fixed: boolean;
}

/** A mapping under a key: the same for equal keys, one to one, and of no use to who lacks the key. */
export function createAddressMap(key: Buffer): AddressMap {
  const families = { ipv4: familyOf(key, SPECIAL_4, 4), ipv6: familyOf(key, SPECIAL_6, 16) };
  const known = new Map<string, string | undefined>();
  return {
    map(text) {
      if (known.has(text)) return known.get(text);
      const mapped = mapText(text, families);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(text, mapped);
      return mapped;
    },
  };
}

const MOST_KNOWN = 100_000;

type Family = (bytes: readonly number[]) => number[];

function mapText(text: string, families: Record<'ipv4' | 'ipv6', Family>): string | undefined {
  const [address = '', length] = text.split('/');
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.parse(address);
  const bytes = parsed.toByteArray();
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  if (!(bits <= bytes.length * 8)) return undefined;
  if (parsed.kind() === 'ipv6' && isEmbedded(bytes)) {
    const inner = families.ipv4(bytes.slice(12));
    return `${spelled([...bytes.slice(0, 12), ...inner])}${length === undefined ? '' : `/${length}`}`;
  }
  const mapped = families[parsed.kind()](bytes);
  // A block is written with its host bits at zero: they stay so. An interface's address (10.0.0.5/24) keeps its own.
  const block = length !== undefined && bytes.every((byte, at) => (byte & ~mask(bits, at) & 0xff) === 0);
  const shown = block ? mapped.map((byte, at) => byte & mask(bits, at)) : mapped;
  return `${spelled(shown)}${length === undefined ? '' : `/${length}`}`;
}

/** `::ffff:10.0.0.1` and `64:ff9b::10.0.0.1` (RFC 6052) hold an IPv4 address. */
function isEmbedded(bytes: readonly number[]): boolean {
  const head = bytes.slice(0, 12).join('.');
  return head === '0.0.0.0.0.0.0.0.0.0.255.255' || head === '0.100.255.155.0.0.0.0.0.0.0.0';
}

function spelled(bytes: readonly number[]): string {
  const address = ipaddr.fromByteArray([...bytes]);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

/** The bits of byte `at` that belong to a prefix of so many bits. */
function mask(bits: number, at: number): number {
  const inside = Math.min(8, Math.max(0, bits - at * 8));
  return (0xff << (8 - inside)) & 0xff;
}

function familyOf(key: Buffer, special: typeof SPECIAL_4, size: number): Family {
  const ranges = special.map(([cidr, fixed]): Range => {
    const [address, bits] = ipaddr.parseCIDR(cidr);
    return { bytes: address.toByteArray(), bits, fixed: fixed !== undefined };
  });
  const flipsBelow = new Map<string, Buffer>();
  return (bytes) => {
    const out: number[] = [];
    for (let at = 0; at < size; at += 1) {
      const above = bytes.slice(0, at).join('.');
      let flips = flipsBelow.get(above);
      if (flips === undefined) {
        flips = createHmac('sha256', key).update(`${size}/${above}`).digest();
        if (flipsBelow.size >= MOST_KNOWN) flipsBelow.clear();
        flipsBelow.set(above, flips);
      }
      out.push(mappedByte(bytes, at, flips, ranges));
    }
    return out;
  };
}

/** Whether a bit is turned depends on the bits before it alone: that is what keeps prefixes. */
function mappedByte(bytes: readonly number[], at: number, flips: Buffer, ranges: readonly Range[]): number {
  const byte = bytes[at] ?? 0;
  let mapped = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    // Nodes of the tree below this byte, numbered 1 to 255 as in a heap.
    const node = (1 << bit) | (byte >> (8 - bit));
    const flip = ((flips[node >> 3] ?? 0) >> (node & 7)) & 1;
    const own = (byte >> (7 - bit)) & 1;
    const turned = staysAt(bytes, at * 8 + bit, ranges) ? own : own ^ flip;
    mapped = (mapped << 1) | turned;
  }
  return mapped;
}

/** On the way to a special range no bit is turned, and inside one that is fixed neither. */
function staysAt(bytes: readonly number[], depth: number, ranges: readonly Range[]): boolean {
  return ranges.some(({ bytes: range, bits, fixed }) => {
    if (depth >= bits && !fixed) return false;
    return sharedBits(bytes, range) >= Math.min(depth, bits);
  });
}

function sharedBits(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at += 1) {
    const unlike = ((a[at] ?? 0) ^ (b[at] ?? 0)) & 0xff;
    if (unlike !== 0) return at * 8 + Math.clz32(unlike) - 24;
  }
  return a.length * 8;
}
