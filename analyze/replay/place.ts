/** What the parts of the replay share: a workload's revisions, and where an object lies in the bundle. */
import type { Micros } from '../../src/core/time.ts';
import type { Labels } from '../../src/k8s/labels.ts';
import type { Evidence } from '../model/finding.ts';

/** A ReplicaSet or the like: one revision of a workload, and the labels it gives its pods. */
export interface RevisionState {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly owner: string | undefined;
  readonly revision: number | null;
  readonly labels: Labels;
  /** It was rolled out more than once: when, between its creation and the capture, is not kept. */
  readonly cameBack: boolean;
  readonly createdAt: Micros | undefined;
  readonly place: Pick<Evidence, 'file' | 'line'>;
}

/** Where an object lies in the bundle, as evidence points at it. */
export function placeOf(row: { file: string | null; line: number | null }): Pick<Evidence, 'file' | 'line'> {
  return {
    ...(row.file === null ? {} : { file: row.file }),
    ...(row.line === null ? {} : { line: row.line }),
  };
}
