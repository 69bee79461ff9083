/** Lists of objects into the bundle: parts of bounded size, a record of how each list ended, a gap for what is missing. */
import type { ListRecord } from '../src/bundle/format.ts';
import { listRecordPath, resourcePartPath } from '../src/bundle/paths.ts';
import { resourceId } from '../src/core/ids.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { CollectorContext } from './collector.ts';
import type { Resource } from './discovery.ts';
import { ApiFailure, gapOf } from './failure.ts';
import { fallbackNamespaces } from './namespaces.ts';
import { createParts } from './parts.ts';
import { listSecrets } from './secrets.ts';
import { type AnyResult, listAnyhow } from './server-memory.ts';

/** A list that came, whole or in part: where a watch may begin. */
export interface Listed {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly selector: Selector;
  readonly resourceVersion: string | undefined;
  readonly outcome: ListRecord['outcome'];
}

export interface Selector {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface Lists {
  /** Lists a resource as far as the scope and the server allow. A second call waits for the first. */
  take(context: CollectorContext, resource: Resource): Promise<readonly Listed[]>;
  /** Lists one namespace, narrowed by a selector, for what is taken beyond the scope (cluster DNS). */
  takeFrom(
    context: CollectorContext,
    resource: Resource,
    namespace: string,
    selector: Selector,
  ): Promise<Listed>;
  /** Calls back for every list that came, those already there included. */
  onListed(callback: (listed: Listed) => void): void;
}

type Candidates = (context: CollectorContext) => Promise<readonly string[]>;

/** The lists of one capture. */
export function createLists(): Lists {
  const taken = new Map<string, Promise<readonly Listed[]>>();
  const done: Listed[] = [];
  const callbacks: Array<(listed: Listed) => void> = [];
  let candidates: Promise<readonly string[]> | undefined;
  const namespacesFor: Candidates = (context) => (candidates ??= fallbackNamespaces(context));
  const tell = (listed: Listed): void => {
    if (listed.outcome === 'failed') return;
    done.push(listed);
    for (const callback of callbacks) callback(listed);
  };
  return {
    take(context, resource) {
      const key = resourceId(resource.group, resource.plural);
      let promise = taken.get(key);
      if (promise === undefined) {
        promise = takeAll(context, resource, namespacesFor, tell);
        taken.set(key, promise);
      }
      return promise;
    },
    async takeFrom(context, resource, namespace, selector) {
      const listed = await takeOne(context, resource, namespace, selector);
      tell(listed);
      return listed;
    },
    onListed(callback) {
      callbacks.push(callback);
      for (const listed of done) callback(listed);
    },
  };
}

/** `/api/v1/…` or `/apis/<group>/<version>/…`. */
export function resourcePath(resource: Resource, namespace?: string): string {
  const root =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${resource.plural}`;
}

async function takeAll(
  context: CollectorContext,
  resource: Resource,
  candidatesFor: Candidates,
  tell: (listed: Listed) => void,
): Promise<readonly Listed[]> {
  const { namespaces } = context.scope;
  const everywhere = !resource.namespaced || namespaces === undefined;
  if (everywhere) {
    const listed = await takeOne(context, resource, undefined, {});
    tell(listed);
    if (listed.outcome !== 'failed' || !resource.namespaced || !listed.forbidden) return [listed];
  }
  const candidates = namespaces ?? (await candidatesFor(context));
  return await Promise.all(
    candidates.map(async (namespace) => {
      const listed = await takeOne(context, resource, namespace, {});
      tell(listed);
      return listed;
    }),
  );
}

async function takeOne(
  context: CollectorContext,
  resource: Resource,
  namespace: string | undefined,
  selector: Selector,
): Promise<Listed & { readonly forbidden: boolean }> {
  const startedAt = formatTime(now());
  const id = resourceId(resource.group, resource.plural);
  const parts = createParts(
    (part) => resourcePartPath({ ...resource, namespace }, part),
    async (path, body) => await context.write(path, context.redactor.seal(body)),
  );
  let items = 0;
  const keep = async (raw: Buffer): Promise<void> => {
    items += 1;
    if (context.inventory.wants(id)) context.inventory.observe(id, parsed(raw));
    await parts.line(context.redactor.object(id, raw));
  };
  const came = await context.queues.lists.add(async () => {
    const ask = { path: resourcePath(resource, namespace), query: { ...selector }, signal: context.signal };
    return id === 'secrets' ? await listSecrets(context, ask, keep) : await listAnyhow(context, ask, keep);
  });
  const result = await withRest(came, () => parts.end());
  context.count(items);
  const record = recordOf(resource, namespace, selector, result, items, startedAt);
  if (result.failure !== undefined && record.gap !== undefined) {
    const subject = {
      resource: id,
      version: resource.version,
      ...(namespace === undefined ? {} : { namespace }),
    };
    context.gap(
      gapOf(
        { key: record.gap, evidence: 'list', subject, partial: items > 0 },
        asListFailure(result.failure),
      ),
    );
  }
  await context.write(listRecordPath({ ...resource, namespace }), `${JSON.stringify(record)}\n`);
  return {
    resource,
    namespace,
    selector,
    resourceVersion: result.resourceVersion,
    outcome: record.outcome,
    forbidden: result.failure?.reason === 'forbidden',
  };
}

/** The last part may find no room in the file: then the list did not come whole. */
async function withRest(result: AnyResult, end: () => Promise<void>): Promise<AnyResult> {
  try {
    await end();
    return result;
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return { ...result, failure: result.failure ?? error };
  }
}

function recordOf(
  resource: Resource,
  namespace: string | undefined,
  selector: Selector,
  result: AnyResult,
  items: number,
  startedAt: string,
): ListRecord {
  const id = resourceId(resource.group, resource.plural);
  const failed = result.failure !== undefined;
  const narrowed = [selector.labelSelector, selector.fieldSelector]
    .filter((text) => text !== undefined)
    .join(' ');
  return {
    group: resource.group,
    version: resource.version,
    plural: resource.plural,
    kind: resource.kind,
    namespaced: resource.namespaced,
    ...(namespace === undefined ? {} : { namespace }),
    ...(narrowed === '' ? {} : { selector: narrowed }),
    outcome: failed ? (items > 0 ? 'partial' : 'failed') : 'complete',
    items,
    ...(result.resourceVersion === undefined ? {} : { resourceVersion: result.resourceVersion }),
    ...(result.inconsistent ? { inconsistent: true } : {}),
    ...(result.fromCache ? { fromCache: true } : {}),
    startedAt,
    endedAt: formatTime(now()),
    ...(failed ? { gap: `list:${id}${namespace === undefined ? '' : `@${namespace}`}` } : {}),
  };
}

/** There is no object at a list's path, only a kind: a 404 says that the server does not know it. */
function asListFailure(failure: ApiFailure): ApiFailure {
  if (failure.status !== 404) return failure;
  return new ApiFailure('not-served', failure.message, { status: failure.status });
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}
