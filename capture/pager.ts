/** One list, page by page: items as they stream past, a 410 gone on with, nothing held but the item in hand. */
import { ApiFailure, failureOf } from './failure.ts';
import type { ApiClient } from './http.ts';
import { createListSplitter, type ListMeta } from './splitter.ts';

const PAGE = 500;
/** A continue token lives five minutes; a server that keeps expiring fresh ones will not be asked for ever. */
const MAX_EXPIRED = 5;

export interface PagedList {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** As of `ApiRequest`, for each page. */
  readonly firstMs?: number;
  readonly limitMs?: number;
}

export interface PagedResult {
  /** Of the first page: a watch from here misses nothing. */
  readonly resourceVersion: string | undefined;
  /** How many pages came whole. */
  readonly pages: number;
  /** A token expired in the middle: objects come from more than one moment. */
  readonly inconsistent: boolean;
  /** Why it ended early, if it did; what came before is good. */
  readonly failure: ApiFailure | undefined;
}

/** Lists everything behind `path`; `item` is awaited for each object, in order. Never throws for what the server does. */
export async function listPages(
  api: ApiClient,
  list: PagedList,
  item: (raw: Buffer) => Promise<void> | void,
): Promise<PagedResult> {
  let resourceVersion: string | undefined;
  let token: string | undefined;
  let pages = 0;
  let expired = 0;
  const result = (failure?: ApiFailure): PagedResult => ({
    resourceVersion,
    pages,
    inconsistent: expired > 0,
    failure,
  });
  for (;;) {
    let meta: ListMeta;
    try {
      meta = await onePage(api, list, token, item);
    } catch (error) {
      const failure = failureOf(error);
      const fresh = failure.reason === 'gone' ? failure.continueToken : undefined;
      if (fresh === undefined || fresh === token || expired >= MAX_EXPIRED) return result(failure);
      expired += 1;
      token = fresh;
      continue;
    }
    pages += 1;
    resourceVersion ??= meta.resourceVersion;
    token = meta.continue;
    if (token === undefined) return result();
  }
}

async function onePage(
  api: ApiClient,
  list: PagedList,
  token: string | undefined,
  item: (raw: Buffer) => Promise<void> | void,
): Promise<ListMeta> {
  const response = await api.request({
    path: list.path,
    query: { ...list.query, limit: PAGE, continue: token },
    accept: list.accept ?? 'application/json',
    signal: list.signal,
    ...(list.firstMs === undefined ? {} : { firstMs: list.firstMs }),
    ...(list.limitMs === undefined ? {} : { limitMs: list.limitMs }),
  });
  const splitter = createListSplitter();
  for await (const chunk of response.body) {
    for (const raw of splitter.push(chunk)) {
      const waiting = item(raw);
      if (waiting !== undefined) await waiting;
    }
  }
  const meta = splitter.end();
  if (meta.kind !== undefined && !meta.kind.endsWith('List')) {
    throw new ApiFailure(
      'invalid',
      `the answer is a ${meta.kind}, no list${meta.message ? `: ${meta.message}` : ''}`,
    );
  }
  return meta;
}
