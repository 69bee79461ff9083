/** Addresses that clients have from Secrets, whose values never enter a bundle. */
import type { Judged } from '../../checks/check.ts';
import { items } from '../../ingest/read.ts';
import { notCaptured } from '../coverage.ts';
import type { Facts } from '../facts.ts';
import { failuresIn } from '../logs/failures.ts';
import { hostsInLine } from '../logs/waiting.ts';
import { containersOf } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';
import { podSpecOf } from '../users.ts';
import type { WorkloadFact } from '../workloads.ts';
import { type AddressRead, isReadItself } from './configured.ts';

const LIKE_ADDRESS = /(?:^|[_.-])(?:URL|URI|HOST|HOSTNAME|ADDR|ADDRESS|DSN|ENDPOINT|SERVER|BROKERS?)S?$/i;

/**
 * Workloads whose log complains of a host that does not resolve and that nothing readable names, while a variable that looks
 * like an address comes from a Secret: what it says cannot be known.
 */
export function fromSecrets(
  facts: Facts,
  reads: readonly AddressRead[],
  byTop: ReadonlyMap<number | undefined, readonly PodFact[]>,
): Judged[] {
  return facts.workloads.all.flatMap((workload): Judged[] => {
    if (!isReadItself(facts.workloads, workload)) return [];
    const secret = secretAddress(facts, workload);
    if (secret === undefined) return [];
    const named = new Set(reads.filter((one) => one.workload === workload).map(({ host }) => host));
    const host = unresolved(facts, byTop.get(workload.id) ?? []).find((one) => !named.has(one));
    if (host === undefined) return [];
    return [
      {
        outcome: 'unknown',
        object: workload.ref,
        because: notCaptured('secret-values'),
        detail: `Its log complains of ${host}, which nothing readable names; ${secret} may, and the values of Secrets never enter a bundle`,
      },
    ];
  });
}

function secretAddress(facts: Facts, workload: WorkloadFact): string | undefined {
  const spec = podSpecOf(workload, facts.body(workload));
  for (const container of items(spec['containers'])) {
    for (const entry of items(container['env'])) {
      const { name } = entry;
      const from = dig(entry, 'valueFrom', 'secretKeyRef', 'name');
      const key = dig(entry, 'valueFrom', 'secretKeyRef', 'key');
      const likely = [name, key].some((one) => typeof one === 'string' && LIKE_ADDRESS.test(one));
      if (typeof from === 'string' && typeof key === 'string' && likely)
        return `key ${key} of Secret ${from} (${typeof name === 'string' ? name : key})`;
    }
  }
  return undefined;
}

function unresolved(facts: Facts, pods: readonly PodFact[]): string[] {
  return pods.slice(0, 3).flatMap((pod) =>
    containersOf(facts, pod).flatMap((container) =>
      failuresIn(facts.logTail(pod, container, false, 50))
        .filter(({ way }) => way === 'dns')
        .flatMap(({ line }) => [...hostsInLine(line.text)])
        .filter((host) => /[a-z]/.test(host)),
    ),
  );
}
