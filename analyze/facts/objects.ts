/** What is known about one object beyond its row: body, conditions, events, writes, watch changes, container states, logs. */
import type { Micros } from '../../src/core/time.ts';
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { fields, type Fields } from '../ingest/read.ts';
import type { Store } from '../store/store.ts';
import { captureClock } from './clock.ts';
import type { PodFact } from './pods.ts';
import { logTails } from './logs/logs.ts';
import { groupBy, once, parseText, refOf, remembered, type StoredObject } from './read.ts';
import {
  BODY,
  CHANGES,
  COMPLAINING,
  CONDITIONS,
  DELETED,
  DOCUMENT,
  EVENTS,
  EVENTS_OF_REASONS,
  FLAGGED,
  LIST_TIMES,
  OBJECT,
  OF_RESOURCE,
  PLACE,
  WRITES,
  type ComplainingRow,
  type ConditionRow,
  type EventRow,
  type ListTimesRow,
  type LogRow,
  type ObjectRow,
  type PlaceRow,
} from './object-rows.ts';
import { TROUBLED_CONTAINERS, type ContainerRow } from './rows.ts';

/** One entry of managedFields: an upper bound for when this manager last wrote any of these fields. */
export interface WriteFact {
  readonly manager: string;
  readonly operation: string | undefined;
  readonly subresource: string | undefined;
  readonly at: Micros;
  readonly fields: Fields;
}

/** A watch event that came while the capture ran. */
export interface ChangeFact {
  readonly at: Micros;
  readonly type: string;
  readonly object: Fields;
}

/** An object, and when it was made. */
export interface KeptObject extends StoredObject {
  readonly createdAt: Micros | undefined;
}

/** An object that a watch saw deleted while the capture ran, as it was then. */
export interface DeletedFact {
  readonly at: Micros;
  readonly ref: ObjectRef;
  readonly object: Fields;
}

export interface ObjectFacts {
  /** The object of this name of a resource, as it stood at the end. */
  find(resource: string, namespace: string | undefined, name: string): StoredObject | undefined;
  /** Every object of a resource: `nodes`, `coordination.k8s.io/leases`. */
  list(resource: string): readonly KeptObject[];
  body(object: StoredObject): Fields;
  conditions(object: StoredObject): readonly ConditionRow[];
  /** The entry and line of the bundle it was read from. */
  place(id: number): PlaceRow;
  events(ref: ObjectRef): readonly EventRow[];
  /** Events of these reasons, whatever they are about. */
  eventsOf(reasons: readonly string[]): readonly EventRow[];
  /** The text of a small answer that was kept whole: `health/readyz.txt`. */
  document(path: string): string | undefined;
  /** When a resource was listed, on the capturing machine's clock. */
  listedAt(resource: string): ListTimesRow;
  writes(object: StoredObject): readonly WriteFact[];
  changes(object: StoredObject): readonly ChangeFact[];
  /** Of a resource and namespace, the latest first. */
  deleted(resource: string, namespace: string): readonly DeletedFact[];
  /** Containers of a pod that restarted, wait, have ended or are not ready; none of a healthy pod. */
  troubled(pod: PodFact): readonly ContainerRow[];
  troubledPods(): ReadonlySet<number>;
  /** Containers whose log holds at least so many warnings and errors since a moment. */
  complaining(since: Micros, atLeast: number): readonly ComplainingRow[];
  /** Sidecars whose access log holds at least so many requests that failed with a response flag, since a moment. */
  flagged(since: Micros, atLeast: number): readonly ComplainingRow[];
  /** The last lines of a container's log, oldest first. */
  logTail(pod: PodFact, container: string, previous: boolean, lines: number): readonly LogRow[];
}

/** Of one kind in one namespace; more go only where a namespace is emptied. */
const MOST_DELETED = 200;

export function objectFacts(store: Store): ObjectFacts {
  const bodies = new Map<number, Fields>();
  const complaints = new Map<string, readonly ComplainingRow[]>();
  const lists = new Map<string, KeptObject[]>();
  const times = new Map<string, ListTimesRow>();
  const skew = once(() => captureClock(store).skew);
  const troubled = once(() => groupBy(store.all(TROUBLED_CONTAINERS), (row) => row.id));
  return {
    find(resource, namespace, name) {
      const row = store.get(OBJECT, [resource, namespace ?? null, name]);
      return row && keptOf(row);
    },
    list(resource) {
      const known = lists.get(resource) ?? store.all(OF_RESOURCE, [resource]).map(keptOf);
      lists.set(resource, known);
      return known;
    },
    body(object) {
      let body = bodies.get(object.id);
      if (body === undefined) {
        body = fields(parseText(store.get(BODY, [object.id])?.body ?? null));
        if (bodies.size > 2000) bodies.clear();
        bodies.set(object.id, body);
      }
      return body;
    },
    conditions: remembered(
      (object: StoredObject) => object.id,
      (object) => store.all(CONDITIONS, [object.id]),
    ),
    place: (id) => store.get(PLACE, [id]) ?? { file: null, line: null },
    events: remembered(objectKey, (ref) => store.all(EVENTS, [ref.namespace ?? null, ref.name, ref.kind])),
    // Asked again for every Service and every finding.
    eventsOf: remembered(
      (reasons: readonly string[]) => reasons.join(),
      (reasons) => store.all(EVENTS_OF_REASONS, [JSON.stringify(reasons)]),
    ),
    document: (path) => store.get(DOCUMENT, [path])?.text,
    listedAt(resource) {
      const known = times.get(resource) ??
        store.get(LIST_TIMES, [resource]) ?? { started_at: null, ended_at: null, from_cache: null };
      times.set(resource, known);
      return known;
    },
    writes: (object) =>
      store.all(WRITES, [object.id]).flatMap((row) =>
        row.at === null
          ? []
          : [
              {
                manager: row.manager ?? '',
                operation: row.operation ?? undefined,
                subresource: row.subresource ?? undefined,
                at: row.at,
                fields: fields(parseText(row.fields)),
              },
            ],
      ),
    changes: (object) =>
      store
        .all(CHANGES, [object.resource, object.ref.namespace ?? null, object.ref.name])
        .map((row) => ({ at: row.at + skew(), type: row.type, object: fields(parseText(row.body)) })),
    deleted: (resource, namespace) => deletedOf(store, skew(), resource, namespace),
    troubled: (pod) => troubled().get(pod.id) ?? [],
    troubledPods: once(() => new Set(troubled().keys())),
    complaining(since, atLeast) {
      const key = `${since} ${atLeast}`;
      const known = complaints.get(key) ?? store.all(COMPLAINING, [since, atLeast]);
      complaints.set(key, known);
      return known;
    },
    flagged: (since, atLeast) => store.all(FLAGGED, [since, atLeast]),
    logTail: logTails(store),
  };
}

function deletedOf(store: Store, skew: Micros, resource: string, namespace: string): DeletedFact[] {
  return store
    .all(DELETED, [0, Number.MAX_SAFE_INTEGER, namespace, JSON.stringify([resource]), MOST_DELETED])
    .map((row) => ({
      at: row.at + skew,
      ref: refOf(row.api_version, row.kind, row.namespace, row.name),
      object: fields(parseText(row.body)),
    }));
}

function keptOf(row: ObjectRow): KeptObject {
  return {
    id: row.id,
    resource: row.resource,
    ref: refOf(row.api_version, row.kind, row.namespace, row.name),
    createdAt: row.created_at ?? undefined,
  };
}

/** Whether a manager's fields include this one: `['spec', 'selector']` looks for `f:spec` and in it `f:selector`. */
export function ownsField(write: WriteFact, path: readonly string[]): boolean {
  let here: unknown = write.fields;
  for (const step of path) {
    const inside = fields(here);
    if (!Object.hasOwn(inside, `f:${step}`)) return false;
    here = inside[`f:${step}`];
  }
  return true;
}
