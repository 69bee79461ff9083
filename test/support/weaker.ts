/** Whether a verdict over less evidence says no more than the one over all of it. */
import type { Verdict } from '../../analyze/model/verdict.ts';

/** A workload, its ReplicaSets and its pods: the same incident by what is left to name it. */
const LINEAGE = /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Pod)$/;

/** What is refused is told of what refuses; where that is not in the file, of what it was refused to. */
const REFUSAL = /^platform\/(?:quota|webhook)$/;

interface Key {
  readonly check: string;
  readonly kind: string;
  readonly name: string;
  readonly part: string;
}

function parsed(key: string): Key {
  const [, check = '', kind = '', name = '', part = ''] = /^([^:]+):([^/]+)\/([^#]*)(#.*)?$/.exec(key) ?? [];
  return { check, kind, name, part };
}

/** Whether both keys tell of the same fault, at the workload or at what it made. */
export function sameFault(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parsed(one), parsed(other)];
  if (a.check === b.check && REFUSAL.test(a.check)) return true;
  if (a.check !== b.check || a.part !== b.part || !LINEAGE.test(a.kind) || !LINEAGE.test(b.kind))
    return false;
  return a.name === b.name || a.name.startsWith(`${b.name}-`) || b.name.startsWith(`${a.name}-`);
}

/** Every way in which `less` says more than, or other than, `whole`; empty when it is weaker or the same. */
export function lies(whole: Verdict, less: Verdict): string[] {
  const known = (key: string, keys: readonly string[]): boolean => keys.some((one) => sameFault(one, key));
  const told = whole.findings.map(({ key }) => key);
  const failed = new Map(whole.paths.map(({ key, layers }) => [key, layers]));
  const silent = less.roots.length + less.unexplained.length + less.unknown.length === 0;
  return [
    ...less.errors.map(({ message }) => `error: ${message}`),
    ...less.roots.filter((key) => !known(key, whole.roots)).map((key) => `blames ${key}`),
    ...less.findings
      .filter(({ role, key }) => role !== 'advice' && !known(key, told))
      .map(({ key }) => `found ${key}`),
    ...less.paths.flatMap(({ key, layers }) =>
      Object.entries(layers)
        .filter(
          ([layer, status]) =>
            status === 'pass' && failed.get(key)?.[layer as keyof typeof layers] === 'fail',
        )
        .map(([layer]) => `${key}: ${layer} is well`),
    ),
    ...(silent && whole.roots.length > 0 ? ['all is well, it says'] : []),
  ];
}
