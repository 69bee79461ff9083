/** DNS questions over TCP to one server pod, through a port-forward: one connection, one question after another. */
import { randomInt } from 'node:crypto';
import { decode, type Packet, streamEncode } from 'dns-packet';
import { ApiFailure } from './failure.ts';
import type { ApiClient } from './http.ts';
import { openStream, type Pod } from './port-forward.ts';

export interface Question {
  /** Without the dot at its end. */
  readonly name: string;
  readonly type: string;
}

export interface DnsAnswer {
  readonly packet: Packet;
  readonly ms: number;
}

export interface DnsServer {
  /** @throws ApiFailure `timeout` when no answer comes in 5 s, `unreachable` when the connection ends. */
  ask(question: Question): Promise<DnsAnswer>;
  end(): void;
}

const LIMIT_MS = 5000;
/** Of a message over TCP: its length in two bytes (RFC 1035, 4.2.2). */
const LENGTH_BYTES = 2;

/** @throws ApiFailure when the port-forward may not be made or the pod does not answer. */
export async function connectDns(
  api: ApiClient,
  pod: Pod,
  port: number,
  signal: AbortSignal,
): Promise<DnsServer> {
  let buffered = Buffer.alloc(0);
  let waiting: { id: number; resolve(packet: Packet): void; reject(error: ApiFailure): void } | undefined;
  let ended: ApiFailure | undefined;
  const stream = await openStream(api, pod, port, signal, {
    onData(data) {
      buffered = Buffer.concat([buffered, data]);
      for (let packet = take(); packet !== undefined; packet = take()) {
        if (waiting !== undefined && packet.id === waiting.id) waiting.resolve(packet);
      }
    },
    onEnd(failure) {
      ended = failure;
      waiting?.reject(failure);
    },
  });
  const take = (): Packet | undefined => {
    if (buffered.length < LENGTH_BYTES) return undefined;
    const length = buffered.readUInt16BE(0) + LENGTH_BYTES;
    if (buffered.length < length) return undefined;
    const message = buffered.subarray(LENGTH_BYTES, length);
    buffered = buffered.subarray(length);
    try {
      return decode(message);
    } catch (error) {
      waiting?.reject(new ApiFailure('invalid', 'the answer is no DNS message', { cause: error }));
      return undefined;
    }
  };
  return {
    async ask({ name, type }) {
      if (ended !== undefined) throw ended;
      const id = randomInt(1, 0xffff);
      const { promise, resolve, reject } = Promise.withResolvers<Packet>();
      waiting = { id, resolve, reject };
      const late = setTimeout(
        () => reject(new ApiFailure('timeout', `no answer within ${LIMIT_MS / 1000} s`)),
        LIMIT_MS,
      );
      const began = performance.now();
      try {
        const flags = 0x0100; // recursion desired
        stream.write(streamEncode({ type: 'query', id, flags, questions: [{ name, type }] }));
        const packet = await promise;
        return { packet, ms: Math.round((performance.now() - began) * 10) / 10 };
      } finally {
        clearTimeout(late);
        waiting = undefined;
      }
    },
    end: () => stream.end(),
  };
}
