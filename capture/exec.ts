/** Runs a program in a container, bounded in time and bytes, and tells apart why it did not run. */
import { asRecord, parseJson } from '../src/core/json.ts';
import { ApiFailure } from './failure.ts';
import type { ApiClient } from './http.ts';

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly signal: AbortSignal;
  /** From asking to the end of the program. It goes on in the container when its time is over and ends with its pipe. */
  readonly limitMs?: number;
  /** Of stdout; what is more is not waited for. Of stderr 4 KiB are kept. */
  readonly maxBytes?: number;
}

/** How it ended. */
export type ExecOutcome =
  | {
      readonly kind: 'exited';
      /** The program's own exit code. */
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
      /** Stdout had more than `maxBytes`; the code is 0 then, for nobody waited for it. */
      readonly truncated: boolean;
    }
  /** The container runs and has no such program (or one that cannot be executed). */
  | { readonly kind: 'no-program'; readonly text: string }
  /** The container or the pod does not run, or there is none of that name. */
  | { readonly kind: 'not-running'; readonly text: string }
  /** It could not be asked: forbidden, too late, the kubelet cannot be reached, … */
  | { readonly kind: 'failed'; readonly failure: ApiFailure };

const LIMIT_MS = 8000;
const MAX_BYTES = 256 * 1024;
const MAX_STDERR_BYTES = 4 * 1024;
const CHANNEL = { stdout: 1, stderr: 2, status: 3 } as const;

/** Runs it. Never throws for what the cluster does: every way to fail is an outcome. */
export async function execIn(api: ApiClient, request: ExecRequest): Promise<ExecOutcome> {
  const { limitMs = LIMIT_MS, maxBytes = MAX_BYTES } = request;
  const late = new AbortController();
  const words = `the program did not end within ${limitMs / 1000} s`;
  const timer = setTimeout(() => late.abort(new ApiFailure('timeout', words)), limitMs);
  try {
    return await run(api, request, maxBytes, AbortSignal.any([request.signal, late.signal]));
  } catch (error) {
    if (error instanceof ApiFailure) return unasked(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function run(
  api: ApiClient,
  request: ExecRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ExecOutcome> {
  const { namespace, pod, container, command } = request;
  const stdout = createTail(maxBytes);
  const stderr = createTail(MAX_STDERR_BYTES);
  const status = createTail(MAX_BYTES);
  const { promise, resolve, reject } = Promise.withResolvers<ExecOutcome>();
  const settle = (): void => resolve(outcomeOf(status.text(), stdout.text(), stderr.text(), stdout.full()));
  const channels = await api.channels({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec`,
    query: [
      ['container', container],
      ['stdout', 'true'],
      ['stderr', 'true'],
      ...command.map((part) => ['command', part] as const),
    ],
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    signal,
    onMessage(channel, data) {
      if (channel === CHANNEL.stdout) stdout.push(data);
      else if (channel === CHANNEL.stderr) stderr.push(data);
      else if (channel === CHANNEL.status) status.push(data);
      if (channel === CHANNEL.status || stdout.full()) settle();
    },
    onClose(failure) {
      if (failure !== undefined) reject(failure);
      // The kubelet closes without a status when it is cut off itself.
      else reject(new ApiFailure('unreachable', 'the connection ended before the program did'));
    },
  });
  try {
    return await promise;
  } finally {
    channels.end();
  }
}

interface Tail {
  push(data: Buffer): void;
  text(): string;
  /** More came than is kept. */
  full(): boolean;
}

function createTail(maxBytes: number): Tail {
  const chunks: Buffer[] = [];
  let kept = 0;
  let full = false;
  return {
    push(data) {
      const piece = data.subarray(0, Math.max(0, maxBytes - kept));
      if (piece.length < data.length) full = true;
      if (piece.length === 0) return;
      kept += piece.length;
      chunks.push(piece);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
    full: () => full,
  };
}

/** Reads the `Status` of channel 3 (`remotecommand.NonZeroExitCodeReason` and its `ExitCode` cause). */
function outcomeOf(raw: string, stdout: string, stderr: string, truncated: boolean): ExecOutcome {
  const status = asRecord(parseJson(raw));
  if (truncated || status['status'] === 'Success')
    return { kind: 'exited', code: 0, stdout, stderr, truncated };
  const message = typeof status['message'] === 'string' ? status['message'] : raw.slice(0, 500);
  const code = exitCodeOf(asRecord(status['details'])['causes']);
  if (code !== undefined) {
    const said = `${stdout}\n${stderr}`;
    // Docker tells a missing program by an exit code and the runtime's words on a stream.
    if ((code === 126 || code === 127) && RUNTIME_WORDS.test(said) && NO_PROGRAM.test(said))
      return { kind: 'no-program', text: said.trim().slice(0, 500) };
    return { kind: 'exited', code, stdout, stderr, truncated };
  }
  if (NO_PROGRAM.test(message)) return { kind: 'no-program', text: message };
  if (NOT_RUNNING.test(message)) return { kind: 'not-running', text: message };
  return { kind: 'failed', failure: new ApiFailure('error', message === '' ? 'no message' : message) };
}

function exitCodeOf(causes: unknown): number | undefined {
  if (!Array.isArray(causes)) return undefined;
  const cause = causes.map((one) => asRecord(one)).find((one) => one['reason'] === 'ExitCode');
  const code = Number(cause?.['message']);
  return cause !== undefined && Number.isInteger(code) ? code : undefined;
}

/** An answer that came instead of a connection. A missing container is a 400, a missing pod a 404, a stopped one a 500. */
function unasked(failure: ApiFailure): ExecOutcome {
  if (failure.status === 404) return { kind: 'not-running', text: failure.message };
  if (failure.status === 400 && /container|pod/i.test(failure.message))
    return { kind: 'not-running', text: failure.message };
  if (failure.status === 500 && NOT_RUNNING.test(failure.message))
    return { kind: 'not-running', text: failure.message };
  if (failure.status === 500 && NO_PROGRAM.test(failure.message))
    return { kind: 'no-program', text: failure.message };
  return { kind: 'failed', failure };
}

/** runc, crun, Kata and gVisor on a program that is not there or that the kernel will not execute. */
const NO_PROGRAM =
  /executable file [^:]*not found|exec: \\*"[^"]*": (stat [^:]*: no such file|permission denied|is a directory)|exec format error|the file \S+ was not found|error (finding|loading) executable/i;
const RUNTIME_WORDS = /OCI runtime exec failed|exec failed/i;
const NOT_RUNNING =
  /container not found|container .*is not (running|created or running)|cannot exec in a (stopped|deleted|paused)|state is CONTAINER_EXITED|not in running state|is not valid for pod|container is (not|paused)|task .* not found|no running task found|not found: not found/i;
