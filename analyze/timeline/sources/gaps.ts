/** Evidence that was asked for and did not come: what the timeline therefore cannot show. */
import { defineQuery } from '../../store/query.ts';
import { captureTimes, sourceRow } from '../rows.ts';
import { SEVERITY, type TimelineSource } from '../source.ts';

interface GapRow {
  readonly key: string;
  readonly evidence: string;
  readonly resource: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly container: string | null;
  readonly node: string | null;
  readonly probe: string | null;
  readonly reason: string;
  readonly status: number | null;
  readonly detail: string;
  readonly at: number | null;
  readonly partial: number;
}

const gapRows = defineQuery<GapRow>('timeline-gaps', [
  'key',
  'evidence',
  'resource',
  'namespace',
  'pod',
  'container',
  'node',
  'probe',
  'reason',
  'status',
  'detail',
  'at',
  'partial',
]);

const source: TimelineSource = {
  id: 'gaps',
  title: 'evidence that did not come',
  explain: 'At the time it was asked for. What it would have told is missing from the whole line of time.',
  rank: 95,
  *rows(store) {
    const { started, skew } = captureTimes(store);
    let seq = 0;
    for (const gap of store.iterate<GapRow>(gapRows)) {
      const at = gap.at === null ? started : gap.at + skew;
      if (at === undefined) continue;
      yield sourceRow({
        at,
        severity: SEVERITY.unknown,
        basis: 'unknown',
        ...subject(gap),
        reason: gap.reason,
        text: `${gap.partial ? 'only a part of' : 'no'} ${what(gap)}: ${gap.reason}${gap.detail === '' ? '' : ` (${gap.detail})`}`,
        seq: (seq += 1),
      });
    }
  },
};
export default source;

function subject(gap: GapRow): { kind?: string; namespace?: string | null; name?: string } {
  if (gap.pod !== null) return { kind: 'Pod', namespace: gap.namespace, name: gap.pod };
  if (gap.node !== null) return { kind: 'Node', name: gap.node };
  return { namespace: gap.namespace };
}

function what(gap: GapRow): string {
  const within = gap.namespace === null ? '' : ` in ${gap.namespace}`;
  if (gap.evidence === 'list' || gap.evidence === 'watch') {
    return `${gap.evidence} of ${gap.resource ?? 'objects'}${within}`;
  }
  if (gap.evidence === 'log')
    return `log of ${[gap.pod, gap.container].filter((part) => part !== null).join('/')}${within}`;
  if (gap.evidence === 'probe') return `answer of probe ${gap.probe ?? ''}`.trim();
  return `${gap.evidence}${gap.node === null ? '' : ` of node ${gap.node}`}${within}`;
}
