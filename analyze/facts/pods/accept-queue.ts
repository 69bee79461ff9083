/**
 * Connections that a program leaves unaccepted. The kernel completes the handshake by itself and keeps the connection until
 * `accept()` takes it, first come, first served (listen(2)): a connect, a tcpSocket probe and a port-forward succeed, and
 * whoever asks waits, for as long as the queue has room.
 */
import { SECOND } from '../../../src/core/time.ts';
import { items, text, texts, type Fields } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, probeEvidence, type ProbeFact } from '../probes.ts';

/** A program that takes connections takes them within milliseconds; a busy one within this. */
const LONG = 2 * SECOND;

export interface Unaccepted {
  readonly port: number;
  /** Connections in the queue at the last look. */
  readonly waiting: number;
  /** Of those, how many were seen to wait in an earlier look as well; as far as they were told one by one. */
  readonly stuck: number;
  /** Between the looks. */
  readonly seconds: number;
  /** All that were told in the earlier look wait still: the program took none. */
  readonly tookNone: boolean;
  readonly evidence: readonly Evidence[];
}

/** Ports of a pod on which the same connections waited in two looks; none where it was looked into once or the table lacks queues. */
export function unacceptedIn(facts: Pick<Facts, 'probes'>, pod: PodFact): readonly Unaccepted[] {
  if (pod.hostNetwork) return [];
  const looks = facts.probes
    .to('sockets', podPlace(pod))
    .filter(({ outcome, detail }) => outcome === 'ok' && Array.isArray(detail['listening']));
  const [first, last] = [looks[0], looks.at(-1)];
  if (first?.at === undefined || last?.at === undefined || last.at - first.at < LONG) return [];
  const seconds = Math.round((last.at - first.at) / SECOND);
  return queuesOf(last).flatMap((queue): Unaccepted[] => {
    const before = queuesOf(first).find(
      ({ port, address }) => port === queue.port && address === queue.address,
    );
    const same = before?.from.filter((one) => queue.from.includes(one)) ?? [];
    if (before === undefined || same.length === 0) return [];
    return [
      {
        port: queue.port,
        waiting: queue.waiting,
        stuck: same.length,
        seconds,
        tookNone: same.length === before.from.length && queue.waiting >= before.waiting,
        evidence: [before, queue].map(({ look, waiting, from }) =>
          probeEvidence(
            look,
            `socket table of ${pod.name}: ${waiting} established on port ${queue.port} and not accepted${from.length === 0 ? '' : ` (${from.slice(0, 3).join(', ')}${from.length > 3 ? ', …' : ''})`}`,
          ),
        ),
      },
    ];
  });
}

interface Queue {
  readonly look: ProbeFact;
  readonly port: number;
  readonly address: string;
  readonly waiting: number;
  readonly from: readonly string[];
}

function queuesOf(look: ProbeFact): Queue[] {
  return items(look.detail['listening']).flatMap((socket: Fields): Queue[] => {
    const { port, waiting, waitingFrom } = socket;
    if (socket['protocol'] !== 'tcp' || typeof port !== 'number' || typeof waiting !== 'number') return [];
    const address = text(socket['address']) ?? '';
    return [{ look, port, address, waiting, from: texts(waitingFrom) }];
  });
}
