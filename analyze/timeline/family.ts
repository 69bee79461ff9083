/** Whose entries belong to an object: its own, and those of everything it owns (Deployment → ReplicaSets → pods). */
import { kindOfWord } from '../../src/k8s/kinds.ts';
import type { Store } from '../store/store.ts';
import type { ObjectName } from './read.ts';

/** Owners in a loop, or more of them than anybody means, end here. */
const DEEPEST = 6;

/**
 * The objects that `kind/namespace/name`, `kind/name` (any namespace, or none) or a name alone stand for, with what they
 * own. Kinds as kubectl takes them. Objects that only Events tell of are found too. Empty when nothing has that name.
 */
export function objectFamily(store: Store, wanted: string, namespace?: string): ObjectName[] {
  const { kind, within, name } = parseObject(wanted, namespace);
  const listed = store.all<ObjectName & { id: number; uid: string | null; resource: string }>(
    `SELECT id, uid, kind, resource, namespace, name FROM objects
     WHERE name = ? AND resource NOT IN ('events', 'events.k8s.io/events')`,
    [name],
  );
  const seeds = listed.filter(
    (object) =>
      (kind === undefined || isKind(object, kind)) && (within === undefined || object.namespace === within),
  );
  const told = store
    .all<ObjectName>(
      'SELECT DISTINCT kind, namespace, name FROM timeline WHERE name = ? AND kind IS NOT NULL',
      [name],
    )
    .filter(
      (object) =>
        (kind === undefined || isKind(object, kind)) && (within === undefined || object.namespace === within),
    );
  const family = new Map<string, ObjectName>();
  const below = owned(store, seeds);
  for (const object of [...seeds, ...told, ...below, ...goneBelow(store, [...seeds, ...below])]) {
    const { kind, namespace, name } = object;
    family.set(`${kind}/${namespace ?? ''}/${name}`, { kind, namespace, name });
  }
  return [...family.values()];
}

function parseObject(
  wanted: string,
  namespace: string | undefined,
): { kind: string | undefined; within: string | undefined; name: string } {
  const parts = wanted.split('/');
  if (parts.length === 1) return { kind: undefined, within: namespace, name: wanted };
  const [kind = '', second = '', third] = parts;
  return third === undefined
    ? { kind, within: namespace, name: second }
    : { kind, within: second === '' ? namespace : second, name: parts.slice(2).join('/') };
}

function isKind(object: { kind: string; resource?: string }, word: string): boolean {
  const known = kindOfWord(word);
  if (known !== undefined) return object.kind === known;
  const wanted = word.toLowerCase();
  return object.kind.toLowerCase() === wanted || object.resource?.split('/').at(-1) === wanted;
}

function owned(store: Store, seeds: readonly { uid: string | null }[]): ObjectName[] {
  const uids = seeds.map((seed) => seed.uid).filter((uid) => uid !== null);
  if (uids.length === 0) return [];
  return store.all<ObjectName>(
    `WITH RECURSIVE family (uid, depth) AS (
       SELECT value, 0 FROM json_each(?)
       UNION
       SELECT o.uid, family.depth + 1 FROM family JOIN owners w ON w.uid = family.uid JOIN objects o ON o.id = w.object_id
       WHERE o.uid IS NOT NULL AND family.depth < ${DEEPEST})
     SELECT DISTINCT o.kind, o.namespace, o.name FROM family JOIN objects o ON o.uid = family.uid`,
    [JSON.stringify(uids)],
  );
}

/** Kinds whose pods are called after them. */
const NAMES_PODS = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController']);

/** Pods that were gone by the capture have no owner reference any more; Events tell of them, their names whose they were. */
function goneBelow(store: Store, above: readonly ObjectName[]): ObjectName[] {
  return above
    .filter((object) => NAMES_PODS.has(object.kind))
    .flatMap(({ namespace, name }) =>
      store
        .all<ObjectName>(
          `SELECT DISTINCT kind, namespace, name FROM timeline
           WHERE source = 'events' AND kind = 'Pod' AND namespace IS ? AND substr(name, 1, ?) = ?`,
          [namespace, name.length + 1, `${name}-`],
        )
        // Generated suffixes and ordinals hold no dash: what has one belongs to a longer name.
        .filter((pod) => !pod.name.slice(name.length + 1).includes('-')),
    );
}
