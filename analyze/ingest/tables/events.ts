/** `events`: core/v1 and events.k8s.io/v1 Events in one form. The same Event served by both is loaded once (objects.ts). */
import { isRecord } from '../../../src/core/json.ts';
import { fields, integer, text, time, type Fields } from '../read.ts';
import type { Table } from '../table.ts';

const table: Table = {
  id: 'events',
  resources: ['events', 'events.k8s.io/events'],
  start(out) {
    const add = out.bulk('events', [
      'id',
      'object_id',
      'namespace',
      'type',
      'reason',
      'message',
      'count',
      'first_at',
      'last_at',
      'source',
      'host',
      'involved_api_version',
      'involved_kind',
      'involved_namespace',
      'involved_name',
      'involved_uid',
      'field_path',
    ]);
    let id = 0;
    return (event, meta) => {
      id += 1;
      const involved = fields(event['involvedObject'] ?? event['regarding']);
      const { count, first, last } = occurrences(event, meta.createdAt);
      const source = fields(event['source'] ?? event['deprecatedSource']);
      add(
        id,
        meta.id,
        meta.namespace,
        text(event['type']),
        text(event['reason']),
        text(event['message'] ?? event['note']),
        count,
        first,
        last,
        said(event['reportingComponent']) ?? said(event['reportingController']) ?? said(source['component']),
        said(source['host']) ?? said(event['reportingInstance']),
        text(involved['apiVersion']),
        text(involved['kind']),
        said(involved['namespace']),
        text(involved['name']),
        said(involved['uid']),
        said(involved['fieldPath']),
      );
    };
  },
};
export default table;

/**
 * How often and when. Old recorders keep count, firstTimestamp and lastTimestamp (deprecated… in events.k8s.io); new
 * ones eventTime and, once it repeats, series with the count so far and the last time.
 */
export function occurrences(
  event: Fields,
  createdAt: number | null,
): { count: number; first: number | null; last: number | null } {
  const eventTime = time(event['eventTime']);
  const first = time(event['firstTimestamp'] ?? event['deprecatedFirstTimestamp']) ?? eventTime ?? createdAt;
  const series = isRecord(event['series']) ? event['series'] : undefined;
  const last =
    time(series?.['lastObservedTime']) ??
    time(event['lastTimestamp'] ?? event['deprecatedLastTimestamp']) ??
    eventTime ??
    first;
  const count =
    integer(series?.['count']) ?? integer(event['count']) ?? integer(event['deprecatedCount']) ?? 1;
  return { count: Math.max(1, count), first, last };
}

/** Recorders leave what they don't know empty. */
function said(value: unknown): string | null {
  const known = text(value);
  return known === '' ? null : known;
}
