/** What `sockets` saw in a pod that leaves connections waiting. */
import type { EvidenceGiven } from './evidence.ts';
import { on } from './kube-objects.ts';

export interface Look {
  readonly clock: string;
  /** Who waits to be accepted. */
  readonly from: readonly string[];
  readonly waiting?: number;
  readonly port?: number;
}

/** Looks into pay-a of shop, the first one first: who waits on 8080. */
export function looks(...seen: readonly Look[]): Pick<EvidenceGiven, 'probes'> {
  return {
    probes: {
      sockets: seen.map(({ clock, from, waiting = from.length, port = 8080 }) => ({
        at: on(clock),
        from: 'pod/shop/pay-a',
        to: 'pod/shop/pay-a',
        outcome: 'ok' as const,
        ms: 3,
        detail: {
          listening: [
            { protocol: 'tcp', family: 4, address: '0.0.0.0', port, waiting, waitingFrom: [...from] },
          ],
        },
      })),
    },
  };
}
