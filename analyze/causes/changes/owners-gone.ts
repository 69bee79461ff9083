/** Owners that pods and ReplicaSets still name and that the list, which came whole, has no more. */
import { oneLine } from '../../../src/core/text.ts';
import { formatTime, SECOND, type Micros } from '../../../src/core/time.ts';
import { integer } from '../../ingest/read.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig, refOf } from '../../facts/read.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { within, type ChangeSource, type Scene } from './scene.ts';

/** Owners that people make. ReplicaSets and Jobs come and go by themselves. */
const RESOURCES: Readonly<Record<string, string>> = {
  Deployment: 'apps/deployments',
  StatefulSet: 'apps/statefulsets',
  DaemonSet: 'apps/daemonsets',
};

const ownersGone: ChangeSource = (scene) => {
  const { facts, namespaces, finding } = scene;
  const gone = new Map<string, { readonly owned: Owned; readonly left: Left }>();
  for (const namespace of namespaces) {
    for (const owned of [...facts.workloads.in(namespace), ...facts.pods.in(namespace)]) {
      const { owner } = owned;
      const resource = RESOURCES[owner?.kind ?? ''];
      if (owner === undefined || resource === undefined) continue;
      if (!facts.coverage.of(resource, namespace).known) continue;
      if (facts.workloads.named(owner.kind, namespace, owner.name) !== undefined) continue;
      const key = `${owner.kind}/${namespace}/${owner.name}`;
      const left = leftBy(scene, owned);
      const known = gone.get(key);
      if (known === undefined || left.at < known.left.at) gone.set(key, { owned, left });
    }
  }
  return [...gone.values()].flatMap(({ owned, left }) => {
    const { owner, namespace, ref } = owned;
    if (owner === undefined || !within(scene, left.at)) return [];
    return [
      {
        when: left.at,
        near: finding.object.name === owner.name || scene.related.some(({ id }) => id === owned.id),
        at: formatTime(left.at),
        object: refOf('apps/v1', owner.kind, namespace, owner.name),
        summary: oneLine(
          `${owner.kind} ${owner.name} is gone: ${ref.kind} ${ref.name}, which it owned, ${left.words}`,
        ),
        basis: 'inferred' as const,
        source: left.source,
      },
    ];
  });
};
export default ownersGone;

type Owned = PodFact | WorkloadFact;

interface Left {
  readonly at: Micros;
  readonly words: string;
  readonly source: string;
}

/** The garbage collector marks what it owned seconds after; what it has not come to yet was left since the list at most. */
function leftBy({ facts }: Scene, owned: Owned): Left {
  const grace = integer(dig(facts.objects.body(owned), 'metadata', 'deletionGracePeriodSeconds')) ?? 0;
  const by = 'goneBy' in owned ? owned.goneBy : undefined;
  return by === undefined
    ? { at: facts.clock.startedAt, words: 'is left', source: 'ownerReferences, when it was listed' }
    : {
        at: by - grace * SECOND,
        words: 'was told to go then',
        source: 'ownerReferences and deletionTimestamp',
      };
}
