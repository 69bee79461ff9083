/** A container's whole story: how it ended and what that means, its last words, its limits beside what it used. */
import { defineQuery } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import type { Need } from '../../checks/check.ts';
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import { parseQuantity } from '../../../src/k8s/quantity.ts';
import type { ObjectFacts } from '../objects.ts';
import { DOCUMENT, type LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { dig, once, parseText } from '../read.ts';
import type { ContainerRow } from '../rows.ts';
import { containerNamed } from './containers.ts';

/** The evidence behind `facts.containerStory`; spread it into `needs` or `uses`. */
export const CONTAINER_STORY = ['list:pods', 'logs', 'nodes', 'metrics'] as const satisfies readonly Need[];

export interface ContainerStory {
  readonly state: ContainerRow | undefined;
  /** Of the run that ended last. */
  readonly ended:
    | { readonly code: number | null; readonly reason: string | null; readonly words: string }
    | undefined;
  /** The end of the log of the run that died: the previous one while the next runs or waits. Blank lines left out. */
  readonly lastWords: readonly LogRow[];
  /** Bytes. */
  readonly memoryLimit: number | undefined;
  readonly memoryUsed: number | undefined;
  /** As it stands in the pod: `64Mi`. */
  readonly memoryLimitText: string | undefined;
  readonly cpuLimitText: string | undefined;
  /** Share of CFS periods in which it was throttled, while the capture ran; 0 to 1. */
  readonly throttled: number | undefined;
  /** The same since its pod was made: cAdvisor counts anew every ten seconds or more, and a quick capture sees one count twice. */
  readonly throttledEver: number | undefined;
}

interface UsageRow {
  readonly name: string;
  readonly scrape: string;
  readonly labels: string;
  readonly value: number;
}
export const USAGE_METRICS = defineQuery<UsageRow>('facts-usage-metrics', [
  'name',
  'scrape',
  'labels',
  'value',
]);

export type ContainerStories = (pod: PodFact, container: string) => ContainerStory;

/** What the kubelet answers in a log's place when the runtime has dropped it already (kubelet/kuberuntime). */
const NO_LOG = 'unable to retrieve container logs for ';
const LAST_LINES = 20;

export function containerStories(store: Store, objects: ObjectFacts): ContainerStories {
  const usage = once(() => new Map<string, ReadonlyMap<string, number>>());
  const throttling = once(() => throttledShares(store));
  return (pod, container) => {
    const body = objects.body(pod);
    const declared = containerNamed(body, container);
    const state = objects.troubled(pod).find(({ name }) => name === container);
    const limits = fields(fields(declared?.['resources'])['limits']);
    const memory = text(limits['memory']) ?? undefined;
    const key = `${pod.namespace}/${pod.name}/${container}`;
    let used = pod.node === undefined ? undefined : usage().get(pod.node);
    if (used === undefined && pod.node !== undefined) {
      used = usedMemory(store, pod.node);
      usage().set(pod.node, used);
    }
    // Some runtimes' cAdvisor counts whole pods only: of a pod of one container that is the same.
    const share =
      throttling().get(key) ??
      (items(dig(body, 'spec', 'containers')).length === 1
        ? throttling().get(`${pod.namespace}/${pod.name}/`)
        : undefined);
    return {
      state,
      ended: endOf(state),
      lastWords: lastWords(objects, pod, container, state),
      memoryLimit: memory === undefined ? undefined : parseQuantity(memory),
      memoryLimitText: memory,
      cpuLimitText:
        text(limits['cpu']) ?? (typeof limits['cpu'] === 'number' ? String(limits['cpu']) : undefined),
      memoryUsed: used?.get(key),
      throttled: share?.now,
      throttledEver: share?.ever,
    };
  };
}

function endOf(state: ContainerRow | undefined): ContainerStory['ended'] {
  if (state === undefined) return undefined;
  const now = state.state === 'terminated';
  const code = now ? state.exit_code : state.last_exit_code;
  const reason = now ? state.reason : state.last_reason;
  return code === null && reason === null ? undefined : { code, reason, words: explainExit(code, reason) };
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/** `exit code 137: killed by SIGKILL, from outside; not for want of memory as far as the kubelet saw`. */
export function explainExit(code: number | null, reason: string | null): string {
  if (reason === 'OOMKilled')
    return `OOMKilled (exit code ${code ?? 'unknown'}): it wanted more memory than its limit or its node had`;
  if (code === null) return reason ?? 'it ended, with no code known';
  if (code === 0) return 'it ends by itself with exit code 0';
  const means: Readonly<Record<number, string>> = {
    126: 'its command cannot be run: no permission, or no program',
    127: 'its command was not found',
    128: 'the runtime could not start it',
  };
  const signal = code > 128 && code < 193 ? SIGNALS[code - 128] : undefined;
  const said = means[code] ?? (signal === undefined ? '' : `ended by ${signal}`);
  return `${reason ?? 'Error'} (exit code ${code}${said === '' ? '' : `: ${said}`})`;
}

function lastWords(
  objects: ObjectFacts,
  pod: PodFact,
  container: string,
  state: ContainerRow | undefined,
): readonly LogRow[] {
  const said = (previous: boolean): readonly LogRow[] =>
    objects
      .logTail(pod, container, previous, LAST_LINES)
      .filter((line) => line.text.trim() !== '' && !line.text.startsWith(NO_LOG));
  const previous = said(true);
  return previous.length > 0 || state?.state === 'running' ? previous : said(false);
}

/** Working set of each container on a node, from the kubelet's stats/summary. */
function usedMemory(store: Store, node: string): Map<string, number> {
  const used = new Map<string, number>();
  const summary = fields(parseText(store.get(DOCUMENT, [`nodes/${node}/stats-summary.json`])?.text ?? null));
  for (const pod of items(summary['pods'])) {
    const ref = fields(pod['podRef']);
    for (const container of items(pod['containers'])) {
      const bytes = dig(container, 'memory', 'workingSetBytes');
      if (typeof bytes === 'number')
        used.set(`${text(ref['namespace'])}/${text(ref['name'])}/${text(container['name'])}`, bytes);
    }
  }
  return used;
}

interface Shares {
  readonly now: number | undefined;
  readonly ever: number | undefined;
}

function throttledShares(store: Store): Map<string, Shares> {
  const counts = new Map<string, { periods: number[]; throttled: number[] }>();
  for (const { name, scrape, labels, value } of store.iterate(USAGE_METRICS)) {
    const of: Fields = fields(parseText(labels));
    const key = `${text(of['namespace'])}/${text(of['pod'])}/${text(of['container']) ?? ''}`;
    const count = counts.get(key) ?? { periods: [], throttled: [] };
    counts.set(key, count);
    count[name.includes('throttled') ? 'throttled' : 'periods'][scrape === 'first' ? 0 : 1] = value;
  }
  const shares = new Map<string, Shares>();
  for (const [key, { periods, throttled }] of counts) {
    const [from = 0, to] = periods;
    const [first = 0, last] = throttled;
    if (to === undefined || last === undefined) continue;
    shares.set(key, {
      now: to - from >= 10 ? (last - first) / (to - from) : undefined,
      ever: to >= 100 ? last / to : undefined,
    });
  }
  return shares;
}
