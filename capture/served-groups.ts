/** Which groups of custom resources a cluster serves, and which of their kinds lie outside namespaces. */
import { openConnection } from './client.ts';
import { discover } from './discovery.ts';
import { createApiClient } from './http.ts';
import { chooseContext, type KubeconfigOptions } from './kubeconfig.ts';
import { type Groups, OWN_GROUPS, UNLISTED_GROUPS } from './rights.ts';

const LIMIT_MS = 20_000;

/**
 * Asks the discovery of the chosen context.
 * @throws UserError for an unusable kubeconfig; ApiFailure when discovery does not come.
 */
export async function servedGroups(options: KubeconfigOptions): Promise<Groups> {
  const connection = await openConnection(chooseContext(options));
  try {
    const { resources } = await discover(createApiClient(connection), AbortSignal.timeout(LIMIT_MS));
    const groups: Record<string, readonly string[] | '*'> = {};
    for (const { group } of resources) {
      if (group === '' || Object.hasOwn(OWN_GROUPS, group) || UNLISTED_GROUPS.includes(group)) continue;
      const kinds = resources.filter((resource) => resource.group === group);
      const outside = kinds.filter(({ namespaced }) => !namespaced);
      groups[group] = outside.length === kinds.length ? '*' : outside.map(({ plural }) => plural);
    }
    return groups;
  } finally {
    connection.close();
  }
}
