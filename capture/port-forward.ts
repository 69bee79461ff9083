/**
 * Port-forward: the kubelet dials localhost inside a pod's network namespace. A refused port opens like any other and is
 * told in plain words on its error channel a moment later; success is told by nothing at all. So each connection also asks
 * for a port on which nobody listens: once that one is refused, the others have had their answer too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channels } from './channels.ts';
import { ApiFailure } from './failure.ts';
import type { ApiClient } from './http.ts';

export interface Pod {
  readonly namespace: string;
  readonly name: string;
}

/** `open`: not refused although a closed port beside it was. `unclear`: neither was told in time. */
export interface PortAnswer {
  readonly port: number;
  readonly state: 'open' | 'refused' | 'unclear';
  /** From asking to the refusal, or to the refusal of the closed port. Milliseconds. */
  readonly ms: number;
  readonly text?: string;
}

const PROTOCOLS = ['v4.channel.k8s.io'];
/** Ports of which one is surely closed: tcpmux and discard are served by nobody who runs in a pod. */
const CONTROL_PORTS = [1, 9, 2];
const LIMIT_MS = 5000;
/** Refusals of one connection come within a few milliseconds of each other. */
const SETTLE_MS = 250;
/** The first message of every channel is its port, as two bytes. */
const PORT_BYTES = 2;

/**
 * Which of these ports of the pod's localhost are open; nothing is sent to any of them.
 * @throws ApiFailure when it may not be asked, or the pod or its kubelet does not answer.
 */
export async function dialPorts(
  api: ApiClient,
  pod: Pod,
  ports: readonly number[],
  signal: AbortSignal,
): Promise<readonly PortAnswer[]> {
  const control = CONTROL_PORTS.find((port) => !ports.includes(port)) ?? 1;
  const asked = [...ports, control];
  const began = Date.now();
  const words = new Map<number, { text: string; ms: number }>();
  const { promise: told, resolve, reject } = Promise.withResolvers<void>();
  told.catch(() => undefined);
  const seen = new Set<number>();
  const channels = await open(api, pod, asked, signal, {
    onMessage(channel, data) {
      if (channel % 2 === 0) return;
      const port = asked[(channel - 1) / 2];
      const text = (seen.has(channel) ? data : data.subarray(PORT_BYTES)).toString('utf8');
      seen.add(channel);
      if (port === undefined || text.trim() === '') return;
      words.set(port, { text: (words.get(port)?.text ?? '') + text, ms: Date.now() - began });
      if (port === control) resolve();
    },
    onClose: (failure) => (failure === undefined ? resolve() : reject(failure)),
  });
  try {
    const limit = sleep(LIMIT_MS, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([told, limit]);
    await sleep(SETTLE_MS, undefined, { signal, ref: false }).catch(() => undefined);
  } finally {
    channels.end();
  }
  const settled = words.has(control);
  return ports.map((port) => answerOf(port, words.get(port), settled, Date.now() - began - SETTLE_MS));
}

const MOST_WORDS = 200;
const REFUSED = /connection refused|ECONNREFUSED/i;

function answerOf(
  port: number,
  said: { text: string; ms: number } | undefined,
  settled: boolean,
  ms: number,
): PortAnswer {
  if (said !== undefined) {
    const all = said.text.trim();
    // What the dialler met stands at the end, behind the name of a network namespace.
    const text = all.slice(Math.max(0, all.length - MOST_WORDS));
    return { port, state: REFUSED.test(all) ? 'refused' : 'unclear', ms: said.ms, text };
  }
  if (settled) return { port, state: 'open', ms };
  return { port, state: 'unclear', ms, text: 'a port that is surely closed was not refused in time either' };
}

/** A stream to one port of the pod's localhost. */
export interface Stream {
  write(data: Buffer): void;
  end(): void;
}

/**
 * Opens one. `onData` is told of what comes, `onEnd` once of why nothing more will.
 * @throws ApiFailure as `dialPorts` does
 */
export async function openStream(
  api: ApiClient,
  pod: Pod,
  port: number,
  signal: AbortSignal,
  listener: { onData(data: Buffer): void; onEnd(failure: ApiFailure): void },
): Promise<Stream> {
  const started = new Set<number>();
  let ended = false;
  const end = (failure: ApiFailure): void => {
    if (ended) return;
    ended = true;
    listener.onEnd(failure);
  };
  const channels = await open(api, pod, [port], signal, {
    onMessage(channel, data) {
      const rest = started.has(channel) ? data : data.subarray(PORT_BYTES);
      started.add(channel);
      if (rest.length === 0) return;
      if (channel === 0) listener.onData(rest);
      else end(new ApiFailure('unreachable', rest.toString('utf8').trim().slice(0, 300)));
    },
    onClose: (failure) => end(failure ?? new ApiFailure('unreachable', 'the connection was closed')),
  });
  return {
    write: (data) => channels.send(0, data),
    end() {
      ended = true;
      channels.end();
    },
  };
}

async function open(
  api: ApiClient,
  pod: Pod,
  ports: readonly number[],
  signal: AbortSignal,
  listener: {
    onMessage(channel: number, data: Buffer): void;
    onClose(failure: ApiFailure | undefined): void;
  },
): Promise<Channels> {
  return await api.channels({
    path: `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/portforward`,
    query: ports.map((port) => ['ports', String(port)] as const),
    protocols: PROTOCOLS,
    signal,
    ...listener,
  });
}
