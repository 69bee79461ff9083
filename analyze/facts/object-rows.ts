/** Rows about single objects and about the bundle itself, each with its statement in analyze/store/queries. */
import { defineQuery } from '../store/query.ts';

export interface ConditionRow {
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly last_transition_at: number | null;
}
export const CONDITIONS = defineQuery<ConditionRow>('facts-conditions', [
  'type',
  'status',
  'reason',
  'message',
  'last_transition_at',
]);

export const BODY = defineQuery<{ readonly body: string }>('facts-body', ['body']);

export interface PlaceRow {
  readonly file: string | null;
  readonly line: number | null;
}
export const PLACE = defineQuery<PlaceRow>('facts-place', ['file', 'line']);

export interface EventRow {
  readonly id: number;
  readonly object_id: number;
  readonly namespace: string | null;
  readonly type: string | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly count: number;
  readonly first_at: number | null;
  readonly last_at: number | null;
  readonly source: string | null;
  readonly field_path: string | null;
  readonly involved_api_version: string | null;
  readonly involved_kind: string | null;
  readonly involved_name: string | null;
  readonly event_name: string;
  readonly api_version: string;
}
const EVENT_COLUMNS = [
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
  'field_path',
  'involved_api_version',
  'involved_kind',
  'involved_name',
  'event_name',
  'api_version',
] as const;
export const EVENTS = defineQuery<EventRow>('facts-events', EVENT_COLUMNS);
export const EVENTS_OF_REASONS = defineQuery<EventRow>('facts-events-of-reasons', EVENT_COLUMNS);

export const DOCUMENT = defineQuery<{ readonly text: string }>('facts-document', ['text']);

export interface ListTimesRow {
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** 1: the API server had it from memory, its database did not answer. */
  readonly from_cache: number | null;
}
export const LIST_TIMES = defineQuery<ListTimesRow>('facts-list-times', [
  'started_at',
  'ended_at',
  'from_cache',
]);

export interface LogRow {
  readonly at: number | null;
  readonly level: number;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}
export const LOG_TAIL = defineQuery<Omit<LogRow, 'file'>>('facts-log-tail', ['at', 'level', 'text', 'line']);

export interface LogFileRow {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: number;
  readonly first_id: number;
  readonly last_id: number;
  readonly file: string;
}
export const LOG_FILES = defineQuery<LogFileRow>('facts-log-files', [
  'namespace',
  'pod',
  'container',
  'previous',
  'first_id',
  'last_id',
  'file',
]);

export interface WriteRow {
  readonly manager: string | null;
  readonly operation: string | null;
  readonly subresource: string | null;
  readonly at: number | null;
  readonly fields: string | null;
}
export const WRITES = defineQuery<WriteRow>('facts-writes', [
  'manager',
  'operation',
  'subresource',
  'at',
  'fields',
]);

export interface ObjectRow {
  readonly id: number;
  readonly api_version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string | null;
  readonly created_at: number | null;
}
const OBJECT_COLUMNS = [
  'id',
  'api_version',
  'kind',
  'resource',
  'namespace',
  'name',
  'uid',
  'created_at',
] as const;
export const OBJECT = defineQuery<ObjectRow>('facts-object', OBJECT_COLUMNS);
export const OF_RESOURCE = defineQuery<ObjectRow>('facts-of-resource', OBJECT_COLUMNS);

export interface ListRow {
  readonly resource: string;
  readonly version: string;
  readonly namespace: string | null;
  readonly selector: string | null;
  readonly outcome: string;
  readonly gap: string | null;
}
export const LISTS = defineQuery<ListRow>('facts-lists', [
  'resource',
  'version',
  'namespace',
  'selector',
  'outcome',
  'gap',
]);

export interface GapRow {
  readonly key: string;
  readonly evidence: string;
  readonly resource: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly container: string | null;
  readonly node: string | null;
  readonly probe: string | null;
  readonly reason: string;
  readonly detail: string;
  readonly partial: number;
}
export const GAPS = defineQuery<GapRow>('facts-gaps', [
  'key',
  'evidence',
  'resource',
  'namespace',
  'pod',
  'container',
  'node',
  'probe',
  'reason',
  'detail',
  'partial',
]);

export const NOTES = defineQuery<{ readonly key: string; readonly value: string }>('facts-notes', [
  'key',
  'value',
]);

export interface ChangeRow {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly body: string;
  readonly file_id: number | null;
  readonly line: number | null;
}
export const CHANGES = defineQuery<ChangeRow>('facts-changes', [
  'id',
  'at',
  'type',
  'body',
  'file_id',
  'line',
]);

export interface WrittenRow {
  readonly id: number;
  readonly api_version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly created_at: number | null;
  readonly manager: string | null;
  readonly operation: string | null;
  readonly subresource: string | null;
  readonly at: number;
}
export const WRITTEN = defineQuery<WrittenRow>('facts-written', [
  'id',
  'api_version',
  'kind',
  'resource',
  'namespace',
  'name',
  'created_at',
  'manager',
  'operation',
  'subresource',
  'at',
]);

export interface DeletedRow {
  readonly at: number;
  readonly resource: string;
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly body: string;
}
export const DELETED = defineQuery<DeletedRow>('facts-deleted', [
  'at',
  'resource',
  'api_version',
  'kind',
  'namespace',
  'name',
  'body',
]);

export interface HelmReleaseRow {
  readonly id: number;
  readonly api_version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly created_at: number;
  readonly release: string | null;
  readonly version: string | null;
  readonly status: string | null;
}
export const HELM_RELEASES = defineQuery<HelmReleaseRow>('facts-helm-releases', [
  'id',
  'api_version',
  'kind',
  'resource',
  'namespace',
  'name',
  'created_at',
  'release',
  'version',
  'status',
]);

export interface BackendRow {
  readonly id: number;
  readonly api_version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly host: string | null;
  readonly path: string | null;
  readonly service_namespace: string;
  readonly service: string;
  readonly port: string | null;
}
export const BACKENDS = defineQuery<BackendRow>('facts-backends', [
  'id',
  'api_version',
  'kind',
  'namespace',
  'name',
  'host',
  'path',
  'service_namespace',
  'service',
  'port',
]);

export interface ComplainingRow {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: number;
  readonly lines: number;
}
export const COMPLAINING = defineQuery<ComplainingRow>('facts-complaining', [
  'namespace',
  'pod',
  'container',
  'previous',
  'lines',
]);

export const FLAGGED = defineQuery<ComplainingRow>('facts-flagged', [
  'namespace',
  'pod',
  'container',
  'previous',
  'lines',
]);
