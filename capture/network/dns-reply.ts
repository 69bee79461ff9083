/** A DNS server's answer as results tell it, whoever brought it. Pure. */
import type { Packet } from 'dns-packet';

export interface DnsReply {
  readonly rcode: string;
  readonly answers: ReadonlyArray<{
    readonly name: string;
    readonly type: string;
    readonly data: string;
    /** Seconds; absent where the program that asked does not tell it. */
    readonly ttl?: number;
  }>;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

/** What a decoded message says. The rcode is the low four bits of the flags (RFC 1035, 4.1.1). */
export function replyOf({ flags = 0, answers = [] }: Packet): DnsReply {
  const code = flags & 0xf;
  return {
    rcode: RCODES[code] ?? `RCODE${code}`,
    answers: answers.flatMap((answer) => {
      const { name, type, data, ttl = 0 } = answer;
      return typeof data === 'string' ? [{ name, type, data, ttl }] : [];
    }),
  };
}
