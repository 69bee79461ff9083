/** What only the whole bundle tells: objects listed twice, objects a watch saw deleted, lists that never ended. */
import { plural } from '../../src/core/text.ts';
import type { IngestContext } from './ingester.ts';

/** Tables with rows of an object. */
const BY_OBJECT = [
  'bodies',
  'labels',
  'owners',
  'conditions',
  'field_writes',
  'pods',
  'containers',
  'container_ports',
  'services',
  'service_ports',
  'endpoints',
  'network_policies',
  'ingresses',
  'gateways',
  'routes',
  'nodes',
  'workloads',
  'events',
] as const;

/** Runs once, after the last entry and before the indices. */
export function completeLoad(context: IngestContext): void {
  nameKinds(context);
  // Before repeated objects go: a list's record counts them too.
  nameShortLists(context);
  dropRepeated(context);
  markDeleted(context);
  nameUnendedLists(context);
  const { out } = context;
  out.exec("INSERT INTO events_fts (events_fts) VALUES ('rebuild')");
}

/** Kinds that only the list's record names: custom resources and the rarer ones of Kubernetes. */
function nameKinds({ out }: IngestContext): void {
  out.exec(`
    UPDATE objects SET kind = l.kind FROM (SELECT resource, min(kind) AS kind FROM lists GROUP BY resource) AS l
    WHERE objects.kind = '' AND l.resource = objects.resource`);
}

/** A list that went on after a 410 may carry an object twice: the later one is the newer. */
function dropRepeated({ out }: IngestContext): void {
  out.exec(`
    CREATE TEMP TABLE repeated AS
      SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY resource, uid ORDER BY id DESC) AS nth
        FROM objects WHERE uid IS NOT NULL
      ) WHERE nth > 1`);
  const any = out.get<{ n: number }>('SELECT count(*) AS n FROM repeated')?.n ?? 0;
  if (any > 0) {
    for (const table of BY_OBJECT) {
      out.exec(`DELETE FROM ${table} WHERE object_id IN (SELECT id FROM repeated)`);
    }
    out.exec('DELETE FROM objects WHERE id IN (SELECT id FROM repeated)');
  }
  out.exec('DROP TABLE repeated');
}

/** Only the object itself counts, not a later one of its name. */
function markDeleted({ out }: IngestContext): void {
  out.exec(`
    UPDATE objects SET deleted_at = c.at
    FROM (SELECT uid, max(at) AS at FROM changes WHERE type = 'DELETED' AND uid IS NOT NULL GROUP BY uid) AS c
    WHERE c.uid = objects.uid`);
}

const PART = /^resources\/[^/]+\/[^/]+\/[^/]+\/(?:(.+)\.)?\d{4,}\.ndjson$/;

/** The same Events served under two names are loaded once. */
const SERVED_TWICE = new Set(['events', 'events.k8s.io/events']);

/** Lists that say they came whole, of which a part is lost or unreadable: what is missing must not look absent. */
function nameShortLists({ out, gap }: IngestContext): void {
  const loaded = new Map<string, number>();
  const keyOf = (resource: string, namespace: string | null | undefined): string =>
    `${SERVED_TWICE.has(resource) ? 'events' : resource}@${namespace ?? ''}`;
  for (const { path, resource, items } of partsOf(out)) {
    const key = keyOf(resource, PART.exec(path)?.[1]);
    loaded.set(key, (loaded.get(key) ?? 0) + items);
  }
  const lists = out.all<{ id: number; resource: string; namespace: string | null; items: number }>(
    "SELECT id, resource, namespace, items FROM lists WHERE outcome = 'complete' AND items > 0",
  );
  for (const { id, resource, namespace, items } of lists) {
    const came = loaded.get(keyOf(resource, namespace)) ?? 0;
    if (came >= items) continue;
    const key = `list:${resource}${namespace === null ? '' : `@${namespace}`}`;
    out.exec(
      `UPDATE lists SET outcome = '${came === 0 ? 'failed' : 'partial'}', gap = 'list:' || resource || ifnull('@' || namespace, '') WHERE id = ${id}`,
    );
    gap({
      key,
      evidence: 'list',
      reason: 'invalid',
      resource,
      namespace: namespace ?? undefined,
      detail: `the list had ${plural(items, 'object')}, the bundle has ${came} of them that can be read`,
      partial: came > 0,
    });
  }
}

/** Parts without their list record: the capture was cut in the middle of them. Of the rest nothing is known. */
function nameUnendedLists({ out, gap }: IngestContext): void {
  const parts = partsOf(out);
  const ended = new Set(
    out
      .all<{ resource: string; namespace: string | null }>('SELECT resource, namespace FROM lists')
      .map((list) => `${list.resource}@${list.namespace ?? ''}`),
  );
  const unended = new Map<string, { resource: string; namespace: string | undefined; items: number }>();
  for (const { path, resource, items } of parts) {
    const namespace = PART.exec(path)?.[1];
    const key = `${resource}@${namespace ?? ''}`;
    if (ended.has(key)) continue;
    unended.set(key, { resource, namespace, items: items + (unended.get(key)?.items ?? 0) });
  }
  for (const { resource, namespace, items } of unended.values()) {
    gap({
      key: namespace === undefined ? `list:${resource}` : `list:${resource}@${namespace}`,
      evidence: 'list',
      reason: 'interrupted',
      resource,
      namespace,
      detail: `the bundle ends before this list does; what came of it: ${plural(items, 'object')}`,
      partial: true,
    });
  }
}

/** What each part of a list brought. */
function partsOf(out: IngestContext['out']): Array<{ path: string; resource: string; items: number }> {
  return out.all(`
    SELECT f.path, o.resource, count(*) AS items FROM objects o JOIN files f ON f.id = o.file_id
    WHERE f.path GLOB 'resources/*' GROUP BY f.id, o.resource`);
}
