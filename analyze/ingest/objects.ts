/** One object → `objects`, `bodies`, labels, owners, conditions, field_writes and the typed tables of its resource. */
import { isRecord, parseJson } from '../../src/core/json.ts';
import type { StoreWriter } from '../store/writer.ts';
import { attempt } from './attempt.ts';
import { fields, flag, integer, items, text, time, type Fields } from './read.ts';
import type { ObjectMeta, Table } from './table.ts';
import { tables } from './tables/registry.ts';

/** What an object is, as far as its path tells: the items of a list carry neither kind nor apiVersion of their own. */
export interface ListedAs {
  readonly apiVersion: string;
  /** Empty where only the list's own record tells. */
  readonly kind: string;
}

/** Adds one object from its JSON; returns why it cannot be one, else undefined. */
export type LoadObject = (
  resource: string,
  bytes: Buffer,
  fileId: number | null,
  line: number | null,
  listed?: ListedAs,
) => string | undefined;

/** Prepares the loader of one run. Objects get ids from 1 in the order they come. */
export function objectLoader(out: StoreWriter): LoadObject {
  const addObject = out.bulk('objects', [
    'id',
    'api_version',
    'kind',
    'resource',
    'namespace',
    'name',
    'uid',
    'resource_version',
    'generation',
    'created_at',
    'deletion_at',
    'file_id',
    'line',
  ]);
  const addBody = out.insert('bodies', ['object_id', 'jsonb:body']);
  const addMetadata = metadataLoader(out);
  const addConditions = conditionLoader(out);
  const fillersOf = fillersOfResource(out);
  const eventUids = new Set<string>();
  let id = 0;
  return (resource, bytes, fileId, line, listed) => {
    const object = parseJson(bytes);
    if (!isRecord(object)) return object === undefined ? 'no JSON' : 'no object';
    const metadata = fields(object['metadata']);
    const name = text(metadata['name']);
    if (name === null) return 'no metadata.name';
    const uid = text(metadata['uid']);
    // core/v1 and events.k8s.io/v1 serve the same Events.
    if (uid !== null && (resource === 'events' || resource === 'events.k8s.io/events')) {
      if (eventUids.has(uid)) return undefined;
      eventUids.add(uid);
    }
    // Before the rest: SQLite takes no JSON that is nested deeper than a thousand levels, though JSON.parse does.
    const refused = attempt(() => addBody(id + 1, bytes));
    if (refused !== undefined) return refused;
    id += 1;
    const meta: ObjectMeta = {
      id,
      kind: text(object['kind']) ?? listed?.kind ?? '',
      namespace: text(metadata['namespace']),
      name,
      createdAt: time(metadata['creationTimestamp']),
      deletionAt: time(metadata['deletionTimestamp']),
      metadata,
    };
    addObject(
      id,
      text(object['apiVersion']) ?? listed?.apiVersion ?? '',
      meta.kind,
      resource,
      meta.namespace,
      name,
      uid,
      text(metadata['resourceVersion']),
      integer(metadata['generation']),
      meta.createdAt,
      meta.deletionAt,
      fileId,
      line,
    );
    addMetadata(id, metadata);
    addConditions(id, fields(object['status']));
    for (const fill of fillersOf(resource)) fill(object, meta);
    return undefined;
  };
}

type Fill = (object: Fields, meta: ObjectMeta) => void;

/** Which tables an object of a resource fills; a table that takes several resources is started once. */
function fillersOfResource(out: StoreWriter): (resource: string) => readonly Fill[] {
  const started = new Map<Table, Fill>();
  const byResource = new Map<string, readonly Fill[]>();
  const fillOf = (table: Table): Fill => {
    const fill = started.get(table) ?? table.start(out);
    started.set(table, fill);
    return fill;
  };
  return (resource) => {
    let known = byResource.get(resource);
    if (known === undefined) {
      known = tables.filter((table) => table.resources.includes(resource)).map(fillOf);
      byResource.set(resource, known);
    }
    return known;
  };
}

function metadataLoader(out: StoreWriter): (id: number, metadata: Fields) => void {
  const addLabel = out.bulk('labels', ['object_id', 'key', 'value']);
  const addOwner = out.bulk('owners', ['object_id', 'kind', 'name', 'uid', 'controller']);
  const addWrite = out.bulk('field_writes', [
    'object_id',
    'position',
    'manager',
    'operation',
    'subresource',
    'at',
  ]);
  return (id, metadata) => {
    const labels = fields(metadata['labels']);
    for (const key in labels) {
      const value = labels[key];
      if (typeof value === 'string') addLabel(id, key, value);
    }
    for (const owner of items(metadata['ownerReferences'])) {
      addOwner(
        id,
        text(owner['kind']) ?? '',
        text(owner['name']) ?? '',
        text(owner['uid']),
        flag(owner['controller']),
      );
    }
    const writes = metadata['managedFields'];
    if (!Array.isArray(writes)) return;
    for (let position = 0; position < writes.length; position += 1) {
      const write = fields(writes[position]);
      addWrite(
        id,
        position,
        text(write['manager']),
        text(write['operation']),
        text(write['subresource']),
        time(write['time']),
      );
    }
  };
}

function conditionLoader(out: StoreWriter): (id: number, status: Fields) => void {
  const add = out.bulk('conditions', [
    'object_id',
    'type',
    'status',
    'reason',
    'message',
    'last_transition_at',
  ]);
  return (id, status) => {
    const conditions = status['conditions'];
    if (!Array.isArray(conditions)) return;
    for (const entry of conditions) {
      const condition = fields(entry);
      const type = text(condition['type']);
      if (type === null) continue;
      add(
        id,
        type,
        text(condition['status']) ?? '',
        text(condition['reason']),
        text(condition['message']),
        time(condition['lastTransitionTime']),
      );
    }
  };
}
