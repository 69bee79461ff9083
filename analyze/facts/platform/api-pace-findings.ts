/** Findings on how the API server answered: requests turned away, lists that take seconds. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { ApiPace, Rejected } from './api-pace.ts';
import { kubectl } from '../commands.ts';
import { sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';

export function paceFindings(facts: Facts, api: ObjectRef): CheckFinding[] {
  const pace = facts.apiPace;
  return [...throttling(facts, api, pace), ...slowness(facts, api, pace)];
}

/** One or two are turned away in any burst. */
const MANY = 3;

/** Levels by which nodes, leaders and controllers ask: what is turned away there stands still. */
const VITAL = new Set(['system', 'node-high', 'leader-election', 'workload-high']);

function throttling(facts: Facts, api: ObjectRef, { throttled, rejected }: ApiPace): CheckFinding[] {
  const total = rejected.reduce((sum, { count }) => sum + count, 0);
  if (Math.max(throttled, total) < MANY) return [];
  const vital = rejected.filter(({ priorityLevel }) => VITAL.has(priorityLevel));
  // What the capture was refused itself is counted as well.
  const others = total - throttled;
  const alone = others < MANY && vital.length === 0;
  const most = rejected.toSorted((a, b) => b.count - a.count);
  return [
    {
      ...(alone ? { role: 'advice' as const } : {}),
      severity: alone ? 'advice' : vital.length > 0 ? 'critical' : 'warning',
      confidence: alone ? 'possible' : 'certain',
      object: api,
      part: 'throttled',
      summary: alone
        ? `The API server turned ${plural(throttled, 'request')} of the capture away (429): some of what it was to bring may be missing`
        : `The API server turned ${plural(total, 'request')} away while it was captured (429)${most[0] === undefined ? '' : `, most of priority level ${most[0].priorityLevel}`}`,
      detail: alone
        ? 'Nothing tells that others were turned away.'
        : `Flow control refuses what would exceed the share of a priority level: ${most.slice(0, 5).map(wordsOf).join(', ')}.`,
      evidence: evidenceOf(throttled, most),
      since: sinceBetween(undefined, facts.clock.endedAt, 'seen while the capture ran'),
      involves: [],
      remedy: {
        summary: 'Find who asks so much, and what keeps the API server busy.',
        confirm: [
          kubectl(undefined, 'get', '--raw', '/debug/api_priority_and_fairness/dump_priority_levels'),
          kubectl(undefined, 'get', 'flowschemas'),
        ],
        mend: [],
      },
    },
  ];
}

function wordsOf({ flowSchema, priorityLevel, reason, count }: Rejected): string {
  return `${count} of flow schema ${flowSchema} in ${priorityLevel} (${reason})`;
}

function evidenceOf(throttled: number, rejected: readonly Rejected[]): Evidence[] {
  return [
    ...(throttled === 0
      ? []
      : [
          {
            kind: 'probe' as const,
            path: 'latencies.throttled',
            value: throttled,
            text: 'answers of 429 to the capture itself',
            file: 'manifest.json',
          },
        ]),
    ...rejected.slice(0, 3).map((one) => ({
      kind: 'metric' as const,
      path: 'apiserver_flowcontrol_rejected_requests_total',
      value: one.count,
      text: wordsOf(one),
      file: 'apiserver/metrics.last.prom',
    })),
  ];
}

/** Milliseconds to the first header of half of all lists: far beyond what any healthy server takes for a page of 500. */
const SLOW = 2000;
/** A list is asked the same way as a discovery document: where that is as slow, it is the way. */
const RATIO = 10;

function slowness(facts: Facts, api: ObjectRef, { lists, way }: ApiPace): CheckFinding[] {
  if (lists === undefined || way === undefined || lists.count < 5) return [];
  if (lists.p50 < SLOW || lists.p50 < way * RATIO) return [];
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return [
    {
      severity: 'warning',
      confidence: 'likely',
      object: api,
      part: 'slow',
      summary: `The API server takes ${seconds(lists.p50)} or more for half of all lists and ${seconds(lists.p95)} or more for one in twenty, while the way to it takes ${way} ms`,
      detail:
        'What it answers from memory comes at once, so it is not the link: its database, its admission or its load is slow, and controllers lag by that.',
      evidence: [
        { kind: 'probe', path: 'latencies.kinds.list', value: lists, file: 'manifest.json' },
        {
          kind: 'probe',
          path: 'latencies.kinds.discovery',
          value: { p50: way },
          text: 'discovery and health, from sending to the first header',
          file: 'manifest.json',
        },
      ],
      since: sinceBetween(undefined, facts.clock.endedAt, 'seen while the capture ran'),
      involves: [],
      remedy: {
        summary: 'See the latency of etcd, the load of the API server, and who lists how much.',
        confirm: [kubectl(undefined, 'get', '--raw', '/readyz?verbose')],
        mend: [],
      },
    },
  ];
}
