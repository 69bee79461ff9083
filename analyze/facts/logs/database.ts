/** Whether the API server reached its database (etcd) while it was captured. Without it nothing is written, Leases included. */
import type { Facts } from '../facts.ts';

export const READYZ = 'health/readyz.txt';

/** A check of `/readyz?verbose` that fails: `[-]etcd failed: reason withheld` (apiserver/pkg/server/healthz). */
export interface FailedCheck {
  readonly name: string;
  readonly line: string;
  /** From 1. */
  readonly number: number;
}

/** Undefined when the API server was not asked, or did not say. */
export function failedChecks(facts: Facts): readonly FailedCheck[] | undefined {
  return facts
    .document(READYZ)
    ?.split('\n')
    .flatMap((line, index) => {
      const name = /^\[-\](\S+) (?:failed|error)/.exec(line)?.[1];
      return name === undefined ? [] : [{ name, line, number: index + 1 }];
    });
}

/**
 * Whether nobody could renew a Lease: `/readyz` says that etcd fails, or the Leases themselves came from memory because
 * a list that needs etcd went unanswered. An old Lease blames nobody then.
 */
export function isDatabaseGone(facts: Facts): boolean {
  return facts.listedAt(LEASES).from_cache === 1 || (failedChecks(facts) ?? []).some(isOfEtcd);
}

export function isOfEtcd({ name }: FailedCheck): boolean {
  return name.startsWith('etcd');
}

export const LEASES = 'coordination.k8s.io/leases';
/** Where kubelets keep theirs. */
export const NODE_LEASES = 'kube-node-lease';
