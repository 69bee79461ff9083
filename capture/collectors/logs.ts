/** Container logs: current, previous and init, with the server's timestamps, the most telling first, the newest lines kept. */
import PQueue from 'p-queue';
import type { GapReason } from '../../src/bundle/format.ts';
import { logPath } from '../../src/bundle/paths.ts';
import { matchesSelector } from '../../src/k8s/labels.ts';
import type { Collector, CollectorContext } from '../collector.ts';
import { ApiFailure, failureOf, gapOf } from '../failure.ts';
import { PODS } from '../kinds.ts';
import { type LogClass, type LogTask, logTasks } from '../log-order.ts';
import { type Ends, redactNewest, shortlyAfter } from '../log-pieces.ts';
import { inParts, keepNewest, type Newest } from '../newest.ts';

/** `tailLines` keeps the newest; `limitBytes` would keep the oldest of them. */
const TAIL: Readonly<Record<LogClass, number>> = {
  dns: 50_000,
  edge: 20_000,
  'control-plane': 10_000,
  unwell: 20_000,
  'near-unwell': 10_000,
  rest: 5_000,
};
const TAIL_PREVIOUS = 5_000;
/** Of one container; with six at a time this bounds the memory. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_BYTES_IN_ALL = 256 * 1024 * 1024;
const PART_BYTES = 1024 * 1024;
/** After the time is over, for what has come and is not written yet. */
const LAST_MS = 300;
/** After so many failures in a row to reach a node, its other logs are not asked for. */
const NODE_FAILURES = 2;
/** These are taken whatever `-l` says. */
const ALWAYS: ReadonlySet<LogClass> = new Set(['dns']);

interface Progress {
  readonly ends: Ends;
  /** One log after another is redacted and written: six at once would all be half done at the end. */
  readonly desk: PQueue;
  /** The bundle cannot be written, or a bug. */
  broken?: { readonly error: unknown };
  bytes: number;
  readonly failures: Map<string, number>;
  readonly unasked: Map<string, { count: number; failure: ApiFailure }>;
}

const collector: Collector = {
  id: 'logs',
  title: 'logs of containers',
  tier: 'logs',
  async run(context) {
    await context.lists.take(context, PODS);
    const progress: Progress = {
      ends: { over: context.signal, enough: shortlyAfter(context.signal, LAST_MS) },
      desk: new PQueue({ concurrency: 1 }),
      bytes: 0,
      failures: new Map(),
      unasked: new Map(),
    };
    const tasks = logTasks(context.inventory.pods(), context.inventory, context.scope.focus);
    const wanted = tasks.filter((task) => isWanted(context, task));
    const { logs } = context.queues;
    for (const task of wanted) {
      // Ten thousand waiting requests would be a heap of their own.
      await logs.onSizeLessThan(logs.concurrency);
      void logs
        .add(() => take(context, task, progress))
        .catch((error: unknown) => (progress.broken ??= { error }));
    }
    await logs.onIdle();
    if (progress.broken !== undefined) throw progress.broken.error;
    tellUnasked(context, progress, tasks.length - wanted.length);
  },
};
export default collector;

function isWanted(context: CollectorContext, task: LogTask): boolean {
  const { selector } = context.scope;
  if (selector === undefined || ALWAYS.has(task.class)) return true;
  return matchesSelector(selector.parsed, task.pod.labels);
}

async function take(context: CollectorContext, task: LogTask, progress: Progress): Promise<void> {
  const refused = whyNot(context, task, progress);
  if (refused !== undefined) {
    const key = task.pod.namespace;
    const known = progress.unasked.get(key);
    progress.unasked.set(key, { count: (known?.count ?? 0) + 1, failure: known?.failure ?? refused });
    return;
  }
  const newest = keepNewest(MOST_BYTES);
  let failure: ApiFailure | undefined;
  try {
    const response = await context.api.request(requestFor(context, task));
    for await (const chunk of response.body) newest.push(chunk);
  } catch (error) {
    failure = worded(failureOf(error));
  }
  noteNode(task, failure, progress);
  if (failure === undefined && newest.dropped() > 0) {
    const words = `more than ${MOST_BYTES >> 20} MiB; the newest are kept, ${newest.dropped()} bytes before them are not`;
    failure = new ApiFailure('too-large', words);
  }
  if (failure !== undefined) context.gap(gapOf(gapFor(task, newest.length > 0), failure));
  if (newest.length > 0 || failure === undefined)
    await progress.desk.add(() => write(context, task, newest, progress));
}

function requestFor(context: CollectorContext, task: LogTask) {
  const { pod, container, previous } = task;
  return {
    path: `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`,
    query: {
      container,
      timestamps: 'true',
      tailLines: previous ? TAIL_PREVIOUS : TAIL[task.class],
      // How a container ended is worth having, however long ago it was.
      ...(previous ? { previous: 'true' } : { sinceSeconds: context.scope.sinceSeconds }),
    },
    accept: '*/*',
    signal: context.signal,
  };
}

async function write(
  context: CollectorContext,
  task: LogTask,
  newest: Newest,
  progress: Progress,
): Promise<void> {
  const { namespace, name: pod } = task.pod;
  const origin = { evidence: 'log', namespace, name: pod } as const;
  const redact = (piece: Buffer): Buffer => context.redactor.text(origin, piece);
  const { bytes, left } = await redactNewest(newest.whole(), redact, progress.ends);
  if (left > 0) {
    const words = `the time was over before ${left} bytes of its beginning were redacted; the newest lines are kept`;
    context.gap(gapOf(gapFor(task, bytes.length > 0), new ApiFailure('timeout', words)));
    if (bytes.length === 0) return;
  }
  const whole = inParts(bytes, PART_BYTES);
  const length = whole.reduce((sum, part) => sum + part.length, 0);
  const room = await context.room.reserve(length);
  try {
    const parts = room.bytes < length ? newestOf(whole, room.bytes) : whole;
    if (room.bytes < length) {
      const words = 'no room for all of it in the file (--max-size); the newest lines are kept';
      context.gap(gapOf(gapFor(task, parts.length > 0), new ApiFailure('too-large', words)));
      if (parts.length === 0) return;
    }
    await writeParts(context, task, parts, progress);
  } finally {
    room.release();
  }
  context.count(1);
}

async function writeParts(
  context: CollectorContext,
  task: LogTask,
  parts: readonly Buffer[],
  progress: Progress,
): Promise<void> {
  const { namespace, name: pod } = task.pod;
  for (const [index, part] of parts.entries()) {
    const path = logPath({
      namespace,
      pod,
      container: task.container,
      previous: task.previous,
      part: index + 1,
    });
    progress.bytes += part.length;
    await context.write(path, context.redactor.seal(part));
  }
}

/** The last whole lines within so many bytes. */
function newestOf(parts: readonly Buffer[], bytes: number): Buffer[] {
  const kept: Buffer[] = [];
  let left = bytes;
  for (const part of parts.toReversed()) {
    const cut = part.length <= left ? part : part.subarray(part.indexOf(0x0a, part.length - left - 1) + 1);
    if (cut.length > 0 && cut.length <= left) kept.unshift(cut);
    if (part.length > left) break;
    left -= part.length;
  }
  return kept;
}

/** Why a log is not even asked for; undefined when it is. */
function whyNot(context: CollectorContext, { pod }: LogTask, progress: Progress): ApiFailure | undefined {
  if (context.signal.aborted) return failureOf(context.signal.reason);
  if (context.room.left('log') === 0)
    return new ApiFailure('too-large', 'the file has no more room for logs (--max-size)');
  if (progress.bytes > MOST_BYTES_IN_ALL) {
    return new ApiFailure('too-large', `${MOST_BYTES_IN_ALL >> 20} MiB of more telling logs were taken`);
  }
  if (pod.node !== undefined && (progress.failures.get(pod.node) ?? 0) >= NODE_FAILURES) {
    return new ApiFailure('unreachable', `the kubelet of ${pod.node} did not answer ${NODE_FAILURES} times`);
  }
  return undefined;
}

/** Counts what cannot be reached, by node; an answer forgives. */
function noteNode({ pod }: LogTask, failure: ApiFailure | undefined, { failures }: Progress): void {
  if (pod.node === undefined) return;
  if (failure === undefined) failures.set(pod.node, 0);
  else if (failure.reason === 'unreachable' || failure.reason === 'timeout') {
    failures.set(pod.node, (failures.get(pod.node) ?? 0) + 1);
  }
}

/** What the API server says of kubelets it cannot reach is a 500 or 502 with the dialer's words. */
const UNREACHABLE =
  /dial tcp|no route to host|connection refused|i\/o timeout|EOF|TLS handshake timeout|net\/http/;

function worded(failure: ApiFailure): ApiFailure {
  let reason: GapReason = failure.reason;
  if (failure.status === 400) {
    reason = /previous terminated container .* not found/.test(failure.message) ? 'not-found' : 'unavailable';
  } else if (failure.status === 404) {
    reason = 'gone';
  } else if (failure.status !== undefined && failure.status >= 500 && UNREACHABLE.test(failure.message)) {
    reason = 'unreachable';
  }
  return new ApiFailure(reason, failure.message, { status: failure.status });
}

function gapFor({ pod, container, previous }: LogTask, partial: boolean) {
  const { namespace, name } = pod;
  return {
    key: `log:${namespace}/${name}/${container}${previous ? '.previous' : ''}`,
    evidence: 'log',
    subject: { namespace, pod: name, container, ...(previous ? { previous: true } : {}) },
    partial,
  } as const;
}

/** One gap a namespace for what was not asked for: a thousand would hide the others. */
function tellUnasked(context: CollectorContext, progress: Progress, deselected: number): void {
  for (const [namespace, { count, failure }] of progress.unasked) {
    const words = `${count} ${count === 1 ? 'log was' : 'logs were'} not asked for: ${failure.message}`;
    const subject = { namespace };
    context.gap(
      gapOf(
        { key: `log:${namespace}`, evidence: 'log', subject, partial: true },
        new ApiFailure(failure.reason, words),
      ),
    );
  }
  if (deselected > 0) {
    const words = `${deselected} logs of pods that do not match -l ${context.scope.selector?.text ?? ''}`;
    context.gap(
      gapOf(
        { key: 'log:*', evidence: 'log', subject: {}, partial: true },
        new ApiFailure('out-of-scope', words),
      ),
    );
  }
}
