/** What can go wrong with a request, in the words of the server, and the gap that it becomes. */
import { messageOf } from '../src/core/errors.ts';
import { formatTime, now } from '../src/core/time.ts';
import type { Gap, GapReason } from '../src/bundle/format.ts';

export interface FailureOptions {
  /** HTTP status, when a server gave one. */
  readonly status?: number | undefined;
  /** The fresh token that a 410 carries in `metadata.continue`. */
  readonly continueToken?: string | undefined;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A request that brought no answer to use. Every one of them becomes a gap; none may end the capture. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly reason: GapReason;
  readonly status: number | undefined;
  readonly continueToken: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: GapReason, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.status = options.status;
    this.continueToken = options.continueToken;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Why everything still running is told to stop; the `reason` of every AbortSignal of a capture. */
export class CaptureStop extends Error {
  override readonly name = 'CaptureStop';
  readonly kind: 'deadline' | 'interrupted' | 'finished';

  constructor(kind: CaptureStop['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What an HTTP status says about why evidence did not come. */
export function reasonOfStatus(status: number): GapReason {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 405 || status === 406) return 'not-served';
  if (status === 410) return 'gone';
  if (status === 413) return 'too-large';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 429 || status === 500 || status === 502 || status === 503) return 'unavailable';
  return 'error';
}

const SYSTEM_REASONS: Readonly<Record<string, GapReason>> = {
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EPIPE: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ERR_STREAM_PREMATURE_CLOSE: 'unreachable',
  ETIMEDOUT: 'timeout',
  Z_DATA_ERROR: 'invalid',
  Z_BUF_ERROR: 'unreachable',
};

/** Anything thrown while evidence was on its way, as an ApiFailure. */
export function failureOf(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  const stop = stopOf(error);
  if (stop !== undefined) {
    const reason = stop.kind === 'interrupted' ? 'interrupted' : 'timeout';
    return new ApiFailure(reason, stop.message, { cause: error });
  }
  const code = codeOf(error);
  const reason = code === undefined ? undefined : SYSTEM_REASONS[code];
  if (reason !== undefined) return new ApiFailure(reason, wordsOf(error), { cause: error });
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new ApiFailure('timeout', error.message, { cause: error });
  }
  return new ApiFailure('error', wordsOf(error), { cause: error });
}

/** The `code` of a system error, also one level down (`AggregateError` of a dual-stack connect). */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'cause' in error ? codeOf(error.cause) : undefined;
}

function stopOf(error: unknown): CaptureStop | undefined {
  if (error instanceof CaptureStop) return error;
  if (error instanceof Error && error.name === 'AbortError' && error.cause !== undefined) {
    return stopOf(error.cause);
  }
  return undefined;
}

function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((inner) => messageOf(inner)).join('; ');
  }
  const words = messageOf(error);
  return words === '' ? (codeOf(error) ?? 'no message') : words;
}

/** The gap that stands for what did not come. */
export function gapOf(
  what: Pick<Gap, 'key' | 'evidence' | 'subject'> & { partial?: boolean | undefined },
  error: unknown,
): Gap {
  const failure = failureOf(error);
  return {
    key: what.key,
    evidence: what.evidence,
    subject: what.subject,
    reason: failure.reason,
    ...(failure.status === undefined ? {} : { status: failure.status }),
    detail: failure.message.slice(0, 2000),
    at: formatTime(now()),
    ...(what.partial === true ? { partial: true } : {}),
  };
}
