/** A fault of a probe itself, whoever finds it: by its port (port-faults.ts), its time (slow-faults.ts), its protocol (faults.ts, grpc-faults.ts). */
import type { Evidence } from '../../model/finding.ts';
import type { Confidence } from './confidence.ts';

export interface ProbeFault {
  readonly kind:
    | 'protocol'
    | 'port-name'
    | 'port'
    | 'path'
    | 'scheme'
    | 'timeout'
    | 'command'
    | 'grpc'
    | 'hangs'
    | 'slow-start';
  /** Follows `The liveness probe of Deployment shop/pay`. */
  readonly words: string;
  readonly remedy: string;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** Nothing comes of it: the kubelet cannot judge by this probe, and takes it as passed. */
  readonly idle?: boolean;
}

export function fault(
  kind: ProbeFault['kind'],
  words: string,
  remedy: string,
  confidence: Confidence,
  evidence: readonly Evidence[] = [],
): ProbeFault {
  return { kind, words, remedy, confidence, evidence };
}
