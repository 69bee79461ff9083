/** What listens, out of `/proc/net/{tcp,tcp6,udp,udp6}`, with `/proc/sys/net/ipv6/bindv6only` behind them (`tcp4_seq_show` and its kin in the kernel's net/ipv4, net/ipv6). */
import ipaddr from 'ipaddr.js';

export interface Listening {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  /**
   * Of TCP: connections that the kernel has established and the program has not accepted: the column `rx_queue` of a socket
   * in TCP_LISTEN is `sk_ack_backlog` (`get_tcp4_sock`, net/ipv4/tcp_ipv4.c). Summed over sockets that share the port.
   */
  readonly waiting?: number;
  /** Who waits, address and port, sorted, at most 20: the same ones in a later table have waited all the while. */
  readonly waitingFrom?: readonly string[];
}

/** `TCP_LISTEN` and, for a UDP socket that is bound and not connected, `TCP_CLOSE` (include/net/tcp_states.h). */
const LISTENS = { tcp: '0A', udp: '07' } as const;
const ROW =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) (?:[0-9A-F]{8}:([0-9A-F]{8}) (?:\S+ \S+ +\d+ +\d+ (\d+) )?)?/;
/** `TCP_ESTABLISHED` and `TCP_CLOSE_WAIT`; without an inode no program has accepted it yet (`sock_i_ino`, net/core/sock.c). */
const STANDS: ReadonlySet<string | undefined> = new Set(['01', '08']);
const MOST_WAITING = 20;
const HEADER = /^\s*sl\s+local_address\b/;
const SETTING = /^[01]$/;

/**
 * The listeners in the tables, one after the other in a text: each begins with its own header line, and a UDP table's
 * header has the column `drops`. Sorted, each once, with what waits to be accepted. `tables` counts the headers.
 * `bindv6only`: a listener on `::` takes IPv6 alone unless it says otherwise itself; undefined where the setting was not
 * read. What a socket says itself (`IPV6_V6ONLY`) no table shows.
 */
export function readListening(text: string): {
  readonly listening: readonly Listening[];
  readonly tables: number;
  readonly bindv6only?: boolean;
} {
  const found = new Map<string, Listening>();
  const unaccepted: Unaccepted[] = [];
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
    // A line that was cut off tells as much as it holds.
    const [, address = '', port = '', remote = '', remotePort = '', state, queue, inode] = row;
    const own = { protocol, ...readAddress(address), port: Number.parseInt(port, 16) } as const;
    if (protocol === 'tcp' && inode === '0' && STANDS.has(state))
      unaccepted.push({ ...own, from: peer(remote, remotePort) });
    // A connected UDP socket has a remote port: it takes nothing from others.
    if (state !== LISTENS[protocol] || (protocol === 'udp' && remotePort !== '0000')) continue;
    const key = `${protocol} ${own.family} ${own.address} ${own.port}`;
    found.set(
      key,
      protocol === 'udp' || queue === undefined
        ? own
        : { ...own, waiting: (found.get(key)?.waiting ?? 0) + Number.parseInt(queue, 16) },
    );
  }
  const listening = [...found.values()]
    .map((one) => withWaiting(one, unaccepted))
    .sort(
      (a, b) =>
        a.protocol.localeCompare(b.protocol) ||
        a.port - b.port ||
        a.family - b.family ||
        a.address.localeCompare(b.address),
    );
  return { listening, tables, ...(bindv6only === undefined ? {} : { bindv6only }) };
}

interface Unaccepted {
  readonly address: string;
  readonly port: number;
  readonly from: string;
}

function peer(address: string, port: string): string {
  const told = readAddress(address);
  const host = told.family === 6 ? `[${told.address}]` : told.address;
  return `${host}:${Number.parseInt(port, 16)}`;
}

function withWaiting(one: Listening, unaccepted: readonly Unaccepted[]): Listening {
  if (one.waiting === undefined || one.waiting === 0) return one;
  const isAny = one.address === '0.0.0.0' || one.address === '::';
  const from = unaccepted
    .filter(({ address, port }) => port === one.port && (isAny || address === one.address))
    .map((waits) => waits.from);
  return from.length === 0 ? one : { ...one, waitingFrom: [...new Set(from)].sort().slice(0, MOST_WAITING) };
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
