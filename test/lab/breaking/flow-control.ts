// Flow control that turns somebody's lists away: a priority level without a seat.
import type { Kube } from '../kube.ts';
import { until } from '../run.ts';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

/** Name of the FlowSchema and of its priority level, for a user's namespace. */
export const levelOf = (namespace: string): string => `lab-${namespace}`;

/**
 * Of lists of the ServiceAccount that come at once all but one may be answered with 429 from now on, and of nobody else;
 * returns when it is so. Undo it with `acceptLists`.
 *
 * @param victim a client of the ServiceAccount, who may list Events.
 */
export async function rejectLists(
  kube: Kube,
  namespace: string,
  victim: Kube,
  name = 'guest',
): Promise<void> {
  const level = levelOf(namespace);
  await kube.apply([
    {
      apiVersion,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: level },
      spec: {
        type: 'Limited',
        // No seat of its own, and none to borrow.
        limited: {
          nominalConcurrencyShares: 0,
          lendablePercent: 0,
          borrowingLimitPercent: 0,
          limitResponse: { type: 'Reject' },
        },
      },
    },
    {
      apiVersion,
      kind: 'FlowSchema',
      metadata: { name: level },
      spec: {
        priorityLevelConfiguration: { name: level },
        matchingPrecedence: 10,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { name, namespace } }],
            resourceRules: [
              {
                verbs: ['list'],
                apiGroups: ['*'],
                resources: ['*'],
                namespaces: ['*'],
                clusterScope: true,
              },
            ],
          },
        ],
      },
    },
  ]);
  await until('lists that are turned away', 60_000, async () => (await listsAtOnce(victim)).includes(429));
}

/** What a handful of lists at the same time are answered with. One alone is always let through, seats or not. */
export async function listsAtOnce(user: Kube): Promise<number[]> {
  const one = async (): Promise<number> =>
    (await user.raw('GET', '/api/v1/events?limit=500', { timeout: 20_000 })).status;
  return await Promise.all(Array.from({ length: 8 }, one));
}

/** Undoes `rejectLists`. */
export async function acceptLists(kube: Kube, namespace: string): Promise<void> {
  for (const kind of ['FlowSchema', 'PriorityLevelConfiguration'])
    await kube.delete({ apiVersion, kind, name: levelOf(namespace) });
}
