/** The part of `dns-packet` that a capture uses; the package brings no types, and those made for it describe another version. */
declare module 'dns-packet' {
  export interface Question {
    readonly type: string;
    readonly name: string;
    readonly class?: string;
  }
  /** `data` is a string for A, AAAA, CNAME, NS and PTR records, an object or buffers for others. */
  export interface Answer {
    readonly name: string;
    readonly type: string;
    readonly ttl?: number;
    readonly data?: unknown;
  }
  export interface Packet {
    readonly type?: 'query' | 'response';
    readonly id?: number;
    readonly flags?: number;
    readonly questions?: readonly Question[];
    readonly answers?: readonly Answer[];
  }
  export function encode(packet: Packet): Buffer;
  export function decode(message: Buffer): Packet;
  /** With the two bytes of its length before it. */
  export function streamEncode(packet: Packet): Buffer;
}
