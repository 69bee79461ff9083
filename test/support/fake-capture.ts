/** A capture's parts put together against a fake API server, with what would go into the bundle kept in memory. */
import { join } from 'node:path';
import type { Gap } from '../../src/bundle/format.ts';
import { createBudget, type Budget } from '../../capture/budget.ts';
import { openConnection, type Connection } from '../../capture/client.ts';
import type { CollectorContext, Scope } from '../../capture/collector.ts';
import { type ApiClient, createApiClient } from '../../capture/http.ts';
import { createInventory } from '../../capture/inventory.ts';
import type { ChosenContext } from '../../capture/kubeconfig.ts';
import { createLists } from '../../capture/lists.ts';
import { sharedResources } from '../../capture/resources.ts';
import { capture, type CaptureResult } from '../../capture/run.ts';
import { createServerMemory } from '../../capture/server-memory.ts';
import { preflight } from '../../capture/preflight.ts';
import { createRedactor, type RedactionMode } from '../../src/bundle/redaction/redactor.ts';
import PQueue from 'p-queue';

/** The context of a server without TLS. */
export function contextFor(url: string, namespace?: string): ChosenContext {
  return {
    contextName: 'fake',
    clusterName: 'fake',
    userName: 'tester',
    cluster: { server: url },
    user: { token: 'abc' },
    namespace,
  };
}

export interface FakeContext {
  readonly context: CollectorContext;
  readonly budget: Budget;
  readonly files: Map<string, string>;
  readonly gaps: Gap[];
  close(): void;
}

/** What a collector is handed. */
export async function fakeContext(
  url: string,
  options: { scope?: Partial<Scope>; timeoutMs?: number; namespace?: string } = {},
): Promise<FakeContext> {
  const connection = await openConnection(contextFor(url, options.namespace));
  const budget = createBudget(options.timeoutMs ?? 5000);
  const files = new Map<string, string>();
  const gaps: Gap[] = [];
  const context: CollectorContext = {
    api: createApiClient(connection),
    scope: { sinceSeconds: 3600, ...options.scope },
    budget,
    redactor: createRedactor(),
    inventory: createInventory({ mentions: true }),
    lists: createLists(),
    memory: createServerMemory(),
    queues: {
      lists: new PQueue({ concurrency: 6 }),
      logs: new PQueue({ concurrency: 8 }),
      others: new PQueue({ concurrency: 4 }),
    },
    room: {
      left: () => Number.MAX_SAFE_INTEGER,
      reserve: (bytes) => Promise.resolve({ bytes, release: () => undefined }),
      take: (_path, _bytes, add) => add(),
    },
    homeNamespace: options.namespace ?? 'default',
    warn: () => undefined,
    resources: sharedResources(),
    signal: budget.signal,
    async write(path, body) {
      files.set(path, body.toString());
    },
    gap: (gap) => void gaps.push(gap),
    count: () => undefined,
    note: () => undefined,
  };
  const close = (): void => {
    budget.close();
    connection.close();
  };
  return { context, budget, files, gaps, close };
}

/** A client on a fake server. */
export async function fakeClient(url: string): Promise<{ api: ApiClient; connection: Connection }> {
  const connection = await openConnection(contextFor(url));
  return { api: createApiClient(connection), connection };
}

/** A whole capture of a fake server into `folder`. */
export async function fakeCapture(
  url: string,
  folder: string,
  options: {
    timeoutMs?: number;
    scope?: Partial<Scope>;
    redaction?: RedactionMode;
    maxBytes?: number;
    during?: (budget: Budget) => void;
  } = {},
): Promise<CaptureResult & { readonly file: string }> {
  const timeoutMs = options.timeoutMs ?? 5000;
  const connection = await openConnection(contextFor(url));
  const api = createApiClient(connection);
  const budget = createBudget(timeoutMs);
  options.during?.(budget);
  const file = join(folder, 'fake.tar.gz');
  try {
    const found = await preflight(api, { server: url, signal: budget.signal });
    const result = await capture({
      connection,
      api,
      scope: { sinceSeconds: 3600, ...options.scope },
      budget,
      timeoutMs,
      preflight: found,
      maxBytes: options.maxBytes,
      redaction: options.redaction ?? 'default',
      output: { file: () => file },
      progress: () => undefined,
    });
    return { ...result, file };
  } finally {
    budget.close();
    connection.close();
  }
}
