/** What the capture's own probes met. */
import { defineQuery } from '../../store/query.ts';
import { captureTimes, sourceRow } from '../rows.ts';
import { SEVERITY, type Severity, type TimelineSource } from '../source.ts';

interface ProbeRow {
  readonly id: number;
  readonly probe: string;
  readonly at: number | null;
  readonly vantage: string;
  readonly target: string;
  readonly outcome: string;
  readonly ms: number | null;
  readonly file_id: number | null;
  readonly line: number | null;
}

const probeRows = defineQuery<ProbeRow>('timeline-probes', [
  'id',
  'probe',
  'at',
  'vantage',
  'target',
  'outcome',
  'ms',
  'file_id',
  'line',
]);

/** Outcomes that say nothing bad about the target. */
const HARMLESS: Readonly<Record<string, Severity>> = {
  ok: SEVERITY.normal,
  'not-probed': SEVERITY.trace,
  error: SEVERITY.normal,
};

const KINDS: Readonly<Record<string, string>> = { pod: 'Pod', service: 'Service', ingress: 'Ingress' };
const TARGET = /^([a-z]+)\/([^/]+)\/([^/:#@]+)/;
const NODE = /^node\/([^/:#@]+)/;

const source: TimelineSource = {
  id: 'probes',
  title: 'probes',
  explain:
    'What the capture itself asked and was answered, each from the vantage point it names; it says nothing about any other time.',
  rank: 90,
  *rows(store) {
    const { started, skew } = captureTimes(store);
    for (const row of store.iterate<ProbeRow>(probeRows)) {
      const at = row.at === null ? started : row.at + skew;
      if (at === undefined) continue;
      const took = row.ms === null ? '' : ` after ${Math.round(row.ms)} ms`;
      yield sourceRow({
        at,
        severity: HARMLESS[row.outcome] ?? SEVERITY.warning,
        basis: row.outcome === 'not-probed' ? 'unknown' : row.at === null ? 'inferred' : 'observed',
        ...targetObject(row.target),
        reason: row.probe,
        text: `${row.outcome}${took}: ${row.target} from ${row.vantage}`,
        file_id: row.file_id,
        line: row.line,
        seq: row.id,
      });
    }
  },
};
export default source;

/** The object a probe's target names (`pod/shop/web-1:8080`), where it names one. */
function targetObject(target: string): { kind?: string; namespace?: string; name?: string } {
  const node = NODE.exec(target)?.[1];
  if (node !== undefined) return { kind: 'Node', name: node };
  const [, kind = '', namespace, name] = TARGET.exec(target) ?? [];
  const known = KINDS[kind];
  return known === undefined || namespace === undefined || name === undefined
    ? {}
    : { kind: known, namespace, name };
}
