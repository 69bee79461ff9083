/**
 * Lines of CoreDNS's `log` plugin in its default ("common") format, as the plugin's documentation gives it:
 * `{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}`.
 */
import type { LogName } from '../../src/bundle/paths.ts';

export interface DnsQuery {
  /** Address without the port; IPv6 without brackets. */
  readonly client: string;
  readonly type: string;
  /** As asked, with the final dot. */
  readonly name: string;
  /** `NOERROR`, `NXDOMAIN`; `-` when nothing was written to the client. */
  readonly rcode: string;
  readonly durationUs: number | null;
}

const INFO = '[INFO] ';

/** The query a line tells of; undefined for any other line. Only to be asked of CoreDNS's own logs. Never throws. */
export function parseDnsLine(line: string): DnsQuery | undefined {
  if (!line.startsWith(INFO)) return undefined;
  const dash = line.indexOf(' - ', INFO.length);
  if (dash < 0) return undefined;
  const open = line.indexOf(' "', dash + 3);
  // From the end: what is inside the quotes begins with a name that may hold escaped quotes and spaces itself.
  const close = line.lastIndexOf('" ');
  if (open < 0 || close < open + 2) return undefined;
  const colon = line.lastIndexOf(':', dash);
  if (colon <= INFO.length) return undefined;
  const typeEnd = line.indexOf(' ', open + 2);
  const classEnd = line.indexOf(' ', typeEnd + 1);
  const nameEnd = nthSpaceBefore(line, close, 4);
  const rcodeEnd = line.indexOf(' ', close + 2);
  if (typeEnd > classEnd || classEnd < 0 || nameEnd <= classEnd || rcodeEnd < 0) return undefined;
  const bracket = line.charCodeAt(INFO.length) === 91 ? 1 : 0;
  return {
    client: line.slice(INFO.length + bracket, colon - bracket),
    type: line.slice(open + 2, typeEnd),
    name: line.slice(classEnd + 1, nameEnd),
    rcode: line.slice(close + 2, rcodeEnd),
    durationUs: durationUs(line),
  };
}

/** After the name stand `{proto} {size} {>do} {>bufsize}`. */
function nthSpaceBefore(line: string, before: number, count: number): number {
  let at = before;
  for (let nth = 0; nth < count && at > 0; nth += 1) at = line.lastIndexOf(' ', at - 1);
  return at;
}

/** The last field, `0.000190251s`, in microseconds, rounded down; in `{combined}` the opcode in quotes follows it. */
function durationUs(line: string): number | null {
  const last = line.charCodeAt(line.length - 1) === 34 ? line.lastIndexOf(' ') - 1 : line.length - 1;
  if (line.charCodeAt(last) !== 115 /* s */) return null;
  const seconds = Number(line.slice(line.lastIndexOf(' ', last) + 1, last) || Number.NaN);
  // A nanosecond is added so that 0.000190 does not become 189 by the way floating point holds it.
  return seconds >= 0 && seconds < 1e6 ? Math.floor(seconds * 1e6 + 1e-3) : null;
}

/** Containers that are CoreDNS: kubeadm, k3s, RKE2, managed clusters; NodeLocal DNSCache is built of it. */
const CONTAINER = /^(?:.*-)?coredns$|^node-cache$/;

/** Whether it is CoreDNS that wrote a log, by where it ran. OpenShift's DNS operator runs it under a name of its own. */
export function isCoreDns(log: Pick<LogName, 'namespace' | 'container'>): boolean {
  return CONTAINER.test(log.container) || (log.namespace === 'openshift-dns' && log.container === 'dns');
}
