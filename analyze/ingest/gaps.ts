/** A gap as the bundle writes it → a row. */
import { parseTime } from '../../src/core/time.ts';
import type { Gap } from '../../src/bundle/format.ts';
import type { GapRow } from './ingester.ts';

export function gapRow(gap: Gap): GapRow {
  const { subject } = gap;
  return {
    key: gap.key,
    evidence: gap.evidence,
    reason: gap.reason,
    detail: gap.detail,
    resource: subject.resource,
    namespace: subject.namespace,
    pod: subject.pod,
    container: subject.container,
    node: subject.node,
    probe: subject.probe,
    status: gap.status,
    at: parseTime(gap.at),
    partial: gap.partial,
  };
}
