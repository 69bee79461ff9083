/** What a watch saw deleted while the capture ran, unless its owner took it along. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { parseJson } from '../../../src/core/json.ts';
import { oneLine } from '../../../src/core/text.ts';
import { formatTime } from '../../../src/core/time.ts';
import { matchesSet, parseLabels } from '../../../src/k8s/labels.ts';
import { DELETED, type DeletedRow } from '../../facts/object-rows.ts';
import { dig, refOf } from '../../facts/read.ts';
import { servicesStruck } from '../relations.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

/** Watched kinds that people and pipelines delete, and whose end changes something for others. */
const KINDS = [
  'pods',
  'services',
  'configmaps',
  'discovery.k8s.io/endpointslices',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'networking.k8s.io/networkpolicies',
  'networking.k8s.io/ingresses',
];

const MOST = 200;

const watchedDeletions: ChangeSource = (scene) => [
  ...scene.namespaces.flatMap((namespace) => deletedIn(scene, namespace, KINDS)),
  ...deletedIn(scene, null, ['nodes']),
];
export default watchedDeletions;

/** Times of a watch are the capturing machine's: the skew leads to the cluster's. */
function deletedIn(scene: Scene, namespace: string | null, resources: readonly string[]): Found[] {
  const { store, facts, from, to } = scene;
  const { skew } = facts.clock;
  return store
    .all(DELETED, [from - skew, to - skew, namespace, JSON.stringify(resources), MOST])
    .flatMap((row) => {
      const body = parseJson(row.body);
      // The garbage collector follows: what was deleted is the owner.
      if (dig(body, 'metadata', 'ownerReferences', 0) !== undefined) return [];
      const object = refOf(row.api_version, row.kind, row.namespace, row.name);
      const when = row.at + skew;
      if (!within(scene, when)) return [];
      return [
        {
          when,
          near: isNear(scene, row, object, body),
          at: formatTime(when),
          object,
          summary: oneLine(`${row.kind} ${row.name} was deleted`),
          basis: 'observed' as const,
          source: 'a watch saw it go',
        },
      ];
    });
}

function isNear(scene: Scene, row: DeletedRow, object: ObjectRef, body: unknown): boolean {
  const { finding, facts, near, related } = scene;
  if (near.has(objectKey(object))) return true;
  const { namespace, name } = row;
  if (namespace === null) return false;
  if (row.resource === 'services') {
    const naming = facts.dependencies.naming({ namespace, name });
    return naming.some((one) => related.some(({ id }) => id === one.object.id));
  }
  // What a Service of the finding would have taken.
  const template = row.resource === 'pods' ? body : dig(body, 'spec', 'template');
  const labels = parseLabels(dig(template, 'metadata', 'labels'));
  return (
    Object.keys(labels).length > 0 &&
    servicesStruck(facts, finding).some(
      (service) => service.namespace === namespace && matchesSet(service.selector, labels),
    )
  );
}
