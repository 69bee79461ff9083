/** Objects of the bundle: found by name or id, their bodies, owners, and the findings on them. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import type { Finding } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';

export interface ObjectRow {
  readonly id: number;
  readonly api_version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string | null;
  readonly created_at: number | null;
  readonly deletion_at: number | null;
  readonly deleted_at: number | null;
  readonly file: string | null;
  readonly line: number | null;
}

const OBJECT = defineQuery<ObjectRow>('tui-object', [
  'id',
  'api_version',
  'kind',
  'resource',
  'namespace',
  'name',
  'uid',
  'created_at',
  'deletion_at',
  'deleted_at',
  'file',
  'line',
]);
const NAMED = defineQuery<{ id: number }>('tui-object-named', ['id']);
const AT = defineQuery<{ id: number }>('tui-object-at', ['id']);
const BODY = defineQuery<{ body: string }>('tui-body', ['body']);
const OWNERS = defineQuery<{ kind: string; name: string; uid: string | null; controller: number }>(
  'tui-owners',
  ['kind', 'name', 'uid', 'controller'],
);

export function objectById(store: Store, id: number): ObjectRow | undefined {
  return store.get(OBJECT, [id]);
}

/** The object a verdict points at; undefined when it is not in the bundle. */
export function findObject(store: Store, ref: ObjectRef): ObjectRow | undefined {
  const found = store.get(NAMED, {
    kind: ref.kind,
    name: ref.name,
    namespace: ref.namespace ?? null,
    api_version: ref.apiVersion,
  });
  return found === undefined ? undefined : objectById(store, found.id);
}

/** The object on a line of an entry of the bundle. */
export function objectAtLine(store: Store, file: string, line: number): ObjectRow | undefined {
  const found = store.get(AT, [file, line]);
  return found === undefined ? undefined : objectById(store, found.id);
}

/** The object as it was served, parsed; undefined when the body did not come. */
export function bodyOf(store: Store, id: number): unknown {
  const row = store.get(BODY, [id]);
  return row === undefined ? undefined : (JSON.parse(row.body) as unknown);
}

/** The controller, or the first owner where none controls; undefined when nobody owns it or the owner did not come. */
export function ownerOf(
  store: Store,
  object: ObjectRow,
): { ref: ObjectRef; row: ObjectRow | undefined } | undefined {
  const owner = store.all(OWNERS, [object.id])[0];
  if (owner === undefined) return undefined;
  const named = (namespace: string | null): ObjectRow | undefined =>
    findObject(store, {
      apiVersion: '',
      kind: owner.kind,
      name: owner.name,
      ...(namespace === null ? {} : { namespace }),
    });
  const row = named(object.namespace) ?? named(null);
  const ref = row === undefined ? { apiVersion: '', kind: owner.kind, name: owner.name } : refOf(row);
  return { ref, row };
}

export function refOf(row: Pick<ObjectRow, 'api_version' | 'kind' | 'namespace' | 'name'>): ObjectRef {
  const base = { apiVersion: row.api_version, kind: row.kind, name: row.name };
  return row.namespace === null ? base : { ...base, namespace: row.namespace };
}

const indexed = new WeakMap<Verdict, Map<string, Finding[]>>();

/** The findings on an object, those it causes or shows itself; not those that merely involve it. */
export function findingsOn(
  verdict: Verdict,
  ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>,
): readonly Finding[] {
  let index = indexed.get(verdict);
  if (index === undefined) {
    index = new Map();
    for (const finding of verdict.findings) {
      const key = objectKey(finding.object);
      index.set(key, [...(index.get(key) ?? []), finding]);
    }
    indexed.set(verdict, index);
  }
  return index.get(objectKey(ref)) ?? [];
}

/** A finding by its key. */
export function findingByKey(verdict: Verdict, key: string): Finding | undefined {
  return verdict.findings.find((finding) => finding.key === key);
}
