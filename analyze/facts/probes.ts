/** What the capture's probes saw, by kind and by place; and why nothing of a kind is there. */
import { PROBES, type ProbeId } from '../../src/bundle/probes.ts';
import { fields, type Fields } from '../ingest/read.ts';
import type { Evidence } from '../model/finding.ts';
import { formatTime, type Micros } from '../../src/core/time.ts';
import { defineQuery } from '../store/query.ts';
import type { Store } from '../store/store.ts';
import { notCaptured, type CoverageFacts } from './coverage.ts';
import type { PodFact } from './pods.ts';
import { groupBy, once, parseText } from './read.ts';

export interface ProbeRow {
  readonly id: number;
  readonly probe: string;
  readonly at: number | null;
  readonly vantage: string;
  readonly target: string;
  readonly outcome: string;
  readonly ms: number | null;
  readonly detail: string | null;
  readonly file: string | null;
  readonly line: number | null;
}
export const PROBE_RESULTS = defineQuery<ProbeRow>('facts-probes', [
  'id',
  'probe',
  'at',
  'vantage',
  'target',
  'outcome',
  'ms',
  'detail',
  'file',
  'line',
]);

/** One result. `from` and `to` as src/bundle/probes.ts names places; `detail` may miss any field. */
export interface ProbeFact {
  readonly probe: string;
  readonly at: Micros | undefined;
  readonly from: string;
  readonly to: string;
  readonly outcome: string;
  readonly ms: number | undefined;
  readonly detail: Fields;
  readonly file: string | undefined;
  readonly line: number | undefined;
}

/** Why nothing of a kind of probe is there: the gap's key, and its words. */
export interface ProbeGap {
  readonly key: string;
  readonly why: string;
}

export interface ProbeFacts {
  of(probe: ProbeId): readonly ProbeFact[];
  /** Results about one place, `pod/shop/pay-a:8080`; without a port those about every port of it. */
  to(probe: ProbeId, place: string): readonly ProbeFact[];
  /** Results seen from one place. */
  from(probe: ProbeId, place: string): readonly ProbeFact[];
  /** Set when no result of this kind is in the bundle. */
  gap(probe: ProbeId): ProbeGap | undefined;
}

export function probeFacts(store: Store, coverage: CoverageFacts): ProbeFacts {
  const all = once(() => groupBy(store.all(PROBE_RESULTS).map(factOf), ({ probe }) => probe));
  const of = (probe: ProbeId): readonly ProbeFact[] => all().get(probe) ?? [];
  const byPlace = new Map<string, Map<string, ProbeFact[]>>();
  const index = (probe: ProbeId, side: 'from' | 'to'): Map<string, ProbeFact[]> => {
    const key = `${side} ${probe}`;
    let made = byPlace.get(key);
    if (made === undefined) {
      made = groupBy(of(probe), (one) => one[side]);
      if (side === 'to') {
        for (const [place, list] of groupBy(of(probe), ({ to }) => to.replace(/:\d+$/, ''))) {
          if (!made.has(place)) made.set(place, list);
        }
      }
      byPlace.set(key, made);
    }
    return made;
  };
  return {
    of,
    to: (probe, place) => index(probe, 'to').get(place) ?? [],
    from: (probe, place) => index(probe, 'from').get(place) ?? [],
    gap(probe) {
      if (of(probe).length > 0) return undefined;
      const gap = coverage.gaps.find((one) => one.evidence === 'probe' && one.probe === probe);
      return gap === undefined
        ? { key: notCaptured(`probe:${probe}`), why: `the probe ${probe} was not run` }
        : { key: gap.key, why: gap.detail };
    },
  };
}

/** The place of a pod's port, or of the pod, as probes name it. */
export function podPlace(pod: PodFact, port?: number): string {
  return `pod/${pod.namespace}/${pod.name}${port === undefined ? '' : `:${port}`}`;
}

/** The port at the end of a place. */
export function portOf(place: string): number | undefined {
  const digits = /:(\d+)$/.exec(place)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A probe's result as a pointer; `text` is what it says in words. */
export function probeEvidence(probe: ProbeFact, text?: string): Evidence {
  const said = probe.detail['text'];
  return {
    kind: 'probe',
    ...(probe.at === undefined ? {} : { at: formatTime(probe.at) }),
    text:
      text ??
      `${probe.probe} from ${probe.from} to ${probe.to}: ${probe.outcome}${probe.ms === undefined ? '' : ` after ${Math.round(probe.ms)} ms`}${typeof said === 'string' ? ` (${said.slice(0, 200)})` : ''}`,
    ...(probe.file === undefined ? {} : { file: probe.file }),
    ...(probe.line === undefined ? {} : { line: probe.line }),
  };
}

/** Whether a need names a probe that this version knows. */
export function isProbe(id: string): id is ProbeId {
  return (PROBES as readonly string[]).includes(id);
}

function factOf(row: ProbeRow): ProbeFact {
  return {
    probe: row.probe,
    at: row.at ?? undefined,
    from: row.vantage,
    to: row.target,
    outcome: row.outcome,
    ms: row.ms ?? undefined,
    detail: fields(parseText(row.detail)),
    file: row.file ?? undefined,
    line: row.line ?? undefined,
  };
}
