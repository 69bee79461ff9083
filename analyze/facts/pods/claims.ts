/** The PersistentVolumeClaims of a pod that are not bound, and why not. */
import { oneLine } from '../../../src/core/text.ts';
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { eventEvidence, fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';

/** Readable where these were listed. */
export const CLAIMS = ['list:persistentvolumeclaims', 'list:storage.k8s.io/storageclasses'] as const;

export interface UnboundClaim {
  /** `claim shop/data waits: StorageClass fast-ssd does not exist`. */
  readonly words: string;
  readonly evidence: readonly Evidence[];
}

/** Claims that the pod names and that wait for a volume; none where they were not captured. */
export function unboundClaims(facts: Facts, namespace: string, pod: Fields): UnboundClaim[] {
  return items(fields(pod['spec'])['volumes']).flatMap((volume) => {
    const name = text(dig(volume, 'persistentVolumeClaim', 'claimName'));
    const claim = name === null ? undefined : facts.find('persistentvolumeclaims', namespace, name);
    if (claim === undefined) return [];
    const body = facts.body(claim);
    if (dig(body, 'status', 'phase') !== 'Pending') return [];
    const { why, evidence } = reasonOf(facts, claim, text(dig(body, 'spec', 'storageClassName')));
    return [
      {
        words: `claim ${namespace}/${name} waits${why === undefined ? '' : `: ${why}`}`,
        evidence: [fieldEvidence(facts, claim, 'status.phase', 'Pending'), ...evidence],
      },
    ];
  });
}

type Claim = NonNullable<ReturnType<Facts['find']>>;

/** A class that is not there, else what the binder or the provisioner last said of the claim. */
function reasonOf(
  facts: Facts,
  claim: Claim,
  className: string | null,
): { why: string | undefined; evidence: readonly Evidence[] } {
  const classes = 'storage.k8s.io/storageclasses';
  if (className !== null && className !== '' && facts.coverage(classes).known) {
    if (!facts.list(classes).some(({ ref }) => ref.name === className))
      return {
        why: `StorageClass ${className} does not exist`,
        evidence: [fieldEvidence(facts, claim, 'spec.storageClassName', className)],
      };
  }
  // A provisioner that fails says so once in a while; the controller says all along that it waits for one.
  const events = facts.events(claim.ref);
  const event = events.findLast(({ type }) => type === 'Warning') ?? events.at(-1);
  return event === undefined
    ? { why: undefined, evidence: [] }
    : { why: oneLine(event.message ?? '').slice(0, 200), evidence: [eventEvidence(facts, event)] };
}
