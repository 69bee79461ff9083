/** What was so at a time T before the capture, from what is left of it: findings' onsets, pods' lives, revisions. */
import { SECOND, parseTime, type Micros } from '../../src/core/time.ts';
import { formatSet } from '../../src/k8s/labels.ts';
import type { Finding } from '../model/finding.ts';
import type { LayerStatus } from '../model/layer.ts';
import { livedAt, readyAt, type PodSpan } from './pod-spans.ts';
import type { RevisionState } from './place.ts';
import { takes, type Subject } from './subject.ts';

/** Whether a finding was there at T: before its onset it was not, between the bounds of one nobody can say. */
export function presentAt(finding: Finding, at: Micros): 'present' | 'absent' | 'unknown' {
  const from = parseTime(finding.since.from);
  const to = parseTime(finding.since.to);
  if (finding.since.basis === 'unknown') return 'unknown';
  if (to !== undefined && at >= to) return 'present';
  if (from !== undefined && at < from) return 'absent';
  return 'unknown';
}

/** A layer's state at T, in the words of the replay. */
export interface StateAt {
  readonly status: LayerStatus;
  readonly found: string;
  readonly basis: 'observed' | 'inferred' | 'unknown';
  readonly because?: string;
}

/** Pods that were there at T, and among them those that the Service's selector takes. */
export function podsAt(subject: Subject, at: Micros): { lived: PodSpan[]; matched: PodSpan[] } {
  const lived = subject.pods.filter((span) => livedAt(span, at));
  return { lived, matched: lived.filter((span) => takes(subject.service?.selector, span.labels)) };
}

/**
 * The revision of each workload that was rolled out at T: the newest of those created by then. Where one of several has
 * been rolled out more than once, nobody can say which it was.
 */
export function revisionsAt(subject: Subject, at: Micros): RevisionState[] {
  const begun = subject.revisions.filter(
    (revision) => revision.createdAt !== undefined && revision.createdAt <= at,
  );
  const byOwner = Map.groupBy(begun, (revision) => revision.owner ?? `${revision.kind}/${revision.name}`);
  return [...byOwner.values()].flatMap((revisions) => {
    if (revisions.length > 1 && revisions.some((revision) => revision.cameBack)) return [];
    return revisions.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0)).slice(0, 1);
  });
}

/** The Service layer at a T before the capture. Never observed: nobody recorded endpoints then. */
export function serviceAt(subject: Subject, at: Micros): StateAt {
  const { service } = subject;
  if (service === undefined)
    return unknown('What the Service was then is not known: it is not in the bundle.');
  if (service.createdAt !== undefined && service.createdAt > at) {
    return unknown(
      'This Service had not been created yet; whether another of its name was there is not known.',
    );
  }
  if (service.selector === undefined)
    return unknown('It has no selector; its endpoints at that time are not recorded.');
  const written = service.selectorWrittenAt;
  if (written !== undefined && written > at + SECOND && written > (service.createdAt ?? 0) + SECOND) {
    return unknown(
      'A manager that owns the selector wrote after this time, so the selector may have been another.',
    );
  }
  return selectedAt(subject, at, formatSet(service.selector));
}

function selectedAt(subject: Subject, at: Micros, selector: string): StateAt {
  const { lived, matched } = podsAt(subject, at);
  if (matched.length > 0) {
    const unready = matched.filter((pod) => readyAt(pod, at) === false);
    if (unready.length === matched.length) {
      return inferred('fail', `The selector took ${count(matched)}, of which none was ready.`);
    }
    const ready = matched.filter((pod) => readyAt(pod, at) === true).length;
    const surely = ready === 0 ? 'whether they were ready is not recorded' : `${ready} known to be ready`;
    return inferred(
      'pass',
      `Fine by inference: ${selector} took ${count(matched)} that lived then (${surely}).`,
    );
  }
  const fits = revisionsAt(subject, at).find((revision) => takes(subject.service?.selector, revision.labels));
  if (lived.length === 0 && fits !== undefined) {
    return inferred(
      'pass',
      `Fine by inference: ${label(fits)} was the one rolled out, and its pods carry ${selector}; the pods themselves are gone, whether they were ready is not recorded.`,
    );
  }
  const faults = subject.findings.filter((finding) => finding.layer === 'service');
  if (lived.length > 0 && faults.some((finding) => presentAt(finding, at) !== 'absent')) {
    return inferred('fail', `${selector} took none of the ${count(lived)} known to have lived then.`);
  }
  if (faults.some((finding) => presentAt(finding, at) === 'present')) {
    return inferred('fail', 'The fault found at the time of capture had begun by then.');
  }
  return unknown('No evidence says which pods it led to then.');
}

/** The pod layer at a T before the capture. */
export function podLayerAt(subject: Subject, at: Micros): StateAt {
  const { lived, matched } = podsAt(subject, at);
  const pods = matched.length > 0 ? matched : lived;
  const faults = subject.findings.filter((finding) => finding.layer === 'pod');
  if (faults.some((finding) => presentAt(finding, at) === 'present')) {
    return inferred('fail', 'The fault found at the time of capture had begun by then.');
  }
  if (pods.length === 0) return unknown('No pod of this path is known to have lived then.');
  const ready = pods.filter((pod) => readyAt(pod, at) === true);
  if (ready.length > 0) {
    return inferred(
      'pass',
      `${count(ready)} of ${pods.length} had been ready since before then, and stayed so.`,
    );
  }
  if (pods.every((pod) => readyAt(pod, at) === false))
    return inferred('fail', `None of ${count(pods)} was ready.`);
  return unknown(`${count(pods)} lived then; whether they were ready is not recorded.`);
}

/** `revision 1 of Deployment payment-api (ReplicaSet payment-api-6b98)`. */
export function label(revision: RevisionState): string {
  const name = `${revision.kind} ${revision.name}`;
  if (revision.owner === undefined) return name;
  return `revision ${revision.revision ?? '?'} of ${revision.owner.replace('/', ' ')} (${name})`;
}

function count(pods: readonly unknown[]): string {
  return `${pods.length} pod${pods.length === 1 ? '' : 's'}`;
}

function inferred(status: LayerStatus, found: string): StateAt {
  return { status, found, basis: 'inferred' };
}

function unknown(found: string): StateAt {
  return {
    status: 'unknown',
    found,
    basis: 'unknown',
    because: 'nothing recorded about this time decides it',
  };
}
