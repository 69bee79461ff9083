import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../src/core/time.ts';
import { storeFrom } from '../../support/evidence.ts';

const micros = (text: string): number => parseTime(text) ?? Number.NaN;

const meta = (name: string, more: object = {}): object => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  ...more,
});

describe('events', () => {
  const old = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: meta('e1'),
    type: 'Warning',
    reason: 'Unhealthy',
    message: 'Readiness probe failed',
    count: 5,
    firstTimestamp: '2026-05-01T14:00:00Z',
    lastTimestamp: '2026-05-01T14:10:00Z',
    source: { component: 'kubelet', host: 'n1' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'p', uid: 'u' },
  };

  it('keeps the same Event of both groups once', () => {
    const same = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: meta('e1'),
      type: 'Warning',
      reason: 'Unhealthy',
      note: 'Readiness probe failed',
      deprecatedCount: 5,
      regarding: { kind: 'Pod', name: 'p' },
    };
    const store = storeFrom({ objects: [old, same] });
    expect(store.all('SELECT count, source, host, involved_name FROM events')).toEqual([
      { count: 5, source: 'kubelet', host: 'n1', involved_name: 'p' },
    ]);
    expect(store.all("SELECT rowid FROM events_fts WHERE events_fts MATCH 'readiness'")).toHaveLength(1);
    store.close();
  });

  it('reads series, deprecated fields and a single eventTime', () => {
    const store = storeFrom({
      objects: [
        {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: meta('s'),
          eventTime: '2026-05-01T14:00:00.000001Z',
          note: 'n',
          series: { count: 9, lastObservedTime: '2026-05-01T14:05:00.5Z' },
          reportingController: 'kubelet',
          reportingInstance: 'n2',
        },
        {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: meta('d'),
          eventTime: null,
          deprecatedCount: 3,
          deprecatedFirstTimestamp: '2026-05-01T13:00:00Z',
          deprecatedLastTimestamp: '2026-05-01T13:30:00Z',
        },
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: meta('o'),
          eventTime: '2026-05-01T12:00:00Z',
          firstTimestamp: null,
          lastTimestamp: null,
        },
      ],
    });
    expect(store.all('SELECT count, first_at, last_at FROM events ORDER BY count DESC')).toEqual([
      {
        count: 9,
        first_at: micros('2026-05-01T14:00:00.000001Z'),
        last_at: micros('2026-05-01T14:05:00.5Z'),
      },
      { count: 3, first_at: micros('2026-05-01T13:00:00Z'), last_at: micros('2026-05-01T13:30:00Z') },
      { count: 1, first_at: micros('2026-05-01T12:00:00Z'), last_at: micros('2026-05-01T12:00:00Z') },
    ]);
    store.close();
  });
});
