/** Pods of a Service on whose target port nothing was seen to listen, while they listen elsewhere. */
import type { Evidence } from '../model/finding.ts';
import type { Facts } from './facts.ts';
import type { PodFact } from './pods.ts';
import { podPlace } from './probes.ts';
import type { ServicePath } from './services.ts';

export interface SilentPod {
  readonly pod: PodFact;
  /** The port the Service leads to. */
  readonly number: number;
  /** The ports on which it does listen. */
  readonly open: readonly number[];
  readonly basis: 'sockets' | 'connects' | 'kubelet' | 'none';
  readonly evidence: readonly Evidence[];
}

/** Of as many pods as this it is looked up: those of a Service are of one make, most often. */
const MOST = 200;

export function silentPods(facts: Facts, { port, pods, targets }: ServicePath): SilentPod[] {
  if (port !== undefined && port.protocol !== 'TCP') return [];
  return pods
    .filter((pod) => !pod.terminating && !pod.hostNetwork)
    .slice(0, MOST)
    .flatMap((pod) => {
      const number = targets.get(pod);
      if (number === undefined || !wasLookedAt(facts, pod)) return [];
      const listeners = facts.listeners(pod);
      const seen = listeners.port(number);
      if (seen.listening !== 'none' || listeners.open.length === 0) return [];
      return [
        {
          pod,
          number,
          open: listeners.open.map((one) => one.port),
          basis: seen.basis,
          evidence: [...seen.evidence, ...listeners.open.slice(0, 1).flatMap(({ evidence }) => evidence)],
        },
      ];
    });
}

/** Without a probe of the pod nothing tells where it listens, and Events need not be read. */
export function wasLookedAt(facts: Facts, pod: PodFact): boolean {
  const place = podPlace(pod);
  return (['sockets', 'pod-http', 'port-forward', 'connect'] as const).some(
    (probe) => facts.probes.to(probe, place).length > 0 || facts.probes.from(probe, place).length > 0,
  );
}
