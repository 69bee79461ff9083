/** A workload's history, from its ReplicaSets and ControllerRevisions: what each revision changed, and when it began. */
import type { Micros } from '../../src/core/time.ts';
import { defineQuery } from '../store/query.ts';
import type { Store } from '../store/store.ts';
import { mapChanges, stringMap } from './rows.ts';

export interface RevisionRow {
  readonly object_id: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number | null;
  readonly template_labels: string | null;
  readonly created_at: Micros;
  readonly owner_kind: string;
  readonly owner_name: string;
  readonly file_id: number | null;
  readonly line: number | null;
  readonly written_at: Micros | null;
  /** Numbers it had before, as the Deployment controller notes them when a template comes back (`1,3`). */
  readonly history: string | null;
  readonly images: string | null;
}

const revisionRows = defineQuery<RevisionRow>('timeline-revisions', [
  'object_id',
  'kind',
  'namespace',
  'name',
  'revision',
  'template_labels',
  'created_at',
  'owner_kind',
  'owner_name',
  'file_id',
  'line',
  'written_at',
  'history',
  'images',
]);

/** One revision of a workload, beside the one before it. */
export interface Revision {
  readonly row: RevisionRow;
  /** The revision before it, as far as it is kept. */
  readonly previous: RevisionRow | undefined;
  /**
   * True when an earlier template came back (rollback): its ReplicaSet notes former numbers, or is older than that of a
   * lower revision. Its creation is not when its present revision began. The rollout then lies between the previous one's creation and
   * `written_at`.
   */
  readonly cameBack: boolean;
  /** `label app: a → b`, `image web: x → y`. Empty when nothing differs or there is nothing to compare with. */
  readonly changed: readonly string[];
}

/** All revisions of all workloads: grouped by workload, lowest revision first. Only metadata that is still kept. */
export function* revisions(store: Store): Generator<Revision> {
  let previous: RevisionRow | undefined;
  let newest = 0;
  for (const row of store.iterate<RevisionRow>(revisionRows)) {
    if (previous !== undefined && !sameOwner(previous, row)) previous = undefined;
    const cameBack = row.history !== null || (previous !== undefined && row.created_at < newest);
    newest = previous === undefined ? row.created_at : Math.max(newest, row.created_at);
    yield { row, previous, cameBack, changed: previous === undefined ? [] : changesBetween(previous, row) };
    previous = row;
  }
}

function sameOwner(a: RevisionRow, b: RevisionRow): boolean {
  return a.namespace === b.namespace && a.owner_kind === b.owner_kind && a.owner_name === b.owner_name;
}

function changesBetween(before: RevisionRow, after: RevisionRow): string[] {
  const labels = mapChanges(templateLabels(before), templateLabels(after));
  const images = mapChanges(stringMap(before.images), stringMap(after.images));
  return [...labels.map((change) => `label ${change}`), ...images.map((change) => `image ${change}`)];
}

/** The labels a revision gives its pods, without the hash that always differs. */
export function templateLabels(row: Pick<RevisionRow, 'template_labels'>): Record<string, string> {
  const { 'pod-template-hash': _hash, ...labels } = stringMap(row.template_labels);
  return labels;
}
