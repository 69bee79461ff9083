/** The command that mends a selector. */
import type { Difference } from '../../../src/k8s/near-miss.ts';
import { kubectl } from '../commands.ts';
import type { ServiceFact } from '../services.ts';

/** None without a likeness: there is nothing to write into the selector then but a guess. */
export function selectorPatch(
  { namespace, name }: ServiceFact,
  differences: readonly Difference[],
): string[] {
  const spec = { selector: mendedLabels(differences) };
  return differences.length === 0
    ? []
    : [kubectl(namespace, 'patch', 'service', name, '--type', 'merge', '-p', JSON.stringify({ spec }))];
}

/** What a merge patch writes into a selector so that it meets the labels it missed. */
function mendedLabels(differences: readonly Difference[]): Record<string, string | null> {
  const mended = new Map<string, string | null>();
  for (const { wanted, found } of differences) {
    if (found?.key !== wanted.key) mended.set(wanted.key, null);
    if (found !== undefined) mended.set(found.key, found.value);
  }
  return Object.fromEntries(mended);
}
