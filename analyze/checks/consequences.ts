/** What several checks explain alike: a new consequence of a Service that does not answer, or of a platform pod that is down, goes here. */
import type { Relation } from './check.ts';

/** What those say that ask a Service in vain, and what becomes of them. */
export const OF_CLIENTS = [
  { check: 'pod/crash-loop', sharing: 'names' },
  { check: 'pod/dependency-unreachable', sharing: 'names' },
  { check: 'pod/job-failed', sharing: 'names' },
] as const satisfies readonly Relation[];

/** Of pods whose program is down, or not where it is asked for: what their callers say, and the sidecars of both ends. */
export const OF_CALLERS = [
  { check: 'pod/dependency-unreachable', sharing: 'names' },
  { check: 'pod/job-failed', sharing: 'names' },
  { check: 'pod/mesh', sharing: 'object', to: 'symptom' },
  { check: 'pod/mesh', sharing: 'names' },
] as const satisfies readonly Relation[];

/** What is left undone while pods of the platform are down: a network plugin's, a leader's, a CSI driver's. */
export const OF_PLATFORM_PODS = [
  'platform/cni',
  'platform/control-plane',
  { check: 'pod/not-started', sharing: 'object', part: 'csi-driver' },
] as const satisfies ReadonlyArray<string | Relation>;
