/**
 * Lists from an API server whose database does not answer. A list "as of now" (no resourceVersion) needs etcd; one with
 * resourceVersion=0 ("Any") comes from the watch cache of the API server, which may be stale and outlives its etcd.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
 */
import { formatTime, now } from '../src/core/time.ts';
import type { CollectorContext } from './collector.ts';
import { ApiFailure } from './failure.ts';
import { listPages, type PagedList, type PagedResult } from './pager.ts';

/** What one capture knows of the API server's database. */
export interface ServerMemory {
  /** Aborted once the database is known not to answer: whoever waits for it need not wait any longer. */
  readonly known: AbortSignal;
  /** It does not answer: from now on lists are asked for from memory first. */
  tell(): void;
}

/** Nothing is known yet. */
export function createServerMemory(): ServerMemory {
  const controller = new AbortController();
  return {
    known: controller.signal,
    tell: () => controller.abort(new ApiFailure('timeout', 'the API server does not reach its database')),
  };
}

export interface AnyResult extends PagedResult {
  /** The objects are what the API server remembered: they may be stale. */
  readonly fromCache: boolean;
}

/** How long a list may wait for its first byte before memory is asked: what the first tier gets, within these. */
const PATIENCE = { leastMs: 3000, mostMs: 10_000 } as const;

/**
 * Lists "as of now", or, where that hangs or fails for want of the database, from memory. A refusal (401, 403, 404, 429)
 * is an answer. Once a list had to go that way, all others go that way first. Never throws for what the server does.
 */
export async function listAnyhow(
  context: CollectorContext,
  list: PagedList,
  item: (raw: Buffer) => Promise<void> | void,
): Promise<AnyResult> {
  const { memory, budget } = context;
  const firstMs = Math.min(PATIENCE.mostMs, Math.max(PATIENCE.leastMs, budget.share('events')));
  let items = 0;
  const counted = (raw: Buffer): Promise<void> | void => {
    items += 1;
    return item(raw);
  };
  const recall = async (): Promise<AnyResult> => {
    // The watch cache heeds no `limit` at "0": one page may be all there is, and take long.
    const query = { ...list.query, resourceVersion: '0' };
    const result = await listPages(context.api, { ...list, query, firstMs, limitMs: 0 }, counted);
    return toldOf(context, { ...result, fromCache: items > 0 || result.failure === undefined });
  };
  if (memory.known.aborted) return await recall();
  const asked = await untilKnown(context, list, () => items === 0, firstMs, counted);
  if (items > 0 || list.signal.aborted || !wantsDatabase(asked.failure))
    return { ...asked, fromCache: false };
  const recalled = await recall();
  // Both ways are barred: it is not the database, and the first answer says it better.
  if (!recalled.fromCache) return { ...asked, fromCache: false };
  memory.tell();
  return recalled;
}

/** The ordinary list; given up when others find out that the database is gone, as long as nothing has come. */
async function untilKnown(
  context: CollectorContext,
  list: PagedList,
  isEmpty: () => boolean,
  firstMs: number,
  item: (raw: Buffer) => Promise<void> | void,
): Promise<PagedResult> {
  const { known } = context.memory;
  const controller = new AbortController();
  const stop = (): void => {
    if (isEmpty()) controller.abort(known.reason);
  };
  known.addEventListener('abort', stop, { once: true });
  const signal = AbortSignal.any([list.signal, controller.signal]);
  return await listPages(context.api, { ...list, signal, firstMs }, item).finally(() => {
    known.removeEventListener('abort', stop);
  });
}

/** Hanging, and the 5xx in which the API server hands on etcd's words: what memory may answer all the same. */
function wantsDatabase(failure: ApiFailure | undefined): boolean {
  if (failure === undefined) return false;
  return failure.status === undefined ? failure.reason === 'timeout' : failure.status >= 500;
}

/** One gap for the whole capture: what is not there may have come since, what is there may be gone. */
function toldOf(context: CollectorContext, result: AnyResult): AnyResult {
  if (!result.fromCache) return result;
  context.gap({
    key: 'memory:lists',
    evidence: 'list',
    subject: {},
    reason: 'unavailable',
    detail:
      "lists came from the API server's memory (resourceVersion=0), because its database did not answer: they may be stale",
    at: formatTime(now()),
    partial: true,
  });
  return result;
}
