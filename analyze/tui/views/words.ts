/** How the pieces of a verdict are worded on every screen. */
import { objectKey } from '../../../src/core/ids.ts';
import { formatDuration, parseTime } from '../../../src/core/time.ts';
import type { Evidence, Finding, Since } from '../../model/finding.ts';
import type { LayerStatus } from '../../model/layer.ts';
import type { Path } from '../../model/verdict.ts';
import { shortText, type Clock } from '../clock.ts';
import type { Block } from '../components/document.ts';
import { severityTone } from '../data/kind-tables.ts';
import type { Tone } from '../theme.ts';

/** `field  Service/shop/payment  spec.selector = {"app":"v1"}`, opening where it lies. */
export function evidenceBlock(evidence: Evidence, clock: Clock, indent = 0): Block {
  const object = evidence.object === undefined ? '' : `${objectKey(evidence.object)}  `;
  const at = evidence.at === undefined ? '' : `${shortText(clock, evidence.at)}  `;
  const value = evidence.value === undefined ? '' : ` = ${JSON.stringify(evidence.value)}`;
  const path = evidence.path === undefined ? '' : `${evidence.path}${value}  `;
  return {
    lead: evidence.kind,
    leadWidth: 8,
    indent,
    text: `${at}${object}${path}${evidence.text ?? ''}`.trim(),
    target: { kind: 'evidence', evidence },
  };
}

/** `since 14:19:03Z (11m before the capture), observed: the ReplicaSet's creation`. */
export function sinceText(since: Since, clock: Clock): string {
  const source = since.source === undefined ? '' : `: ${since.source}`;
  if (since.basis === 'unknown' && since.from === undefined && since.to === undefined) {
    return `not known${source}`;
  }
  return `${sinceWhen(since, clock)}, ${since.basis}${source}`;
}

function sinceWhen(since: Since, clock: Clock): string {
  const { from, to } = since;
  if (from !== undefined && (to === undefined || from === to))
    return `${shortText(clock, from)}${ago(from, clock)}`;
  if (from === undefined) return `${shortText(clock, to)} at the latest${ago(to, clock)}`;
  return `between ${shortText(clock, from)} and ${shortText(clock, to)}${ago(from, clock)}`;
}

function ago(text: string | undefined, clock: Clock): string {
  const at = parseTime(text);
  if (at === undefined || clock.mode === 'relative') return '';
  const delta = clock.reference - at;
  return delta > 0 ? ` (${formatDuration(delta)} before the capture)` : '';
}

/** `critical  Service/shop/payment  matches no pod`, opening the finding. */
export function findingBlock(finding: Finding, indent = 0): Block {
  return {
    lead: finding.severity,
    leadTone: severityTone(finding.severity),
    leadWidth: 10,
    indent,
    text: finding.summary,
    target: { kind: 'finding', key: finding.key },
  };
}

export const STATUS_WORDS: Readonly<Record<LayerStatus, string>> = {
  pass: 'pass',
  fail: 'FAIL',
  unknown: 'unknown',
  none: '-',
};

export function statusTone(status: LayerStatus): Tone {
  if (status === 'fail') return 'bad';
  if (status === 'pass') return 'good';
  return status === 'unknown' ? 'unknown' : 'dim';
}

/** `dns pass · service FAIL · pod pass`, in the order a request travels. */
export function layersText(path: Path): string {
  const order = ['dns', 'edge', 'service', 'policy', 'pod', 'platform'] as const;
  return order
    .flatMap((layer) => {
      const status = path.layers[layer];
      return status === undefined || status === 'none' ? [] : [`${layer} ${STATUS_WORDS[status]}`];
    })
    .join(' · ');
}

/** What a path is called: its key without the noise. */
export function pathName(path: Path): string {
  const from = path.client === undefined ? '' : `${path.client} → `;
  const host = path.host === undefined ? '' : ` (${path.host})`;
  return `${from}${path.key}${host}`;
}
