/** Tolerant readers of what the store keeps as JSON text, and the one way an object is pointed at. */
import type { ObjectRef } from '../../src/core/ids.ts';
import { parseLabels, type Labels } from '../../src/k8s/labels.ts';
import { fields } from '../ingest/read.ts';

/** An object of the store: the pointer that verdicts carry, and what facts need to look further. */
export interface StoredObject {
  /** `objects.id`. */
  readonly id: number;
  /** `services`, `apps/deployments`. */
  readonly resource: string;
  readonly ref: ObjectRef;
}

export function refOf(apiVersion: string, kind: string, namespace: string | null, name: string): ObjectRef {
  return namespace === null ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

/** Parses JSON text of the store; undefined when it is null or none. */
export function parseText(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return undefined;
  }
}

/** A JSON object of strings; undefined when the column is NULL. */
export function labelsOf(json: string | null): Labels | undefined {
  return json === null ? undefined : parseLabels(parseText(json));
}

/** Follows a path through an object of unknown shape. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = fields(here)[step];
  }
  return here;
}

/** Computes once, when first asked. */
export function once<T>(compute: () => T): () => T {
  let held: { readonly value: T } | undefined;
  return () => (held ??= { value: compute() }).value;
}

/** Answers remembered by key, as many as the store of a large cluster may hold in memory; then it begins anew. */
export function remembered<A, T>(
  keyOf: (asked: A) => string | number,
  answer: (asked: A) => T,
  most = 20_000,
): (asked: A) => T {
  const answers = new Map<string | number, { readonly value: T }>();
  return (asked) => {
    const key = keyOf(asked);
    let known = answers.get(key);
    if (known === undefined) {
      known = { value: answer(asked) };
      if (answers.size >= most) answers.clear();
      answers.set(key, known);
    }
    return known.value;
  };
}

/** Groups in order of first appearance. */
export function groupBy<T, K>(list: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
