/** Since when a selector has missed the pods that look meant. */
import { MINUTE, parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import type { Since } from '../../model/finding.ts';
import { sinceAt, sinceBetween, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { WriteFact } from '../objects.ts';
import type { WorkloadFact } from '../workloads.ts';
import { hadEndpoints, isReused } from './backing.ts';
import { emptiedBetween } from './emptied.ts';
import type { Candidate } from './selector-candidates.ts';
import { lastWrite, writtenBy } from './service-writes.ts';
import type { ServiceFact } from '../services.ts';

/** From the rollout, the write or the making that parted them. */
export function mismatchedSince(facts: Facts, service: ServiceFact, candidate: Candidate): Since {
  const write = lastWrite(facts, service, 'selector');
  if (candidate.departure !== undefined) return sinceRollout(facts, candidate.departure, write);
  const born = service.createdAt;
  const made = candidate.workload?.createdAt ?? candidate.pods[0]?.createdAt;
  const both = born === undefined || made === undefined ? (born ?? made) : Math.max(born, made);
  if (both === undefined) return SINCE_UNKNOWN;
  if (write !== undefined && write.at > both + SECOND)
    return sinceBetween(both, write.at, writtenBy(write, 'selector'));
  const source = 'the Service and the pods have been like this since the younger was made';
  // One that never had endpoints is empty from its making on; that it misses these pods can be said once they are there.
  if (!hadEndpoints(facts, service)) return sinceBetween(born ?? both, both, source);
  const emptied = emptiedBefore(facts, service, both);
  return emptied === undefined
    ? sinceAt(both, 'inferred', source)
    : sinceBetween(
        emptied,
        both,
        'the pods that it took were gone at the earlier time, and those that look meant were made at the later',
      );
}

/** Pods deleted and made anew under other labels: the Service was empty before those that look meant were there. */
function emptiedBefore(facts: Facts, service: ServiceFact, made: Micros): Micros | undefined {
  const ends = facts
    .pathsOf(service)
    .map((path) => parseTime(emptiedBetween(facts, path)?.to))
    .filter((at) => at !== undefined);
  const first = ends.length === 0 ? undefined : Math.min(...ends);
  return first !== undefined && first < made ? first : undefined;
}

/** From the first pod of the new revision to the last of the old: in between the Service lost its endpoints. */
function sinceRollout(
  facts: Facts,
  { workload, first, last }: NonNullable<Candidate['departure']>,
  write: WriteFact | undefined,
): Since {
  const events = facts.events(workload.ref).filter((event) => event.reason === 'ScalingReplicaSet');
  const up = events.findLast(
    (event) => mentions(event.message, 'up', first.name) && / from 0 to \d+$/.test(event.message ?? ''),
  );
  const down = events.findLast(
    (event) => mentions(event.message, 'down', last.name) && (event.message ?? '').endsWith(' to 0'),
  );
  // A ReplicaSet that a rollback took up again was created for an earlier rollout.
  const reused =
    (isReused(facts, first) && isReused(facts, last)) || (first.createdAt ?? 0) < (last.createdAt ?? 0);
  const upAt = reused ? (up?.last_at ?? undefined) : scaledUpAt(first, up?.first_at ?? undefined);
  const began = upAt ?? (reused ? undefined : first.createdAt);
  const source =
    first.kind === 'ControllerRevision'
      ? `ControllerRevision ${first.name} (revision ${first.revision ?? '?'}) was rolled out`
      : `ReplicaSet ${first.name} (revision ${first.revision ?? '?'}) was scaled up`;
  if (began === undefined) {
    return sinceBetween(
      last.createdAt,
      undefined,
      `${source} again, after ${last.kind} ${last.name} was made`,
    );
  }
  // Both may be true: the rollout took the label away, and somebody wrote the old one into the Service afterwards.
  if (write !== undefined && write.at > began + MINUTE)
    return sinceBetween(began, write.at, `${source}; ${writtenBy(write, 'selector')}`);
  const basis = upAt === undefined ? 'inferred' : 'observed';
  if (down?.last_at == null || down.last_at < began) return sinceAt(began, basis, source);
  return {
    ...sinceBetween(began, down.last_at, `${source}; ReplicaSet ${last.name} reached 0 at the end`),
    basis,
  };
}

/** Of a ReplicaSet made for this rollout, the Event of its beginning: scaled to zero and back later, it has others. */
function scaledUpAt({ createdAt }: WorkloadFact, at: number | undefined): number | undefined {
  return at !== undefined && createdAt !== undefined && at - createdAt > MINUTE ? undefined : at;
}

function mentions(message: string | null, way: 'up' | 'down', name: string): boolean {
  return (message ?? '').startsWith(`Scaled ${way} replica set ${name} `);
}
