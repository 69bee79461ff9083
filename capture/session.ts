/** A capture as the command asks for it: choose the cluster, look before taking, take, and end on Ctrl-C with a file. */
import type { Writable } from 'node:stream';
import type { RedactionMode } from '../src/bundle/redaction/redactor.ts';
import { createBudget, type Budget } from './budget.ts';
import { type Connection, openConnection } from './client.ts';
import type { Scope } from './collector.ts';
import { parseFocus } from './focus.ts';
import { createApiClient } from './http.ts';
import { chooseContext, type ChosenContext } from './kubeconfig.ts';
import { preflight, type Preflight } from './preflight.ts';
import { capture, type CaptureLive, type CaptureProgress, type CaptureResult } from './run.ts';
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
  /** Since when the time counts, in milliseconds: when the program was started. Absent: the call. */
  readonly startedAt?: number | undefined;
  /** Of the file, compressed. */
  readonly maxBytes?: number | undefined;
  /** Tiers or ids of collectors that are left out. */
  readonly without?: ReadonlySet<string> | undefined;
  /** Whose evidence comes first. */
  readonly focus?: readonly string[] | undefined;
  /** Told first, before anything is taken. */
  readonly begun: (context: ChosenContext, found: Preflight) => void;
  readonly opened?: ((live: CaptureLive) => void) | undefined;
  readonly progress: (event: CaptureProgress) => void;
  /** Told before anything is put into the cluster. */
  readonly warn?: ((line: string) => void) | undefined;
  /** Told at the first Ctrl-C; the second ends the process as if nobody listened. */
  readonly interrupted: () => void;
}

/** For looking before taking. */
const LOOKING = { mostMs: 6000, share: 0.15 } as const;

/**
 * Captures one cluster. Finding out who we are, by a credential plugin too, is part of the time.
 * @throws UserError for an unusable kubeconfig, server, selector or output.
 */
export async function runSession(options: SessionOptions): Promise<CaptureResult> {
  const chosen = chooseContext({ kubeconfig: options.kubeconfig, context: options.context });
  const scope = scopeOf(options, chosen.namespace ?? 'default');
  const budget = createBudget(options.timeoutMs, options.startedAt);
  const release = onInterrupt(budget, options.interrupted);
  let connection: Connection | undefined;
  try {
    connection = await openConnection(chosen, budget.signal);
    const api = createApiClient(connection);
    const found = await preflight(api, {
      server: chosen.cluster.server,
      namespaces: scope.namespaces,
      homeNamespace: chosen.namespace ?? 'default',
      allowExec: scope.allowExec,
      debugImage: scope.debugImage,
      // Asked to wait again and again, it would eat the time of the Events.
      signal: AbortSignal.any([
        budget.signal,
        AbortSignal.timeout(Math.min(LOOKING.mostMs, options.timeoutMs * LOOKING.share)),
      ]),
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
      maxBytes: options.maxBytes,
      without: options.without,
      output: options.output,
      opened: options.opened,
      progress: options.progress,
      warn: options.warn,
    });
  } finally {
    release();
    budget.close();
    connection?.close();
  }
}

function scopeOf(options: SessionOptions, home: string): Scope {
  const { namespaces, selector, sinceSeconds, allowExec, debugImage, edge, focus } = options;
  return {
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces: [...new Set(namespaces)] }),
    ...(selector === undefined ? {} : { selector: { text: selector, parsed: parseTextSelector(selector) } }),
    sinceSeconds,
    // An ephemeral container is of use only where a program may be run in it.
    allowExec: allowExec === true || debugImage !== undefined,
    debugImage,
    edge,
    focus: (focus ?? []).map((text) => parseFocus(text, namespaces?.[0] ?? home)),
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
