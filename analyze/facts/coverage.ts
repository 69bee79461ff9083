/** What the bundle knows and what it does not: an empty list and a forbidden one never look alike. */
import type { Store } from '../store/store.ts';
import { GAPS, LISTS, NOTES, type GapRow, type ListRow } from './object-rows.ts';
import { groupBy, parseText, dig } from './read.ts';

/** Whether a question about a kind of object in a namespace can be answered, and if not, which gap is to blame. */
export type Coverage =
  | { readonly known: true; readonly partial: false }
  | {
      readonly known: false;
      /** Some of it did come. */
      readonly partial: boolean;
      readonly gap: string;
      readonly why: string;
    };

export interface CoverageFacts {
  readonly gaps: readonly GapRow[];
  /** The namespaces that were asked for; undefined: all. */
  readonly scope: ReadonlySet<string> | undefined;
  /** `namespace` undefined: the whole of what was asked for. */
  of(resource: string, namespace?: string): Coverage;
  /** Whether any list of it came at all, whole or in part. */
  anything(resource: string): boolean;
  /** Gaps that touch a kind of object: of the whole list, or of single namespaces. */
  gapsOf(resource: string): readonly GapRow[];
}

const KNOWN: Coverage = { known: true, partial: false };

/** The same objects served under two names: either list will do. */
const ALSO_SERVED_AS: Readonly<Record<string, string>> = { events: 'events.k8s.io/events' };

/**
 * Kinds that an add-on brings and few clusters serve: of one that was neither listed nor missed there is nothing. What would
 * be theirs (a ReplicaSet of a Rollout) names them as its owner all the same.
 */
const OF_ADD_ONS = new Set(['argoproj.io/rollouts', 'apps.openshift.io/deploymentconfigs']);

/** Reads lists and gaps. A kind that was never listed is unknown, unless discovery says that it is not served. */
export function coverageFacts(store: Store): CoverageFacts {
  const lists = groupBy(store.all(LISTS), (list) => list.resource);
  const gaps = store.all(GAPS);
  const byResource = groupBy(gaps, (gap) => gap.resource);
  const scope = scopeOf(store);
  const answer = (resource: string, namespace: string | undefined): Coverage => {
    const listed = lists.get(resource) ?? [];
    const named = byResource.get(resource) ?? [];
    return fromLists(listed, named, namespace, scope) ?? fromGaps(resource, named, namespace);
  };
  return {
    gaps,
    scope,
    of(resource, namespace) {
      const first = answer(resource, namespace);
      const other = ALSO_SERVED_AS[resource];
      if (first.known || other === undefined) return first;
      const second = answer(other, namespace);
      return second.known ? second : first;
    },
    anything(resource) {
      const any = (id: string): boolean =>
        answer(id, undefined).known ||
        (lists.get(id) ?? []).some((list) => list.outcome !== 'failed') ||
        (byResource.get(id) ?? []).some((gap) => gap.evidence === 'list' && gap.partial === 1);
      const other = ALSO_SERVED_AS[resource];
      return any(resource) || (other !== undefined && any(other));
    },
    gapsOf: (resource) => (byResource.get(resource) ?? []).filter((gap) => gap.evidence === 'list'),
  };
}

function scopeOf(store: Store): ReadonlySet<string> | undefined {
  const header = store.all(NOTES).find((note) => note.key === 'header')?.value ?? null;
  const namespaces = dig(parseText(header), 'scope', 'namespaces');
  if (!Array.isArray(namespaces) || namespaces.length === 0) return undefined;
  return new Set(namespaces.filter((name): name is string => typeof name === 'string'));
}

function fromLists(
  lists: readonly ListRow[],
  gaps: readonly GapRow[],
  namespace: string | undefined,
  scope: ReadonlySet<string> | undefined,
): Coverage | undefined {
  const whole = lists.filter((list) => list.namespace === null);
  const complete = whole.find((list) => list.outcome === 'complete' && list.selector === null);
  if (complete) return KNOWN;
  const wanted = namespace === undefined ? scope : new Set([namespace]);
  const apart = lists.filter((list) => list.namespace !== null && (wanted?.has(list.namespace) ?? false));
  const covered = apart.filter((list) => list.outcome === 'complete' && list.selector === null);
  if (wanted !== undefined && covered.length >= wanted.size && wanted.size > 0) return KNOWN;
  const broken = [...apart, ...whole].find((list) => !covered.includes(list)) ?? lists[0];
  if (broken === undefined) return undefined;
  const gap =
    gaps.find((gap) => gap.key === broken.gap) ?? gaps.find((gap) => gap.namespace === (namespace ?? null));
  const why =
    gap?.detail ??
    (broken.selector === null
      ? `the list is ${broken.outcome}`
      : `only what matches ${broken.selector} was listed`);
  return {
    known: false,
    partial: broken.outcome !== 'failed',
    gap: gap?.key ?? broken.gap ?? notCaptured(broken.resource),
    why,
  };
}

function fromGaps(resource: string, gaps: readonly GapRow[], namespace: string | undefined): Coverage {
  const gap =
    gaps.find((gap) => gap.namespace === (namespace ?? null)) ??
    gaps.find((gap) => gap.namespace === null) ??
    gaps[0];
  if (gap?.reason === 'not-served' || (gap === undefined && OF_ADD_ONS.has(resource))) return KNOWN;
  return {
    known: false,
    partial: gap?.partial === 1,
    gap: gap?.key ?? notCaptured(resource),
    why: gap?.detail ?? `${resource} were not captured`,
  };
}

/** The key that stands for "nobody asked": no gap of the bundle has it. */
export function notCaptured(resource: string): string {
  return `not-captured:${resource}`;
}
