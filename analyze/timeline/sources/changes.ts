/** What a watch saw change while the capture ran: the only record of a state as it was at a time. */
import { parseJson } from '../../../src/core/json.ts';
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { captureTimes, describeChange, fieldChanges, sourceRow, type FieldChange } from '../rows.ts';
import { SEVERITY, type Severity, type TimelineSource } from '../source.ts';

interface ChangeRow {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string | null;
  readonly resource_version: string | null;
  readonly body: string;
  readonly file_id: number | null;
  readonly line: number | null;
}

const changeRows = defineQuery<ChangeRow>('timeline-changes', [
  'id',
  'at',
  'type',
  'resource',
  'kind',
  'namespace',
  'name',
  'uid',
  'resource_version',
  'body',
  'file_id',
  'line',
]);

const LISTED = `SELECT json(b.body) AS body, o.id AS id FROM objects o JOIN bodies b ON b.object_id = o.id
  WHERE o.resource = ? AND o.namespace IS ? AND o.name = ? AND o.uid IS ?
    AND CAST(o.resource_version AS INTEGER) < CAST(? AS INTEGER) LIMIT 1`;

/** More differences than this are counted, not named. */
const NAMED = 3;

const source: TimelineSource = {
  id: 'changes',
  title: 'recorded changes',
  explain:
    'Changes that a watch saw between the lists and the end of the capture, with what differs from the state before. Nothing before that is recorded.',
  rank: 35,
  *rows(store) {
    let before: { key: string; body: unknown; id: number | null } | undefined;
    const { skew } = captureTimes(store);
    for (const row of store.iterate<ChangeRow>(changeRows)) {
      const key = `${row.resource}\0${row.namespace ?? ''}\0${row.name}`;
      if (before?.key !== key) before = { key, ...listed(store, row) };
      const body = parseJson(row.body);
      const { text, severity } = describe(row.type, before.body, body, row.kind);
      yield sourceRow({
        at: row.at + skew,
        severity,
        basis: 'observed',
        kind: row.kind,
        namespace: row.namespace,
        name: row.name,
        object_id: before.id,
        reason: row.type,
        text,
        file_id: row.file_id,
        line: row.line,
        seq: row.id,
      });
      before = { ...before, body: row.type === 'DELETED' ? undefined : body };
    }
  },
};
export default source;

function listed(store: Store, row: ChangeRow): { body: unknown; id: number | null } {
  const found = store.get<{ body: string; id: number }>(LISTED, [
    row.resource,
    row.namespace,
    row.name,
    row.uid,
    row.resource_version,
  ]);
  return { body: parseJson(found?.body ?? ''), id: found?.id ?? null };
}

function describe(
  type: string,
  before: unknown,
  after: unknown,
  kind: string,
): { text: string; severity: Severity } {
  if (type === 'ADDED') return { text: 'created (seen by the watch)', severity: SEVERITY.trace };
  if (type === 'DELETED') return { text: 'deleted (seen by the watch)', severity: SEVERITY.trace };
  if (before === undefined)
    return { text: 'changed; its state before is not recorded', severity: SEVERITY.normal };
  const changes = fieldChanges(before, after).toSorted((a, b) => weight(a) - weight(b));
  if (changes.length === 0) return { text: 'written without a change of note', severity: SEVERITY.trace };
  const named = changes.slice(0, NAMED).map(describeChange).join('; ');
  const more = changes.length > NAMED ? `; and ${changes.length - NAMED} more` : '';
  const idle = kind === 'Lease' || changes.every((change) => weight(change) > 1);
  return { text: `changed ${named}${more}`, severity: idle ? SEVERITY.trace : SEVERITY.normal };
}

/** What was asked for says more than what came of it, and that more than book-keeping. */
function weight(change: FieldChange): number {
  if (/^(spec|data|endpoints|ports|subsets|rules|metadata\.labels)\b/.test(change.path)) return 0;
  if (
    /^(status\.(phase|conditions|containerStatuses|readyReplicas|replicas)|metadata\.deletion)/.test(
      change.path,
    )
  )
    return 1;
  return 2;
}
