/** Rollouts: a ReplicaSet's creation is the moment its revision began, unless an earlier template came back. */
import { revisions, type Revision } from '../revisions.ts';
import { sourceRow } from '../rows.ts';
import { SEVERITY, type SourceRow, type TimelineSource } from '../source.ts';

const source: TimelineSource = {
  id: 'replicasets',
  title: 'rollouts',
  explain:
    'Each ReplicaSet or ControllerRevision is one revision of a workload, created when its rollout began. After a rollback the old one is used again: then only a bound is known. Revisions beyond the history limit are gone.',
  rank: 30,
  *rows(store) {
    for (const revision of revisions(store)) yield* rowsOf(revision);
  },
};
export default source;

function* rowsOf(revision: Revision): Generator<SourceRow> {
  const { row, previous, cameBack } = revision;
  const owner = `${row.owner_kind} ${row.owner_name}`;
  const number = row.revision === null ? 'a revision' : `revision ${row.revision}`;
  const base = {
    kind: row.kind,
    namespace: row.namespace,
    name: row.name,
    object_id: row.object_id,
    file_id: row.file_id,
    line: row.line,
    severity: SEVERITY.normal,
    seq: row.object_id * 2,
  };
  const changed = revision.changed.length === 0 ? '' : `: ${revision.changed.join(', ')}`;
  if (!cameBack) {
    const unknown = previous === undefined && (row.revision ?? 1) > 1 ? ' (the one before is not kept)' : '';
    yield sourceRow({
      ...base,
      at: row.created_at,
      basis: 'observed',
      reason: previous === undefined ? null : 'Rollout',
      text: `${owner}: ${number} begins${unknown}${changed}`,
    });
    return;
  }
  yield sourceRow({
    ...base,
    at: row.created_at,
    basis: 'observed',
    text: `${owner}: created (now ${number}; ${row.history === null ? 'its number then is not kept' : `before that ${row.history}`})`,
  });
  if (row.written_at !== null && row.written_at > row.created_at) {
    yield sourceRow({
      ...base,
      at: row.written_at,
      basis: 'inferred',
      reason: 'Rollback',
      seq: base.seq + 1,
      text: `${owner}: ${number} begins at this time or before, with an earlier template again${changed}`,
    });
  }
}
