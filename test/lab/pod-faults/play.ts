/** Causes faults of pods side by side, each in its own namespace, waits until each is seen, and reads what a verdict says. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { text, type Kube } from '../kube.ts';
import { makeNamespace } from '../kube/namespaces.ts';
import { until } from '../run.ts';
import type { PodFault } from './fault.ts';
import { stateOf } from './states.ts';

export type Placed = PodFault & { readonly namespace: string };

export const placed = (faults: readonly PodFault[]): Placed[] =>
  faults.map((fault) => ({ ...fault, namespace: `pods-${randomBytes(4).toString('hex')}` }));

/** Longer than the first minute, in which neither a pod that waits nor a volume that fails means anything. */
const MEANINGFUL_AGE_MS = 68_000;
const PATIENCE_MS = 300_000;
const AT_A_TIME = 6;

/**
 * Makes all of them and returns when each shows what it is waited for by, and is old enough to mean something.
 *
 * @throws LabError naming the fault that never showed.
 */
export async function cause(kube: Kube, faults: readonly Placed[]): Promise<void> {
  const queue = [...faults];
  const make = async (): Promise<void> => {
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
      await makeNamespace(kube, fault.namespace);
      await kube.apply(fault.objects, { namespace: fault.namespace });
    }
  };
  // What needs several steps goes on beside the others.
  const slow = faults.filter(({ first }) => first !== undefined);
  for (const fault of slow) queue.splice(queue.indexOf(fault), 1);
  await Promise.all([
    ...Array.from({ length: AT_A_TIME }, make),
    ...slow.map(async ({ namespace, objects, first }) => {
      await makeNamespace(kube, namespace);
      await first?.(kube, namespace);
      await kube.apply(objects, { namespace });
    }),
  ]);
  const made = Date.now();
  for (const fault of faults) await shown(kube, fault);
  const last = Math.max(made, await youngest(kube, faults));
  await sleep(Math.max(0, last + MEANINGFUL_AGE_MS - Date.now()));
  for (const fault of faults) await fault.last?.(kube, fault.namespace);
}

async function shown(kube: Kube, fault: Placed): Promise<void> {
  const state = stateOf(fault);
  await until(`"${fault.name}" to show`, PATIENCE_MS, async () => await state(kube, fault.namespace), 1000);
}

/** When the last pod that still waits was begun, on this machine's clock: the kubelet lets its first minute pass. */
async function youngest(kube: Kube, faults: readonly Placed[]): Promise<number> {
  const starts: number[] = [];
  for (const { namespace } of faults) {
    for (const pod of await kube.list({ kind: 'Pod', namespace })) {
      const at = Date.parse(text(pod, 'status.startTime'));
      if (text(pod, 'status.phase') === 'Pending' && !Number.isNaN(at)) starts.push(at);
    }
  }
  return Math.max(0, ...starts);
}

/** Takes all of them back, also what reaches outside of their namespaces. */
export async function undo(kube: Kube, faults: readonly Placed[]): Promise<void> {
  for (const fault of faults) await fault.undo?.(kube);
  for (const { namespace } of faults) await kube.delete({ kind: 'Namespace', name: namespace });
}

/** What the verdict says of one fault, beside the same in the form of what is expected of it. */
export function told(
  verdict: Verdict,
  { name, namespace, roots, unexplained, advice, empties, severity }: Placed,
) {
  const here = (keys: readonly string[]): string[] =>
    keys.filter((key) => key.includes(`/${namespace}/`)).toSorted();
  const keysOf = (keys: readonly string[] = []): string[] =>
    keys.map((one) => one.replaceAll('NS', namespace)).toSorted();
  const main = keysOf([...(roots ?? []), ...(unexplained ?? []), ...(advice ?? [])]);
  const found = verdict.findings.find(({ key }) => main.includes(key));
  const empty = verdict.findings.find(({ key }) => key === `service/no-endpoints:Service/${namespace}/web`);
  const advised = verdict.findings.filter(({ role }) => role === 'advice').map(({ key }) => key);
  const wanted = {
    name,
    roots: keysOf(roots),
    unexplained: keysOf(unexplained),
    advice: keysOf(advice),
    empties: empties === true,
    severity: severity ?? 'any',
  };
  const seen: typeof wanted = {
    name,
    roots: here(verdict.roots),
    unexplained: here(verdict.unexplained),
    // Where nothing is to be found there is to be no advice either.
    advice: here(advised).filter((key) => main.length === 0 || wanted.advice.includes(key)),
    empties: empties === true && (empty?.causes.length ?? 0) > 0,
    severity: severity === undefined ? 'any' : (found?.severity ?? 'none'),
  };
  return { seen, wanted, summary: found?.summary ?? '' };
}
