import { describe, expect, it } from 'vitest';
import { coverageFacts, type CoverageFacts } from '../../../analyze/facts/coverage.ts';
import type { Gap } from '../../../src/bundle/format.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';

function coverage(given: EvidenceGiven): CoverageFacts {
  const store = storeFrom(given);
  try {
    return coverageFacts(store);
  } finally {
    store.close();
  }
}

function notServed(resource: string): Gap {
  return {
    key: `list:${resource}`,
    evidence: 'list',
    subject: { resource },
    reason: 'not-served',
    detail: 'no such kind',
    at: '2026-05-01T14:30:00Z',
  };
}

describe('coverage', () => {
  it('knows an empty list', () => {
    expect(coverage({}).of('pods')).toEqual({ known: true, partial: false });
  });

  it('does not know a forbidden one, and names the gap and why', () => {
    expect(coverage({ lists: { pods: 'forbidden' } }).of('pods')).toEqual({
      known: false,
      partial: false,
      gap: 'list:pods',
      why: 'pods is forbidden',
    });
  });

  it('does not know the rest of a list that was cut', () => {
    expect(coverage({ lists: { pods: 'partial' } }).of('pods', 'shop')).toMatchObject({
      known: false,
      partial: true,
      gap: 'list:pods',
    });
  });

  it('does not know what nobody asked for', () => {
    expect(coverage({ lists: { pods: 'absent' } }).of('pods')).toMatchObject({
      known: false,
      gap: 'not-captured:pods',
    });
  });

  it('knows that there is none of a kind that is not served', () => {
    const facts = coverage({
      lists: { 'gateway.networking.k8s.io/httproutes': 'absent' },
      gaps: [notServed('gateway.networking.k8s.io/httproutes')],
    });
    expect(facts.of('gateway.networking.k8s.io/httproutes').known).toBe(true);
  });

  it('knows single namespaces where the cluster may not be listed', () => {
    const facts = coverage({
      lists: { pods: [{ outcome: 'failed' }, { outcome: 'complete', namespace: 'shop' }] },
    });
    expect(facts.of('pods', 'shop').known).toBe(true);
    expect(facts.of('pods', 'bank')).toMatchObject({ known: false, gap: 'list:pods' });
    expect(facts.of('pods').known).toBe(false);
    expect(facts.anything('pods')).toBe(true);
  });

  it('takes a list narrowed by a selector for a part', () => {
    const store = storeFrom({});
    store.run("UPDATE lists SET selector = 'app=x' WHERE resource = 'pods'");
    const answer = coverageFacts(store).of('pods');
    store.close();
    expect(answer).toMatchObject({ known: false, partial: true, why: 'only what matches app=x was listed' });
  });

  it('takes either of the two names under which events are served', () => {
    const either = coverage({
      objects: [
        { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e', namespace: 'shop' } },
      ],
      lists: { events: 'forbidden' },
    });
    expect(either.of('events').known).toBe(true);
    expect(coverage({ lists: { events: 'forbidden' } }).of('events').known).toBe(false);
  });

  it('says whether anything came at all', () => {
    expect(coverage({ lists: { pods: 'forbidden' } }).anything('pods')).toBe(false);
    expect(coverage({ lists: { pods: 'partial' } }).anything('pods')).toBe(true);
  });
});
