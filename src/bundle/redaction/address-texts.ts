/** The forms in which texts hold addresses: plain, with a prefix, in names of hosts, reversed in DNS, in addresses of cards. */
import { createHmac } from 'node:crypto';
import { createAddressMap } from './addresses.ts';

/** Alternatives of one pattern, each a named group; the first that fits at a place counts. */
export const ADDRESS_PARTS: readonly string[] = [
  // 7.1.244.10.in-addr.arpa and the like (RFC 1035, RFC 3596), or the zone of a part.
  String.raw`(?<arpa4>(?<![\w-])(?:\d{1,3}\.){1,4}(?=in-addr\.arpa\b))`,
  String.raw`(?<arpa6>(?<![\w-])(?:[0-9a-fA-F]\.){1,32}(?=ip6\.arpa\b))`,
  // tcpdump writes a port as a fifth number; numbers of more parts are none.
  String.raw`(?<quad>(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2}(?!\d))?(?!\d|\.\d+\.\d|\.\d{6}))`,
  // In names of hosts: ip-10-0-1-23.ec2.internal, 10-244-1-7.shop.pod.cluster.local.
  String.raw`(?<dashed>(?<!\d-?)\d{1,3}(?:-\d{1,3}){3}(?!-?\d))`,
  String.raw`(?<dashed6>(?<![\w-])[0-9a-fA-F]{0,4}(?:-[0-9a-fA-F]{0,4}){2,7}(?=\.[\w-]+\.pod\b))`,
  String.raw`(?<mac>(?<![\w:.])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\w:]))`,
  // Netstat writes a port as a ninth group.
  String.raw`(?<hexes>(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?::\d{1,5})?(?:\/\d{1,3}(?!\d))?(?![\w:]))`,
];

export interface AddressTexts {
  /** What stands for a match of `ADDRESS_PARTS`; undefined where it is no address after all. */
  part(match: string, groups: Readonly<Record<string, unknown>>): string | undefined;
}

/** The mapping of addresses under a key, in whatever form they stand. */
export function createAddressTexts(key: Buffer): AddressTexts {
  const addresses = createAddressMap(key);
  const map = (text: string): string | undefined => addresses.map(text);
  return {
    part(match, groups) {
      if (groups['arpa4'] !== undefined) return reversed4(match, map);
      if (groups['arpa6'] !== undefined) return reversed6(match, map);
      if (groups['dashed'] !== undefined) return map(match.replaceAll('-', '.'))?.replaceAll('.', '-');
      if (groups['dashed6'] !== undefined) return map(match.replaceAll('-', ':'))?.replaceAll(':', '-');
      if (groups['mac'] !== undefined) return cardAddress(key, match, map);
      return map(match) ?? withPort(match, map);
    },
  };
}

type Map = (text: string) => string | undefined;

function withPort(text: string, map: Map): string | undefined {
  const port = /^((?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4})(:\d+)$/.exec(text);
  const mapped = port === null ? undefined : map(port[1] ?? '');
  return mapped === undefined ? undefined : `${mapped}${port?.[2] ?? ''}`;
}

function reversed4(text: string, map: Map): string | undefined {
  const octets = text.slice(0, -1).split('.').reverse();
  const address = [...octets, '0', '0', '0'].slice(0, 4).join('.');
  const mapped = map(`${address}/${octets.length * 8}`)?.split('/')[0];
  return mapped === undefined
    ? undefined
    : `${mapped.split('.').slice(0, octets.length).reverse().join('.')}.`;
}

function reversed6(text: string, map: Map): string | undefined {
  const nibbles = text.slice(0, -1).split('.').reverse();
  const digits = nibbles.join('').padEnd(32, '0');
  const mapped = map(`${digits.replace(/.{4}(?=.)/g, '$&:')}/${nibbles.length * 4}`)?.split('/')[0];
  if (mapped === undefined) return undefined;
  const spelled = groupsOf(mapped).join('').slice(0, nibbles.length);
  return `${Array.from(spelled).reverse().join('.')}.`;
}

/** The eight groups of an address of IPv6, each of four digits. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const split = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [split(head), split(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(missing).fill('0'), ...after].map((group) => group.padStart(4, '0'));
}

/** Network plugins (`0a:58`) and Docker (`02:42`) make the address of a card from the IPv4 address behind it. */
function cardAddress(key: Buffer, text: string, map: Map): string | undefined {
  const bytes = text.split(':').map((byte) => Number.parseInt(byte, 16));
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 255)) return text;
  const [first = 0, second = 0] = bytes;
  const inner =
    (first === 0x0a && second === 0x58) || (first === 0x02 && second === 0x42)
      ? map(bytes.slice(2).join('.'))?.split('.').map(Number)
      : undefined;
  const digest = createHmac('sha256', key).update(`card/${text.toLowerCase()}`).digest();
  // The two lowest bits of the first byte say group and local.
  const own = [(first & 3) | ((digest[0] ?? 0) & 0xfc), ...digest.subarray(1, 6)];
  const mapped = inner === undefined ? own : [first, second, ...inner];
  return mapped.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
