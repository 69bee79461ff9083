/** A capture as the command asks for it: choose the cluster, look before taking, take, and end on Ctrl-C with a file. */
import type { Writable } from 'node:stream';
import type { RedactionMode } from '../src/bundle/redaction/redactor.ts';
import { createBudget, type Budget } from './budget.ts';
import { openConnection } from './client.ts';
import type { Scope } from './collector.ts';
import { createApiClient } from './http.ts';
import { chooseContext, type ChosenContext } from './kubeconfig.ts';
import { preflight, type Preflight } from './preflight.ts';
import { capture, type CaptureProgress, type CaptureResult } from './run.ts';
import { parseTextSelector } from './selector.ts';

export interface SessionOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly sinceSeconds: number;
  readonly timeoutMs: number;
  readonly redaction: RedactionMode;
  readonly allowExec?: boolean | undefined;
  readonly debugImage?: string | undefined;
  readonly edge?: boolean | undefined;
  /** The file, from the name that the bundle has inside; or a stream. */
  readonly output: { readonly file: (name: string) => string } | { readonly stream: Writable };
  /** Told first, before anything is taken. */
  readonly begun: (context: ChosenContext, found: Preflight) => void;
  readonly progress: (event: CaptureProgress) => void;
  /** Told at the first Ctrl-C; the second ends the process as if nobody listened. */
  readonly interrupted: () => void;
}

/**
 * Captures one cluster. The budget begins with the call: finding out who we are is part of it.
 * @throws UserError for an unusable kubeconfig, server, selector or output.
 */
export async function runSession(options: SessionOptions): Promise<CaptureResult> {
  const scope = scopeOf(options);
  const chosen = chooseContext({ kubeconfig: options.kubeconfig, context: options.context });
  const connection = await openConnection(chosen);
  const api = createApiClient(connection);
  const budget = createBudget(options.timeoutMs);
  const release = onInterrupt(budget, options.interrupted);
  try {
    const found = await preflight(api, {
      server: chosen.cluster.server,
      namespaces: scope.namespaces,
      homeNamespace: chosen.namespace ?? 'default',
      allowExec: scope.allowExec,
      debugImage: scope.debugImage,
      signal: budget.signal,
    });
    options.begun(chosen, found);
    return await capture({
      connection,
      api,
      scope,
      budget,
      timeoutMs: options.timeoutMs,
      redaction: options.redaction,
      preflight: found,
      output: options.output,
      progress: options.progress,
    });
  } finally {
    release();
    budget.close();
    connection.close();
  }
}

function scopeOf(options: SessionOptions): Scope {
  const { namespaces, selector, sinceSeconds, allowExec, debugImage, edge } = options;
  return {
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces: [...new Set(namespaces)] }),
    ...(selector === undefined ? {} : { selector: { text: selector, parsed: parseTextSelector(selector) } }),
    sinceSeconds,
    // An ephemeral container is of use only where a program may be run in it.
    allowExec: allowExec === true || debugImage !== undefined,
    debugImage,
    edge,
  };
}

/** Listens once: after that Node's own way applies again, and a second Ctrl-C ends the process at once. */
function onInterrupt(budget: Budget, told: () => void): () => void {
  const stop = (): void => {
    release();
    told();
    budget.interrupt();
  };
  const release = (): void => {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return release;
}
