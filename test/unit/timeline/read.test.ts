/** Windows, filters and formats of the timeline. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTimeline } from '../../../analyze/timeline/build.ts';
import { objectFamily } from '../../../analyze/timeline/family.ts';
import { asCsv, asJson, asText, viewOf } from '../../../analyze/timeline/print.ts';
import {
  countTimeline,
  readTimeline,
  timelineIds,
  type TimelineFilter,
} from '../../../analyze/timeline/read.ts';
import { timelineSchema } from '../../../analyze/model/timeline.ts';
import type { StoreWriter } from '../../../analyze/store/writer.ts';
import { parseTime } from '../../../src/core/time.ts';
import { storeFrom } from '../../support/evidence.ts';
import { event, pod, replicaSet, service } from './objects.ts';

let store: StoreWriter;
const at = (clock: string): number => parseTime(`2026-05-01T${clock}Z`) ?? 0;
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    namespace: 'shop',
    name: 'payment',
    uid: 'uid-payment',
    creationTimestamp: '2026-05-01T13:00:00Z',
  },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'v1' } },
    template: { metadata: { labels: { app: 'v1' } } },
  },
};
const HOSTILE = '\u001b[2J=cmd|calc\u202e evil';

beforeAll(() => {
  store = storeFrom({
    objects: [
      deployment,
      replicaSet('payment-1', 1, '2026-05-01T13:00:00Z', { app: 'v1' }),
      pod({ name: 'payment-1-a', at: '2026-05-01T13:00:01Z', owner: 'payment-1', labels: { app: 'v1' } }),
      pod({ name: 'other', at: '2026-05-01T14:10:00Z' }),
      service({ app: 'v1' }),
      event({
        about: ['Pod', 'payment-1-a'],
        reason: 'Unhealthy',
        at: '2026-05-01T14:20:00Z',
        type: 'Warning',
        message: HOSTILE,
      }),
      event({ about: ['Pod', 'payment-1-b'], reason: 'Killing', at: '2026-05-01T14:22:00Z' }),
      event({ about: ['Pod', 'payment-1-x-c'], reason: 'Killing', at: '2026-05-01T14:22:00Z' }),
      event({ about: ['Pod', 'gone'], reason: 'Killing', at: '2026-05-01T14:21:00Z' }),
    ],
  });
  buildTimeline(store);
});
afterAll(() => store.close());

const names = (filter: TimelineFilter): string[] => [
  ...new Set(
    [...readTimeline(store, filter)]
      .filter((entry) => entry.severity !== 'unknown')
      .map((entry) => entry.object?.name ?? '-'),
  ),
];

describe('filters', () => {
  it('by window keeps uncovered time that reaches into it', () => {
    const entries = [...readTimeline(store, { from: at('14:15:00'), to: at('14:20:30') })];
    expect(entries.filter((entry) => entry.basis !== 'unknown').map((entry) => entry.reason)).toEqual([
      'Unhealthy',
    ]);
    expect(entries.some((entry) => entry.basis === 'unknown' && entry.at < '2026-05-01T14:15')).toBe(true);
  });

  it('by severity, source and namespace', () => {
    expect(names({ severity: 'warning' })).toEqual(['payment-1-a']);
    expect(names({ sources: ['replicasets'] })).toEqual(['payment-1']);
    expect(names({ namespace: 'elsewhere' })).toEqual([]);
    expect(countTimeline(store, { sources: ['replicasets'] })).toBe(1);
    expect(timelineIds(store, {})).toEqual([...readTimeline(store, {})].map((entry) => entry.id));
  });

  it('by an object takes what it owns, whatever the words for its kind', () => {
    for (const wanted of ['deploy/shop/payment', 'Deployment/payment', 'deployments/shop/payment']) {
      expect(
        objectFamily(store, wanted)
          .map((object) => object.name)
          .toSorted(),
      ).toEqual(['payment', 'payment-1', 'payment-1-a', 'payment-1-b']);
    }
    expect(names({ objects: objectFamily(store, 'deploy/shop/payment') }).toSorted()).toEqual([
      'payment',
      'payment-1',
      'payment-1-a',
      'payment-1-b',
    ]);
    expect(objectFamily(store, 'rs/shop/payment-0').map((object) => object.name)).toEqual([]);
    expect(objectFamily(store, 'pod/shop/gone')).toEqual([{ kind: 'Pod', namespace: 'shop', name: 'gone' }]);
    expect(objectFamily(store, 'pod/shop/nobody')).toEqual([]);
    expect(objectFamily(store, 'svc/elsewhere/payment')).toEqual([]);
  });
});

describe('formats', () => {
  const view = () => viewOf(store, { severity: 'normal' });

  it('text marks inferred and unknown time, and obeys no control character', () => {
    const lines = [
      ...asText(store, view(), 'Cluster x', { zone: 'utc', reference: at('14:30:20'), width: 80 }),
    ];
    const text = lines.join('\n');
    expect(text).toContain('~ inferred');
    expect(text).toMatch(/^14:20:00 +\S* *! {2}event/m);
    expect(text).toMatch(/\? uncovered/);
    expect(text).not.toMatch(/[\u001b\u202e]/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('text does not wrap where nobody looks', () => {
    const lines = [...asText(store, view(), 'Cluster x', { zone: 'relative', reference: at('14:30:20') })];
    expect(lines.filter((line) => line.includes('Unhealthy'))).toHaveLength(1);
    expect(lines.find((line) => line.includes('Unhealthy'))).toMatch(/^-10m20s/);
  });

  it('json is of the documented shape and has the text as it was', () => {
    const parsed = timelineSchema.parse(JSON.parse([...asJson(store, view(), at('14:30:20'))].join('')));
    expect(parsed.entries).toHaveLength(view().shown);
    expect(parsed.entries.some((entry) => entry.text === HOSTILE)).toBe(true);
    expect(parsed.total).toBe(view().shown + view().hidden);
  });

  it('csv has a record for each entry and runs no formula', () => {
    const records = [...asCsv(store, view())];
    expect(records).toHaveLength(view().shown + 1);
    expect(records[0]).toMatch(/^id,at,until,source/);
    expect(records.join('')).not.toMatch(/(^|,)[=@]/m);
  });

  it('draws in where the root cause began, within the width', () => {
    const mark = {
      at: '2026-05-01T14:05:00Z',
      finding: `service/selector-mismatch:Service/shop/${'x'.repeat(60)}`,
      text: '',
      basis: 'inferred',
    };
    const lines = [
      ...asText(store, { ...view(), marks: [mark] }, 'x', {
        zone: 'utc',
        reference: at('14:30:20'),
        width: 80,
      }),
    ];
    const where = lines.findIndex((line) => line.startsWith('14:05:00 ======= since here (inferred)'));
    expect(lines.slice(0, where).some((line) => line.startsWith('13:00:01'))).toBe(true);
    expect(lines.slice(where).some((line) => line.startsWith('14:10:00'))).toBe(true);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('folds repeats of the same, and keeps what differs', () => {
    const text = '2026-05-01T14:00:01Z ERROR no route\n'.repeat(3) + '2026-05-01T14:00:09Z ERROR other\n';
    const loud = storeFrom({
      objects: [pod({ name: 'a' })],
      logs: [{ namespace: 'shop', pod: 'a', container: 'app', text }],
    });
    buildTimeline(loud);
    const lines = [...asText(loud, viewOf(loud, { sources: ['logs'] }), 'x', { zone: 'utc', reference: 0 })];
    loud.close();
    expect(lines.filter((line) => line.includes('no route'))).toEqual([
      expect.stringContaining('(3 times in 0ms)'),
    ]);
    expect(lines.filter((line) => line.includes('ERROR other'))).toHaveLength(1);
  });
});
