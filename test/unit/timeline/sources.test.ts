/** Each source: when it speaks, when it is silent, and what it calls inferred or unknown. */
import { afterEach, describe, expect, it } from 'vitest';
import { buildTimeline } from '../../../analyze/timeline/build.ts';
import { readTimeline } from '../../../analyze/timeline/read.ts';
import type { TimelineEntry } from '../../../analyze/model/timeline.ts';
import { timelineEntrySchema } from '../../../analyze/model/timeline.ts';
import { timelineSources } from '../../../analyze/timeline/sources/registry.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import { event, pod, replicaSet, service } from './objects.ts';

const open: Array<{ close(): void }> = [];
afterEach(() => {
  for (const store of open.splice(0)) store.close();
});

function timelineOf(given: EvidenceGiven, source?: string): TimelineEntry[] {
  const store = storeFrom(given);
  open.push(store);
  buildTimeline(store);
  return [...readTimeline(store, source === undefined ? {} : { sources: [source] })];
}

const short = (entries: readonly TimelineEntry[]): string[] =>
  entries.map(
    (entry) =>
      `${entry.at.slice(11, 19)} ${entry.severity} ${entry.basis} ${entry.reason ?? '-'} ${entry.text}`,
  );

describe('events', () => {
  it('gives a single Event once, and a counted one its first and its last time', () => {
    const entries = timelineOf(
      {
        objects: [
          event({ about: ['Pod', 'a'], reason: 'Pulled', at: '2026-05-01T14:00:00Z' }),
          event({
            about: ['Pod', 'a'],
            reason: 'BackOff',
            at: '2026-05-01T14:01:00Z',
            last: '2026-05-01T14:09:00Z',
            count: 12,
            type: 'Warning',
          }),
        ],
      },
      'events',
    );
    expect(short(entries)).toEqual([
      '14:00:00 normal observed Pulled Pulled',
      '14:01:00 warning observed BackOff BackOff (first of 12)',
      '14:09:00 warning observed BackOff BackOff (last of 12)',
    ]);
    expect(entries[1]?.until).toBe('2026-05-01T14:09:00Z');
    expect(entries[1]?.object).toEqual({ kind: 'Pod', namespace: 'shop', name: 'a' });
    expect(entries[1]?.file).toMatch(/^resources\/core\/v1\/events\/.+\.ndjson$/);
    expect(entries[1]?.line).toBe(2);
  });

  it('says nothing without Events', () => {
    expect(timelineOf({ objects: [pod({ name: 'a' })] }, 'events')).toEqual([]);
  });
});

describe('containers', () => {
  it('tells the present run, the end of the one before, and a wait whose beginning is inferred', () => {
    const entries = timelineOf(
      {
        objects: [
          pod({
            name: 'a',
            containers: [
              {
                name: 'app',
                ready: false,
                restartCount: 3,
                image: 'x',
                state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
                lastState: {
                  terminated: {
                    exitCode: 137,
                    reason: 'OOMKilled',
                    startedAt: '2026-05-01T14:10:00Z',
                    finishedAt: '2026-05-01T14:10:05Z',
                  },
                },
              },
            ],
          }),
        ],
      },
      'containers',
    );
    expect(short(entries)).toEqual([
      '14:10:00 normal observed - container app started (the run before the present one)',
      '14:10:05 error observed OOMKilled container app ended with exit code 137 after 5s; 3 restarts in all, the times of earlier ones are not kept',
      '14:10:05 error inferred CrashLoopBackOff container app waits at the time of capture, since this time or later: back-off 40s',
    ]);
  });
});

describe('pods', () => {
  it('works out when the deletion was asked for, and calls it inferred', () => {
    const entries = timelineOf(
      {
        objects: [
          pod({
            name: 'a',
            metadata: { deletionTimestamp: '2026-05-01T14:20:30Z', deletionGracePeriodSeconds: 30 },
          }),
        ],
      },
      'pods',
    );
    const asked = entries.find((entry) => entry.text.startsWith('deletion requested'));
    expect(asked).toMatchObject({ at: '2026-05-01T14:20:00Z', basis: 'inferred' });
    expect(
      timelineOf({ objects: [pod({ name: 'b' })] }, 'pods').some((entry) => entry.text.includes('deletion')),
    ).toBe(false);
  });
});

describe('replicasets', () => {
  it('names what a rollout changed', () => {
    const entries = timelineOf(
      {
        objects: [
          replicaSet('payment-1', 1, '2026-05-01T13:00:00Z', { app: 'v1' }),
          replicaSet('payment-2', 2, '2026-05-01T14:00:00Z', { app: 'v2' }, 2),
        ],
      },
      'replicasets',
    );
    expect(short(entries)).toEqual([
      '13:00:00 normal observed - Deployment payment: revision 1 begins',
      '14:00:00 normal observed Rollout Deployment payment: revision 2 begins: label app: v1 → v2, image app: app:1 → app:2',
    ]);
  });

  it('does not claim that a template that came back began when it was first created', () => {
    const entries = timelineOf(
      {
        objects: [
          replicaSet('payment-1', 3, '2026-05-01T13:00:00Z', { app: 'v1' }),
          replicaSet('payment-2', 2, '2026-05-01T14:00:00Z', { app: 'v2' }),
        ],
      },
      'replicasets',
    );
    expect(short(entries)[0]).toContain('created (now revision 3; its number then is not kept)');
    expect(entries.some((entry) => entry.text.includes('revision 3 begins'))).toBe(false);
  });
});

describe('replicasets that were used before', () => {
  it('are known by their history even when their creation is in order', () => {
    const again = (object: ReturnType<typeof replicaSet>) => {
      const metadata = object['metadata'] as Record<string, unknown>;
      const annotations = {
        ...(metadata['annotations'] as object),
        'deployment.kubernetes.io/revision-history': '1',
      };
      return { ...object, metadata: { ...metadata, annotations } };
    };
    const objects = [
      again(replicaSet('payment-1', 3, '2026-05-01T13:00:00Z', { app: 'v1' })),
      replicaSet('payment-2', 4, '2026-05-01T14:00:00Z', { app: 'v2' }),
    ];
    const texts = timelineOf({ objects }, 'replicasets').map((entry) => entry.text);
    expect(texts[0]).toBe('Deployment payment: created (now revision 3; before that 1)');
    expect(texts[1]).toContain('revision 4 begins');
  });
});

describe('managed-fields', () => {
  const write = (time: string, manager = 'kubectl-edit') => ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:selector': {} } },
  });

  it('is an upper bound, inferred, with the fields that manager owns', () => {
    const entries = timelineOf(
      { objects: [service({ app: 'a' }, { managedFields: [write('2026-05-01T14:17:00Z')] })] },
      'managed-fields',
    );
    expect(short(entries)).toEqual([
      '14:17:00 normal inferred kubectl-edit last written by kubectl-edit: some field of spec.selector',
    ]);
  });

  it('says nothing of a write that is the creation itself', () => {
    expect(
      timelineOf(
        { objects: [service({ app: 'a' }, { managedFields: [write('2026-05-01T13:00:00Z')] })] },
        'managed-fields',
      ),
    ).toEqual([]);
  });
});

describe('conditions, logs, probes and changes', () => {
  it('calls a pod that stopped being ready a warning', () => {
    const entries = timelineOf(
      { objects: [pod({ name: 'a', ready: 'False', readySince: '2026-05-01T14:12:00Z' })] },
      'conditions',
    );
    expect(short(entries)).toEqual(['14:12:00 warning observed - became Ready=False']);
  });

  it('takes log lines at warning or worse only', () => {
    const text =
      '2026-05-01T14:12:00.5Z level=info msg=fine\n2026-05-01T14:12:01.25Z level=error msg="cannot connect"\n';
    const entries = timelineOf(
      { objects: [pod({ name: 'a' })], logs: [{ namespace: 'shop', pod: 'a', container: 'app', text }] },
      'logs',
    );
    expect(short(entries)).toEqual(['14:12:01 error observed app level=error msg="cannot connect"']);
    expect(entries[0]).toMatchObject({
      at: '2026-05-01T14:12:01.250000Z',
      line: 2,
      file: 'logs/shop/a/app.log',
    });
  });

  it('places probes at their time, with what they met', () => {
    const entries = timelineOf(
      {
        probes: {
          http: [
            {
              at: '2026-05-01T14:30:05Z',
              from: 'apiserver',
              to: 'pod/shop/a:8080',
              outcome: 'refused',
              ms: 3,
            },
          ],
        },
      },
      'probes',
    );
    expect(short(entries)).toEqual([
      '14:30:05 warning observed http refused after 3 ms: pod/shop/a:8080 from apiserver',
    ]);
    expect(entries[0]?.object).toEqual({ kind: 'Pod', namespace: 'shop', name: 'a' });
  });

  it('names what a recorded change changed', () => {
    const entries = timelineOf(
      {
        objects: [service({ app: 'v1' }, { resourceVersion: '10' })],
        changes: [
          {
            at: '2026-05-01T14:30:10Z',
            type: 'MODIFIED',
            object: service({ app: 'v2' }, { resourceVersion: '11' }),
          },
        ],
      },
      'changes',
    );
    expect(short(entries)).toEqual(['14:30:10 normal observed MODIFIED changed spec.selector.app: v1 → v2']);
  });
});

describe('changes of lists and conditions', () => {
  it('names conditions by their type, and leaves out what changes along', () => {
    const versioned = (object: ReturnType<typeof pod>, resourceVersion: string) => ({
      ...object,
      metadata: { ...(object['metadata'] as object), resourceVersion },
    });
    const entries = timelineOf(
      {
        objects: [versioned(pod({ name: 'a' }), '10')],
        changes: [
          {
            at: '2026-05-01T14:30:10Z',
            type: 'MODIFIED',
            object: versioned(
              pod({ name: 'a', ready: 'False', readySince: '2026-05-01T14:30:10Z', containers: [] }),
              '11',
            ),
          },
          {
            at: '2026-05-01T14:30:11Z',
            type: 'MODIFIED',
            object: versioned(
              pod({ name: 'a', ready: 'False', readySince: '2026-05-01T14:30:11Z', containers: [] }),
              '12',
            ),
          },
        ],
      },
      'changes',
    );
    expect(entries[0]?.text).toContain('status.conditions[Ready].status: True → False');
    expect(entries[0]?.text).not.toContain('lastTransitionTime');
    expect(entries[1]).toMatchObject({ text: 'written without a change of note', severity: 'trace' });
  });
});

describe('what is not known', () => {
  it('shows the time before the oldest Event as uncovered', () => {
    const [first] = timelineOf(
      {
        objects: [
          pod({ name: 'a', at: '2026-05-01T10:00:00Z' }),
          event({ about: ['Pod', 'a'], reason: 'Pulled', at: '2026-05-01T14:00:00Z' }),
        ],
      },
      'coverage',
    );
    expect(first).toMatchObject({
      at: '2026-05-01T10:00:00Z',
      until: '2026-05-01T14:00:00Z',
      severity: 'unknown',
      basis: 'unknown',
      reason: 'Events',
    });
  });

  it('tells no Events at all from Events that were forbidden', () => {
    const texts = (lists: EvidenceGiven['lists']): string =>
      timelineOf(
        {
          objects: [pod({ name: 'a', at: '2026-05-01T10:00:00Z' })],
          ...(lists === undefined ? {} : { lists }),
        },
        'coverage',
      )
        .map((entry) => entry.text)
        .join('\n');
    expect(texts(undefined)).toContain('no Events are kept');
    expect(texts({ events: 'forbidden' })).toContain('no Events were captured');
  });

  it('shows a gap as an entry without a basis', () => {
    const entries = timelineOf({ lists: { services: 'forbidden' } }, 'gaps');
    expect(entries.map((entry) => [entry.severity, entry.basis, entry.reason])).toContainEqual([
      'unknown',
      'unknown',
      'forbidden',
    ]);
    expect(timelineOf({ objects: [pod({ name: 'a' })] }, 'gaps')).toEqual([]);
  });
});

describe('every source', () => {
  it('is registered under its id, and says what it cannot tell', () => {
    for (const source of timelineSources) {
      expect(source.explain.length).toBeGreaterThan(60);
      const statement = 'query' in source ? source.query.name : `timeline-${source.id}`;
      expect(statement).toBe(`timeline-${source.id}`);
    }
    expect(new Set(timelineSources.map((source) => source.id)).size).toBe(timelineSources.length);
  });

  it('gives entries of the documented shape', () => {
    const entries = timelineOf({
      objects: [
        pod({ name: 'a' }),
        service({ app: 'a' }),
        replicaSet('payment-1', 1, '2026-05-01T13:00:00Z', { app: 'v1' }),
        event({ about: ['Pod', 'a'], reason: 'Pulled', at: '2026-05-01T14:00:00Z' }),
      ],
      lists: { secrets: 'forbidden' },
    });
    expect(entries.length).toBeGreaterThan(8);
    for (const entry of entries) expect(timelineEntrySchema.parse(entry)).toEqual(entry);
  });
});
