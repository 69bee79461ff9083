/** What listens, out of `/proc/net/{tcp,tcp6,udp,udp6}`, with `/proc/sys/net/ipv6/bindv6only` behind them (`tcp4_seq_show` and its kin in the kernel's net/ipv4, net/ipv6). */
import ipaddr from 'ipaddr.js';

export interface Listening {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

/** `TCP_LISTEN` and, for a UDP socket that is bound and not connected, `TCP_CLOSE` (include/net/tcp_states.h). */
const LISTENS = { tcp: '0A', udp: '07' } as const;
const ROW = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /;
const HEADER = /^\s*sl\s+local_address\b/;
const SETTING = /^[01]$/;

/**
 * The listeners in the tables, one after the other in a text: each begins with its own header line, and a UDP table's
 * header has the column `drops`. Sorted, each once. `tables` counts the headers. `bindv6only`: a listener on `::` takes
 * IPv6 alone unless it says otherwise itself; undefined where the setting was not read. What a socket says itself
 * (`IPV6_V6ONLY`) no table shows.
 */
export function readListening(text: string): {
  readonly listening: readonly Listening[];
  readonly tables: number;
  readonly bindv6only?: boolean;
} {
  const found = new Map<string, Listening>();
  let protocol: 'tcp' | 'udp' | undefined;
  let tables = 0;
  let bindv6only: boolean | undefined;
  for (const line of text.split('\n')) {
    if (HEADER.test(line)) {
      protocol = /\bdrops\b/.test(line) ? 'udp' : 'tcp';
      tables += 1;
      continue;
    }
    if (tables > 0 && SETTING.test(line)) bindv6only = line === '1';
    const row = ROW.exec(line);
    if (row === null || protocol === undefined) continue;
    const [, address = '', port = '', , remotePort, state] = row;
    // A connected UDP socket has a remote port: it takes nothing from others.
    if (state !== LISTENS[protocol] || (protocol === 'udp' && remotePort !== '0000')) continue;
    const one = { protocol, ...readAddress(address), port: Number.parseInt(port, 16) } as const;
    found.set(`${protocol} ${one.family} ${one.address} ${one.port}`, one);
  }
  const listening = [...found.values()].sort(
    (a, b) =>
      a.protocol.localeCompare(b.protocol) ||
      a.port - b.port ||
      a.family - b.family ||
      a.address.localeCompare(b.address),
  );
  return { listening, tables, ...(bindv6only === undefined ? {} : { bindv6only }) };
}

/**
 * An address as the kernel prints it: 32-bit words in the byte order of the machine, which is little-endian on every
 * architecture that Kubernetes supports but s390x. A v4-mapped address is told as the IPv4 address it stands for.
 */
export function readAddress(hex: string): { readonly family: 4 | 6; readonly address: string } {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    for (let at = 6; at >= 0; at -= 2) bytes.push(Number.parseInt(hex.slice(word + at, word + at + 2), 16));
  }
  const address = ipaddr.fromByteArray(bytes);
  if (address instanceof ipaddr.IPv6) {
    if (address.isIPv4MappedAddress()) return { family: 4, address: address.toIPv4Address().toString() };
    return { family: 6, address: address.toString() };
  }
  return { family: 4, address: address.toString() };
}
